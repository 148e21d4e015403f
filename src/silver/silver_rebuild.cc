// SPDX-License-Identifier: Apache-2.0
// Rebuilds in the life of the silver layer: asked for, run between merges, ended once (http-api.md §3.4, §5).

#include <algorithm>

#include "base/log.h"
#include "lake/keys.h"
#include "silver/rebuild.h"
#include "silver/silver.h"
#include "store/series.h"

namespace tarn::silver {
namespace {

using RebuildSeries = store::SeriesOf<RebuildRecord, RebuildRecordCodec>;

RebuildSeries SeriesFor(const MergeDependencies& dependencies, const std::string& domain, const std::string& table) {
  return {dependencies.store, lake::RebuildSeries(domain, table), dependencies.clock};
}

/// Puts the record behind the head and returns its number.
Result<uint64_t> PutBehind(RebuildSeries& series, const RebuildRecord& record) {
  for (;;) {
    TARN_ASSIGN(const auto head, series.Head());
    const auto number = head.value_or(0) + 1;
    const auto put = series.Put(number, record);
    if (put) return number;
    if (put.error().code != ErrorCode::kConflict) return std::unexpected(put.error());
  }
}

}  // namespace

Result<uint64_t> Silver::RequestRebuild(const std::string& domain, const std::string& table,
                                        const RebuildOptions& options) {
  if (!dependencies_.registry.Find(domain, table)) {
    return Fail(ErrorCode::kNotFound, "Endpoint " + domain + "/" + table + " not found");
  }
  TARN_TRY(dependencies_.seat_check());
  auto series = SeriesFor(dependencies_, domain, table);
  RebuildRecord record;
  record.id = NewUuid(dependencies_.randomness);
  record.at = dependencies_.clock.Now();
  record.drops_foreign = options.drops_foreign;
  record.partial = options.partial;
  TARN_ASSIGN(const auto number, PutBehind(series, record));
  {
    const std::lock_guard lock(mutex_);
    tables_[domain + "/" + table].may_have_rebuild = true;
  }
  OnLanded(domain, table);
  return number;
}

Result<std::optional<Silver::RebuildState>> Silver::FindRebuild(const std::string& domain, const std::string& table,
                                                                std::optional<uint64_t> number) {
  auto series = SeriesFor(dependencies_, domain, table);
  TARN_ASSIGN(const auto head, series.Head());
  std::optional<RebuildRecord> end;
  for (uint64_t at = head.value_or(0); at > 0; --at) {
    TARN_ASSIGN(auto record, series.Read(at));
    if (record.request == 0 && (!number || *number == at)) {
      const std::lock_guard lock(mutex_);
      const auto& state = tables_[domain + "/" + table];
      return std::optional(
          RebuildState{at, std::move(record), std::move(end), state.staged_position, state.staged_head});
    }
    if (record.request > 0 && (!number || *number == record.request)) end = std::move(record);
    if (number && at <= *number) break;
  }
  return std::optional<RebuildState>();
}

Status Silver::RebuildIfAsked(const std::string& domain, const std::string& table) {
  const auto endpoint = dependencies_.registry.FindLast(domain, table);
  if (!endpoint) return {};
  bool look = false;
  {
    const std::lock_guard lock(mutex_);
    look = tables_[domain + "/" + table].may_have_rebuild;
  }
  if (!look && endpoint->contract().rebuild_version == 0) return {};
  std::optional<RebuildState> asked;
  if (look) {
    TARN_ASSIGN(asked, FindRebuild(domain, table, std::nullopt));
    if (asked && asked->end) asked.reset();
  }
  TARN_ASSIGN(const auto open, TableOf(domain, table));
  TARN_ASSIGN(const auto snapshot, open->Load());
  if (asked || WaitsForRebuild(endpoint->contract(), *snapshot)) {
    const auto number = asked ? asked->number : 0;
    // A changed contract was forced, which says that what does not come from bronze may go.
    const auto options =
        asked ? RebuildOptions{asked->request.drops_foreign, asked->request.partial} : RebuildOptions{true, true};
    auto outcome = RunRebuild(endpoint, number, options);
    const bool refused = !outcome && outcome.error().code == ErrorCode::kFailedPrecondition;
    if (!outcome && !refused) return Fail(std::move(outcome).error().In("rebuilding " + domain + "/" + table));
    if (asked) TARN_TRY(EndRebuild(endpoint->contract(), number, outcome));
  } else if (look && endpoint->contract().rebuild_version > 0) {
    TARN_TRY(Rebuild(dependencies_, merge_).RemoveStaged(endpoint->contract()));
  }
  const std::lock_guard lock(mutex_);
  tables_[domain + "/" + table].may_have_rebuild = false;
  return {};
}

Result<RowDifference> Silver::RunRebuild(const contract::EndpointPtr& endpoint, uint64_t number,
                                         const RebuildOptions& options) {
  const auto& contract = endpoint->contract();
  Rebuild::Request request;
  request.stage =
      "g" + std::to_string(contract.generation) + "v" + std::to_string(contract.version) + "-" + std::to_string(number);
  request.drops_foreign = options.drops_foreign;
  request.partial = options.partial;
  request.progress = [&](uint64_t position, uint64_t head) {
    const std::lock_guard lock(mutex_);
    auto& state = tables_[contract.id()];
    state.staged_position = position;
    state.staged_head = head;
  };
  LogInfo("rebuild begins", {{"endpoint", contract.id()}, {"number", number}});
  auto outcome = Rebuild(dependencies_, merge_).Run(endpoint, request);
  LogInfo("rebuild ended", {{"endpoint", contract.id()}, {"number", number}, {"done", outcome.has_value()}});
  return outcome;
}

Status Silver::EndRebuild(const contract::Contract& contract, uint64_t number, const Result<RowDifference>& outcome) {
  RebuildRecord record;
  record.id = NewUuid(dependencies_.randomness);
  record.at = dependencies_.clock.Now();
  record.request = number;
  if (outcome) {
    record.difference = *outcome;
  } else {
    record.error = outcome.error().message;
  }
  auto series = SeriesFor(dependencies_, contract.domain, contract.name);
  TARN_TRY(PutBehind(series, record));
  return {};
}

}  // namespace tarn::silver
