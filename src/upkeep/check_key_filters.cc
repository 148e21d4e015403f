// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_key_filters.h"

#include <algorithm>

#include "lake/keys.h"
#include "silver/key_filter.h"
#include "silver/key_hash.h"

namespace tarn::upkeep {
namespace {

Result<std::vector<uint64_t>> KeysOf(const KeyFilterCheck& check, const table::DataFilePtr& file) {
  TARN_ASSIGN(const auto workspace, check.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput(
      "keyed", engine::Bind(check.snapshot->schema, table::PinnedTable{check.location, check.snapshot, {file}})));
  std::string columns;
  for (const auto& name : check.key) columns += (columns.empty() ? "" : ", ") + engine::QuoteIdentifier(name);
  TARN_ASSIGN(const auto stream, workspace->Query("SELECT " + columns + " FROM input.keyed"));
  return silver::ReadKeyHashes(*stream);
}

Status CheckFile(const KeyFilterCheck& check, const table::DataFilePtr& file, CheckReport& report) {
  const auto name = lake::SideKey(check.location, silver::KeyFilterName(file->path));
  const auto bytes = check.store.Get(name);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) return {};  // merges look into the file
  if (!bytes) return Fail(bytes.error());
  const auto filter = silver::DecodeKeyFilter(*bytes);
  if (!filter) {
    report.Add(name, filter.error());
    return {};
  }
  // One of other columns is passed over by merges too.
  if (filter->fingerprint != silver::KeyFingerprint(check.snapshot->schema, check.key)) return {};
  TARN_ASSIGN(const auto hashes, KeysOf(check, file));
  const auto denied = std::ranges::count_if(hashes, [&](uint64_t hash) { return !filter->keys.MayHold(hash); });
  if (denied > 0) report.Add(name, "it denies the keys of " + std::to_string(denied) + " rows of " + file->path);
  return {};
}

}  // namespace

void CheckKeyFilters(const KeyFilterCheck& check, CheckReport& report) {
  if (check.key.empty()) return;
  for (const auto& file : check.snapshot->files) {
    if (const auto done = CheckFile(check, file, report); !done) report.Add(check.location, done.error());
  }
}

}  // namespace tarn::upkeep
