// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_mirror.h"

#include <map>

#include "upkeep/check_table.h"

namespace tarn::upkeep {
namespace {

using RowsByName = std::map<std::string, int64_t>;

int64_t RowsOf(const RowsByName& rows, const std::string& name) {
  const auto found = rows.find(name);
  return found == rows.end() ? 0 : found->second;
}

void Compare(const RowsByName& in_table, const RowsByName& in_mirror, CheckReport& report) {
  RowsByName all = in_table;
  all.insert(in_mirror.begin(), in_mirror.end());
  for (const auto& [name, ignored] : all) {
    const auto expected = RowsOf(in_table, name);
    const auto shown = RowsOf(in_mirror, name);
    if (expected == shown) continue;
    report.Add(name, "the mirror shows " + std::to_string(shown) + " rows of it, the table has " +
                         std::to_string(expected) + " in the version that the mirror names");
  }
}

Status Check(const MirrorCheck& check, const std::string& place, CheckReport& report) {
  TARN_ASSIGN(const auto mirror, check.tables.MirrorOf(check.location));
  if (mirror == nullptr) return {};
  TARN_ASSIGN(const auto snapshot, mirror->Load());
  if (!snapshot->exists()) return {};
  if (!lake::IsMirror(*snapshot)) {
    report.Add(place, "the folder holds a " + snapshot->format + " table that is no mirror");
    return {};
  }
  const auto shown = snapshot->transactions.find(lake::kMirroredSnapshot);
  if (shown == snapshot->transactions.end()) {
    if (!snapshot->files.empty()) report.Add(place, "it has files and does not say which version it shows");
    return {};
  }
  const auto version = check.tables.Get(check.location)->LoadVersion(shown->second);
  if (!version && version.error().code == ErrorCode::kNotFound) {
    report.Add(place, "it shows a version that the table does not have: " + std::to_string(shown->second));
    return {};
  }
  TARN_TRY(version);
  TARN_ASSIGN(const auto in_table, CountRowsByFile(check.engine, check.location, *version));
  TARN_ASSIGN(const auto in_mirror, CountRowsByFile(check.engine, check.location, snapshot));
  Compare(in_table, in_mirror, report);
  return {};
}

}  // namespace

void CheckMirror(const MirrorCheck& check, CheckReport& report) {
  const auto place = check.location + " (mirror)";
  if (const auto done = Check(check, place, report); !done) report.Add(place, done.error());
}

}  // namespace tarn::upkeep
