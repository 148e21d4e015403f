// SPDX-License-Identifier: Apache-2.0
#include "quarantine/quarantine.h"

#include <map>
#include <unordered_map>

#include "quarantine/entry_rows.h"

namespace tarn::quarantine {

Result<std::vector<EntryUnit>> Quarantine::Units(const std::string& domain, const std::string& table) {
  if (!dependencies_.registry.FindLast(domain, table)) {
    return Fail(ErrorCode::kNotFound, "Endpoint " + domain + "/" + table + " not found");
  }
  TARN_ASSIGN(const auto now, dependencies_.states.Of(domain, table).Pin());
  std::vector<EntryUnit> units;
  for (const auto& feed : feeds_) {
    TARN_ASSIGN(auto found, feed(domain, table));
    for (auto& unit : found) {
      auto load = [this, now, stored = std::move(unit.load)]() -> Result<std::vector<Entry>> {
        TARN_ASSIGN(auto entries, stored());
        TARN_TRY(ApplyStates(*now, entries));
        return entries;
      };
      units.push_back({unit.entries, std::move(load)});
    }
  }
  return units;
}

Status Quarantine::ApplyStates(const StateFold& now, std::vector<Entry>& entries) const {
  std::map<std::string, std::unordered_map<std::string, Entry>> payloads;  // by object, by record
  for (auto& entry : entries) {
    const auto state = now.states.find(entry.id);
    if (state == now.states.end()) continue;
    if (!state->second.status.empty()) entry.status = state->second.status;
    if (!state->second.payloads) continue;
    const auto& object = now.objects[*state->second.payloads];
    const auto [known, is_new] = payloads.try_emplace(object.key);
    if (is_new) {
      TARN_ASSIGN(auto changed, ReadEntries(dependencies_.store, object));
      for (auto& one : changed) known->second.insert_or_assign(one.id, std::move(one));
    }
    const auto changed = known->second.find(entry.id);
    if (changed == known->second.end()) {
      return Fail(ErrorCode::kCorrupt, "quarantine object lacks record " + entry.id + ": " + object.key);
    }
    entry.payload = changed->second.payload;
    entry.is_object = changed->second.is_object;
    entry.errors = changed->second.errors;
  }
  return {};
}

Result<Page> Quarantine::List(const std::string& domain, const std::string& table, const ListRequest& request) {
  TARN_ASSIGN(const auto units, Units(domain, table));
  Page page;
  for (const auto& unit : units) {
    TARN_ASSIGN(auto entries, unit.load());
    for (auto& entry : entries) {
      if (request.status != "all" && entry.status != request.status) continue;
      const auto position = page.total++;
      if (position >= request.skip && page.entries.size() < request.limit) page.entries.push_back(std::move(entry));
    }
  }
  return page;
}

Result<Entry> Quarantine::Get(const std::string& domain, const std::string& table, const std::string& id) {
  TARN_ASSIGN(const auto units, Units(domain, table));
  for (const auto& unit : units) {
    TARN_ASSIGN(auto entries, unit.load());
    for (auto& entry : entries) {
      if (entry.id == id) return std::move(entry);
    }
  }
  return Fail(ErrorCode::kNotFound, "Quarantined record " + id + " of " + domain + "/" + table + " not found");
}

Result<std::vector<Counts>> Quarantine::Count(const std::string& domain) {
  std::vector<Counts> all;
  for (const auto& endpoint : dependencies_.registry.ListLast()) {
    const auto& contract = endpoint->contract();
    if (!domain.empty() && contract.domain != domain) continue;
    Counts counts{contract.domain, contract.name, 0, 0};
    TARN_ASSIGN(const auto units, Units(contract.domain, contract.name));
    for (const auto& unit : units) {
      TARN_ASSIGN(const auto entries, unit.load());
      counts.total += entries.size();
      for (const auto& entry : entries) counts.pending += entry.status == kPending ? 1 : 0;
    }
    if (counts.total > 0) all.push_back(std::move(counts));
  }
  return all;
}

Result<engine::BoundTablePtr> Quarantine::Resolve(const std::string& domain, const std::string& table,
                                                  const std::optional<engine::TimeTravel>& at) {
  if (at) return Fail(ErrorCode::kUnsupported, "quarantine keeps no versions: AT is for silver and gold");
  TARN_ASSIGN(auto units, Units(domain, table));
  auto bound = std::make_shared<engine::BoundTable>();
  auto rows = std::make_shared<EntryRows>(std::move(units));
  bound->visible = rows->schema();
  bound->source = std::shared_ptr<engine::RowSource>(std::move(rows));
  return engine::BoundTablePtr(std::move(bound));
}

Result<std::vector<std::string>> Quarantine::Domains() { return dependencies_.registry.LastDomains(); }

Result<std::vector<std::string>> Quarantine::Tables(const std::string& domain) {
  return dependencies_.registry.LastNames(domain);
}

}  // namespace tarn::quarantine
