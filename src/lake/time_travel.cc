// SPDX-License-Identifier: Apache-2.0
#include "lake/time_travel.h"

#include <algorithm>

namespace tarn::lake {
namespace {

using table::SnapshotPtr;

Result<SnapshotPtr> LoadVersion(table::Table& table, int64_t version) {
  auto snapshot = table.LoadVersion(version);
  if (!snapshot && snapshot.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kInvalidArgument, "the table has no version, or no more: " + std::to_string(version));
  }
  return snapshot;
}

/// The last of the ascending `versions` that was committed at or before `at`; times ascend with versions.
Result<std::optional<int64_t>> LastBefore(table::Table& table, const std::vector<int64_t>& versions, Timestamp at) {
  size_t low = 0;  // versions before it are not later than `at`
  size_t high = versions.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    TARN_ASSIGN(const auto change, table.format().LoadChange(table.store(), table.location(), versions[middle]));
    if (change.committed_at.micros <= at.micros) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return std::nullopt;
  return versions[low - 1];
}

Result<SnapshotPtr> LoadInstant(table::Table& table, const SnapshotPtr& newest, Timestamp at) {
  if (newest->committed_at.micros <= at.micros) return newest;
  auto versions = table.format().History(table.store(), table.location());
  if (!versions) return Fail(std::move(versions).error().In("AT (TIMESTAMP)"));
  std::erase_if(*versions, [&](int64_t version) { return version > newest->version; });
  TARN_ASSIGN(const auto version, LastBefore(table, *versions, at));
  if (!version) {
    return Fail(ErrorCode::kInvalidArgument, "the table has no version, or no more, as old as " + FormatTimestamp(at));
  }
  return LoadVersion(table, *version);
}

}  // namespace

Result<SnapshotPtr> LoadAt(table::Table& table, const std::optional<engine::TimeTravel>& at) {
  TARN_ASSIGN(auto newest, table.Load());
  if (!at) return newest;
  if (!newest->exists()) return Fail(ErrorCode::kNotFound, "the table does not exist yet");
  if (const auto* version = std::get_if<int64_t>(&*at)) {
    if (*version == newest->version) return newest;
    return LoadVersion(table, *version);
  }
  return LoadInstant(table, newest, std::get<Timestamp>(*at));
}

}  // namespace tarn::lake
