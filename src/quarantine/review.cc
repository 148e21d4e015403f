// SPDX-License-Identifier: Apache-2.0
// What may be done with refused records: edit, discard, replay (http-api.md §6, durability.md §6).

#include <unordered_set>

#include "base/crash_point.h"
#include "lake/keys.h"
#include "quarantine/put_entries.h"
#include "quarantine/quarantine.h"

namespace tarn::quarantine {
namespace {

/// Records of one change, which lie in one object.
constexpr size_t kMaxRecordsOfChange = 10'000;

bool IsOpen(std::string_view status) { return status.empty() || status == kPending || status == kRejected; }

std::vector<std::string> IdsOf(const std::vector<Entry>& entries) {
  std::vector<std::string> ids;
  for (const auto& entry : entries) ids.push_back(entry.id);
  return ids;
}

Error DealtWith(const std::string& id, std::string_view status) {
  return {ErrorCode::kConflict, "Quarantined record " + id + " was already " + std::string(status), ""};
}

ReplayFailure Missing(const std::string& id) {
  return {id, ErrorCode::kNotFound, {{"", "no quarantined record has this id", "not_found"}}};
}

ReplayFailure Late(const std::string& id, std::string_view status) {
  return {id, ErrorCode::kConflict, {{"", "the record was already " + std::string(status), "already_handled"}}};
}

}  // namespace

Result<EntryObject> Quarantine::PutPayloads(const std::string& domain, const std::string& table,
                                            const std::vector<Entry>& entries) const {
  TARN_TRY(dependencies_.seat_check());
  const auto key = lake::QuarantineObjectKey(domain, table, dependencies_.clock.Now(),
                                             "review-" + NewUuid(dependencies_.randomness));
  TARN_ASSIGN(auto object, PutEntries(dependencies_.store, key, entries));
  TARN_CRASH_POINT("quarantine.after_payloads");
  return object;
}

StateChange Quarantine::ChangeOf(const std::vector<Entry>& entries) const {
  StateChange change;
  change.id = NewUuid(dependencies_.randomness);
  change.at = dependencies_.clock.Now();
  change.records = IdsOf(entries);
  return change;
}

Result<Entry> Quarantine::Edit(const std::string& domain, const std::string& table, const std::string& id,
                               std::string payload) {
  TARN_ASSIGN(auto entry, Get(domain, table, id));
  const auto endpoint = dependencies_.registry.FindLast(domain, table);
  entry.payload = std::move(payload);
  entry.is_object = true;
  entry.errors = contract::CheckRecord(entry.payload, *endpoint, entry.operation);
  TARN_ASSIGN(const auto object, PutPayloads(domain, table, {entry}));
  const auto plan = [&](const StateFold& now) -> Result<std::optional<StateChange>> {
    const auto state = now.states.find(id);
    if (state != now.states.end() && !IsOpen(state->second.status)) return Fail(DealtWith(id, state->second.status));
    auto change = ChangeOf({entry});
    change.payloads = object;
    return std::optional(std::move(change));
  };
  TARN_TRY(dependencies_.states.Of(domain, table).Append(plan));
  return entry;
}

Status Quarantine::Discard(const std::string& domain, const std::string& table, const std::string& id) {
  TARN_ASSIGN(const auto entry, Get(domain, table, id));
  const auto plan = [&](const StateFold& now) -> Result<std::optional<StateChange>> {
    const auto state = now.states.find(id);
    const auto status = state == now.states.end() ? std::string() : state->second.status;
    if (status == kReplayed) return Fail(DealtWith(id, status));
    if (status == kDiscarded) return std::optional<StateChange>();
    TARN_TRY(dependencies_.seat_check());
    auto change = ChangeOf({entry});
    change.status = kDiscarded;
    return std::optional(std::move(change));
  };
  TARN_TRY(dependencies_.states.Of(domain, table).Append(plan));
  return {};
}

Result<ReplayOutcome> Quarantine::Replay(const std::string& domain, const std::string& table,
                                         const ReplayRequest& request) {
  TARN_ASSIGN(const auto units, Units(domain, table));
  const auto endpoint = dependencies_.registry.Find(domain, table);
  if (!endpoint) return Fail(ErrorCode::kNotFound, "Endpoint " + domain + "/" + table + " not found");
  ReplayOutcome outcome;
  std::unordered_set<std::string> wanted(request.ids.begin(), request.ids.end());
  std::vector<Entry> chosen;
  const auto replay_chosen = [&]() -> Status {
    auto entries = std::move(chosen);
    chosen.clear();
    return entries.empty() ? Status() : ReplayEntries(*endpoint, std::move(entries), outcome);
  };
  for (const auto& unit : units) {
    TARN_ASSIGN(auto entries, unit.load());
    for (auto& entry : entries) {
      const bool taken = request.all ? entry.status == kPending : wanted.erase(entry.id) > 0;
      if (!taken) continue;
      ++outcome.total;
      if (!IsOpen(entry.status)) {
        outcome.failures.push_back(Late(entry.id, entry.status));
        continue;
      }
      if (request.payload) entry.payload = *request.payload;
      entry.is_object = entry.is_object || request.payload.has_value();
      entry.request_id = request.request_id;
      chosen.push_back(std::move(entry));
      if (chosen.size() >= kMaxRecordsOfChange) TARN_TRY(replay_chosen());
    }
  }
  TARN_TRY(replay_chosen());
  outcome.total += wanted.size();
  for (const auto& id : wanted) outcome.failures.push_back(Missing(id));
  return outcome;
}

Status Quarantine::ReplayEntries(const contract::CompiledContract& endpoint, std::vector<Entry> entries,
                                 ReplayOutcome& outcome) {
  const auto& contract = endpoint.contract();
  std::erase_if(entries, [&](Entry& entry) {
    entry.errors = entry.is_object
                       ? contract::CheckRecord(entry.payload, endpoint, entry.operation)
                       : std::vector<contract::FieldError>{{"", "the record is no JSON object", "json_invalid"}};
    if (entry.errors.empty()) return false;
    outcome.failures.push_back({entry.id, ErrorCode::kInvalidArgument, entry.errors});
    return true;
  });
  if (entries.empty()) return {};
  const auto plan = [&](const StateFold& now) -> Result<std::optional<StateChange>> {
    std::erase_if(entries, [&](const Entry& entry) {
      const auto state = now.states.find(entry.id);
      if (state == now.states.end() || IsOpen(state->second.status)) return false;
      outcome.failures.push_back(Late(entry.id, state->second.status));
      return true;
    });
    if (entries.empty()) return std::optional<StateChange>();
    auto change = ChangeOf(entries);
    for (auto& entry : entries) {
      entry.received_at = change.at;
      entry.schema_version = contract.version;
    }
    TARN_ASSIGN(change.payloads, PutPayloads(contract.domain, contract.name, entries));
    change.status = kReplayed;
    change.generation = contract.generation;
    change.contract_version = contract.version;
    return std::optional(std::move(change));
  };
  TARN_ASSIGN(const bool decided, dependencies_.states.Of(contract.domain, contract.name).Append(plan));
  if (!decided) return {};
  outcome.replayed += entries.size();
  return replayer_(contract.domain, contract.name);
}

}  // namespace tarn::quarantine
