// SPDX-License-Identifier: Apache-2.0
#include "gold/gold_tables.h"

#include <charconv>
#include <set>

#include "base/log.h"
#include "gold/staged_results.h"
#include "lake/keys.h"
#include "lake/name.h"
#include "lake/time_travel.h"

namespace tarn::gold {

Result<engine::BoundTablePtr> GoldTables::Resolve(const std::string& domain, const std::string& table,
                                                  const std::optional<engine::TimeTravel>& at) {
  if (table.contains('@')) return ResolveStaged(domain, table, at);
  if (!lake::IsName(domain) || !lake::IsName(table))
    return Fail(ErrorCode::kNotFound, "no such job: " + domain + "/" + table);
  if (const auto job = jobs_.Find(domain, table); job && job->is_view()) {
    if (at) return Fail(ErrorCode::kUnsupported, "a view keeps no versions: " + domain + ".gold." + table);
    return engine::Bind({}, engine::View{job->query});
  }
  const auto location = lake::GoldLocation(domain, table);
  TARN_ASSIGN(auto snapshot, lake::LoadAt(*tables_.Get(location), at));
  if (!snapshot->exists()) {
    return Fail(ErrorCode::kNotFound, jobs_.Find(domain, table) ? "the job has not succeeded yet" : "no such job");
  }
  return engine::BindSnapshot(location, snapshot);
}

/// "job@run": what the run would have published.
Result<engine::BoundTablePtr> GoldTables::ResolveStaged(const std::string& domain, const std::string& name,
                                                        const std::optional<engine::TimeTravel>& at) {
  if (at) return Fail(ErrorCode::kUnsupported, "a staged result has no versions");
  const auto sign = name.find('@');
  const auto job = name.substr(0, sign);
  uint64_t run = 0;
  const auto* last = name.data() + name.size();
  const auto [end, error] = std::from_chars(name.data() + sign + 1, last, run);
  if (!lake::IsName(domain) || !lake::IsName(job) || error != std::errc() || end != last) {
    return Fail(ErrorCode::kNotFound, "no such staged result: " + name);
  }
  const auto table = tables_.Get(lake::GoldLocation(domain, job));
  return StagedResults(table->store()).Bind(*table, run);
}

Result<std::shared_ptr<table::Table>> GoldTables::TableOf(const std::string& domain, const std::string& job) {
  if (!lake::IsName(domain) || !lake::IsName(job)) {
    return Fail(ErrorCode::kNotFound, "no such job: " + domain + "/" + job);
  }
  auto table = tables_.Get(lake::GoldLocation(domain, job));
  const auto known = jobs_.Find(domain, job);
  if (known && known->is_view()) return Fail(ErrorCode::kUnsupported, "a view has no table: " + domain + "/" + job);
  if (known) return table;
  TARN_ASSIGN(const auto snapshot, table->Load());
  if (!snapshot->exists()) return Fail(ErrorCode::kNotFound, "no such job: " + domain + "/" + job);
  return table;
}

Result<lake::RollbackOutcome> GoldTables::Rollback(const std::string& domain, const std::string& job,
                                                   const lake::RollbackRequest& request) {
  TARN_ASSIGN(const auto table, TableOf(domain, job));
  TARN_ASSIGN(const auto outcome, lake::Rollback(*table, request, lake::RollbackSchema::kRestored, {}, seat_check_));
  if (!outcome.committed) return outcome;
  if (const auto kept = table->Maintain(); !kept) {
    LogWarning("checkpoint not written", {{"table", table->location()}, {"error", kept.error().ToString()}});
  }
  return outcome;
}

Result<std::vector<std::string>> GoldTables::Domains() {
  std::set<std::string> domains;
  for (const auto& job : jobs_.List()) domains.insert(job->domain);
  return std::vector<std::string>(domains.begin(), domains.end());
}

Result<std::vector<std::string>> GoldTables::Tables(const std::string& domain) {
  std::vector<std::string> tables;
  for (const auto& job : jobs_.List(domain)) tables.push_back(job->name);
  return tables;
}

}  // namespace tarn::gold
