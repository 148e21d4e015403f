// SPDX-License-Identifier: Apache-2.0
#include "table/delta/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "codec/json.h"
#include "table/delta/checkpoint_rows.h"
#include "table/delta/delta_state.h"
#include "table/delta/log_loader.h"
#include "table/delta/log_names.h"

namespace tarn::table::delta {
namespace {

/// Only a foreign VACUUM reads tombstones; at one commit a second those of a week would outweigh the table.
constexpr std::chrono::milliseconds kDefaultRetention = std::chrono::hours(1);

std::optional<int64_t> ParsePositive(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

int64_t IntervalOf(const Snapshot& snapshot) {
  const auto found = snapshot.properties.find("delta.checkpointInterval");
  if (found == snapshot.properties.end()) return kCheckpointInterval;
  return ParsePositive(found->second).value_or(kCheckpointInterval);
}

/// Tables that ask for v2 checkpoints leave them to writers who make these.
bool WantsOtherCheckpoints(const Snapshot& snapshot) {
  const auto found = snapshot.properties.find("delta.checkpointPolicy");
  return found != snapshot.properties.end() && found->second == "v2";
}

/// "interval 1 week", "interval 36 hours": the forms writers use for one unit.
std::chrono::milliseconds RetentionOf(const Snapshot& snapshot) {
  const auto found = snapshot.properties.find("delta.deletedFileRetentionDuration");
  if (found == snapshot.properties.end()) return kDefaultRetention;
  std::string_view text = found->second;
  constexpr std::string_view kInterval = "interval ";
  if (text.starts_with(kInterval)) text.remove_prefix(kInterval.size());
  const size_t blank = text.find(' ');
  const auto count = ParsePositive(text.substr(0, blank));
  if (blank == std::string_view::npos || !count || *count > 1'000'000) return kDefaultRetention;
  std::string_view unit = text.substr(blank + 1);
  if (unit.ends_with('s')) unit.remove_suffix(1);
  if (unit == "week") return std::chrono::weeks(*count);
  if (unit == "day") return std::chrono::days(*count);
  if (unit == "hour") return std::chrono::hours(*count);
  if (unit == "minute") return std::chrono::minutes(*count);
  if (unit == "second") return std::chrono::seconds(*count);
  return kDefaultRetention;
}

/// The actions a checkpoint holds: no provenance, no removed domains, no expired tombstones.
ActionSet ActionsOf(ReplayedLog log, int64_t tombstones_after_ms) {
  ActionSet actions;
  actions.protocol = std::move(log.protocol);
  actions.metadata = std::move(log.metadata);
  for (auto& [app_id, txn] : log.txns) actions.txns.push_back(std::move(txn));
  for (auto& [name, domain] : log.domains) {
    if (!domain.removed) actions.domains.push_back(std::move(domain));
  }
  for (Remove& remove : log.tombstones) {
    if (remove.deletion_timestamp_ms.value_or(0) > tombstones_after_ms) actions.removes.push_back(std::move(remove));
  }
  for (LiveFile& file : log.files) actions.adds.push_back(std::move(file.add));
  return actions;
}

/// Replaces the hint. Readers that find none in between list the log.
Status PutHint(store::ObjectStore& store, const std::string& location, const codec::OrderedJson& hint) {
  const std::string key = location + "/" + LastCheckpointName();
  TARN_TRY(store.Delete(key));
  Status put = store.PutIfAbsent(key, codec::Dump(hint));
  if (!put && put.error().code != ErrorCode::kAlreadyExists) return put;
  return {};
}

struct WrittenCheckpoint {
  int64_t rows = 0;
  size_t files = 0;
  std::optional<uint64_t> size_bytes;  ///< unset: somebody else's checkpoint of the same version says the same
};

Result<WrittenCheckpoint> Write(LogLoader& loader, store::ObjectStore& store, const std::string& location,
                                const Snapshot& snapshot, ParquetCodec& parquet) {
  TARN_ASSIGN(ReplayedLog log, loader.ReplayTo(snapshot.version));
  const std::chrono::microseconds now(snapshot.committed_at.micros);
  const auto expired = std::chrono::floor<std::chrono::milliseconds>(now) - RetentionOf(snapshot);
  const ActionSet actions = ActionsOf(std::move(log), expired.count());
  CheckpointRows rows(actions);
  const auto supply = [&](BatchView& batch) -> Result<bool> { return rows.Next(batch); };
  auto size = parquet.Write(store, location + "/" + CheckpointName(snapshot.version), CheckpointSchema(), supply);
  if (!size && size.error().code != ErrorCode::kAlreadyExists) return Fail(std::move(size).error());
  WrittenCheckpoint written{.rows = rows.row_count(), .files = actions.adds.size(), .size_bytes = std::nullopt};
  if (size) written.size_bytes = *size;
  return written;
}

Status WriteHinted(LogLoader& loader, store::ObjectStore& store, const std::string& location, const Snapshot& snapshot,
                   ParquetCodec& parquet) {
  TARN_ASSIGN(const WrittenCheckpoint written, Write(loader, store, location, snapshot, parquet));
  codec::OrderedJson hint = {{"version", snapshot.version}, {"size", written.rows}};
  if (written.size_bytes) hint["sizeInBytes"] = *written.size_bytes;
  hint["numOfAddFiles"] = written.files;
  return PutHint(store, location, hint);
}

}  // namespace

Status WriteCheckpointIfDue(store::ObjectStore& store, const std::string& location, const Snapshot& snapshot,
                            ParquetCodec& parquet) {
  const DeltaState& state = StateOf(snapshot);
  if (state.write_obstacle || WantsOtherCheckpoints(snapshot)) return {};
  const int64_t interval = IntervalOf(snapshot);
  const auto due_since = [&](int64_t last) {
    return snapshot.version / interval > std::max<int64_t>(last, 0) / interval;
  };
  if (!due_since(state.checkpoint_version)) return {};
  LogLoader loader(store, location, &parquet);
  TARN_ASSIGN(const int64_t hinted, loader.HintedCheckpoint());
  if (!due_since(hinted)) return {};

  return WriteHinted(loader, store, location, snapshot, parquet);
}

Status WriteCheckpointNow(store::ObjectStore& store, const std::string& location, int64_t version,
                          ParquetCodec& parquet) {
  LogLoader loader(store, location, &parquet);
  TARN_ASSIGN(const SnapshotPtr snapshot, loader.LoadVersion(version));
  if (StateOf(*snapshot).write_obstacle || WantsOtherCheckpoints(*snapshot)) return {};
  return WriteHinted(loader, store, location, *snapshot, parquet);
}

Status WriteCheckpointOf(store::ObjectStore& store, const std::string& location, int64_t version,
                         ParquetCodec& parquet) {
  LogLoader loader(store, location, &parquet);
  TARN_ASSIGN(const SnapshotPtr snapshot, loader.LoadVersion(version));
  TARN_TRY(Write(loader, store, location, *snapshot, parquet));
  return {};
}

}  // namespace tarn::table::delta
