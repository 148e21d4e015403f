// SPDX-License-Identifier: Apache-2.0
// Replayed records on their way back into bronze: a source of their own, one entry for each decision of the quarantine
// log, in its order (durability.md §4.1, §6).

#include "base/crash_point.h"
#include "bronze/bronze.h"
#include "bronze/object_builder.h"
#include "lake/keys.h"

namespace tarn::bronze {
namespace {

constexpr const char* kReplaySource = "quarantine";

StoredRecord ToStored(const quarantine::Entry& entry, const std::string& padded, lake::Offset offset) {
  StoredRecord record;
  record.payload = std::string_view(padded).substr(0, entry.payload.size());
  record.insert_date = entry.received_at;
  record.offset = offset;
  record.request_id = entry.request_id;
  record.schema_version = entry.schema_version;
  record.operation = contract::OperationWord(entry.operation);
  record.disposition = "valid";
  record.replay_of = entry.id;
  return record;
}

}  // namespace

Result<std::optional<uint64_t>> Bronze::AppendReplays(const std::string& domain, const std::string& table) {
  std::optional<uint64_t> appended;
  for (;;) {
    TARN_ASSIGN(const auto summary, LogOf(domain, table).Summary());
    const auto last = summary.last_by_source.find(kReplaySource);
    const auto after = last == summary.last_by_source.end() ? std::nullopt : std::optional(last->second);
    TARN_ASSIGN(const auto replays,
                dependencies_.reviews.Of(domain, table).ReplaysBehind(after ? after->replay_number() : 0));
    if (replays.empty()) return appended;
    const auto number = AppendReplay(domain, table, replays.front(), after);
    if (!number && number.error().code == ErrorCode::kConflict) continue;  // somebody else was as fast: look again
    TARN_TRY(number);
    appended = *number;
  }
}

Result<uint64_t> Bronze::AppendReplay(const std::string& domain, const std::string& table,
                                      const quarantine::Replay& replay, const std::optional<lake::Offset>& after) {
  TARN_ASSIGN(const auto entries, quarantine::ReadEntries(dependencies_.store, replay.payloads));
  if (entries.empty()) return Fail(ErrorCode::kCorrupt, "a replay without records: " + replay.payloads.key);
  TARN_ASSIGN(const auto endpoint,
              dependencies_.registry.Historic(domain, table, replay.generation, replay.contract_version));
  ObjectBuilder object(domain, table, endpoint);
  uint64_t sequence = 0;
  for (const auto& entry : entries) {
    auto padded = entry.payload;
    padded.append(contract::RecordChecker::kPadding, ' ');
    TARN_TRY(object.Append(ToStored(entry, padded, lake::Offset::OfReplay(replay.number, ++sequence)), true));
  }
  LogEntry entry;
  entry.sources.push_back({kReplaySource, after, lake::Offset::OfReplay(replay.number, 1),
                           lake::Offset::OfReplay(replay.number, sequence), sequence});
  entry.ranges.push_back({replay.generation, replay.contract_version, sequence});
  const auto key =
      lake::BronzeObjectKey(domain, table, entries.front().received_at, "replay-" + NewUuid(dependencies_.randomness));
  TARN_ASSIGN(const auto body, object.Finish(key, entry));
  const store::PutRequest put{key, body};
  TARN_TRY(dependencies_.store.PutAll({&put, 1}));
  TARN_CRASH_POINT("bronze.replay.after_object");
  return Append(domain, table, entry);
}

}  // namespace tarn::bronze
