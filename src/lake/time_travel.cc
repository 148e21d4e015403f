// SPDX-License-Identifier: Apache-2.0
#include "lake/time_travel.h"

#include <algorithm>

#include "lake/expired_versions.h"

namespace tarn::lake {
namespace {

using table::SnapshotPtr;

std::unexpected<Error> NoVersion(const std::string& asked) {
  return Fail(ErrorCode::kInvalidArgument, "the table has no version, or no more" + asked);
}

Result<SnapshotPtr> LoadVersion(table::Table& table, int64_t version) {
  auto snapshot = table.LoadVersion(version);
  if (!snapshot && snapshot.error().code == ErrorCode::kNotFound) return NoVersion(": " + std::to_string(version));
  return snapshot;
}

/// The last version up to `version` that has not left the history.
Result<std::optional<int64_t>> LastLeft(table::Table& table, ExpiredVersions& expired, int64_t version) {
  TARN_ASSIGN(const std::vector<int64_t> versions, table.History());
  auto at = std::ranges::find(versions.rbegin(), versions.rend(), version);
  for (; at != versions.rend(); ++at) {
    TARN_ASSIGN(const bool gone, expired.Has(*at));
    if (!gone) return *at;
  }
  return std::nullopt;
}

Result<SnapshotPtr> LoadInstant(table::Table& table, const SnapshotPtr& newest, Timestamp at) {
  if (newest->committed_at.micros <= at.micros) return newest;
  TARN_ASSIGN(auto version, table.VersionAt(at));
  if (version) {
    ExpiredVersions expired(table);
    TARN_ASSIGN(const bool gone, expired.Has(*version));
    if (gone) {
      TARN_ASSIGN(version, LastLeft(table, expired, *version));
    }
  }
  if (!version) return NoVersion(" as old as " + FormatTimestamp(at));
  return LoadVersion(table, *version);
}

}  // namespace

Result<SnapshotPtr> LoadAt(table::Table& table, const std::optional<engine::TimeTravel>& at) {
  TARN_ASSIGN(auto newest, table.Load());
  if (!at) return newest;
  if (!newest->exists()) return Fail(ErrorCode::kNotFound, "the table does not exist yet");
  if (const auto* version = std::get_if<int64_t>(&*at)) {
    TARN_ASSIGN(const bool gone, ExpiredVersions(table).Has(*version));
    if (gone) return NoVersion(": " + std::to_string(*version));
    return LoadVersion(table, *version);
  }
  return LoadInstant(table, newest, std::get<Timestamp>(*at));
}

}  // namespace tarn::lake
