// SPDX-License-Identifier: Apache-2.0
#include "lake/time_travel.h"

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

Result<SnapshotPtr> LoadInstant(table::Table& table, const SnapshotPtr& newest, Timestamp at) {
  if (newest->committed_at.micros <= at.micros) return newest;
  TARN_ASSIGN(const auto version, table.VersionAt(at));
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
    return LoadVersion(table, *version);
  }
  return LoadInstant(table, newest, std::get<Timestamp>(*at));
}

}  // namespace tarn::lake
