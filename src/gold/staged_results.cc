// SPDX-License-Identifier: Apache-2.0
#include "gold/staged_results.h"

#include "base/crash_point.h"
#include "lake/run_keys.h"

namespace tarn::gold {

Status StagedResults::Put(const std::string& location, const StagedResult& staged) {
  const auto key = lake::StagedKey(location, staged.run);
  const auto body = EncodeStaged(staged);
  const store::PutRequest put{key, body};
  TARN_TRY(store_.PutAll({&put, 1}));
  TARN_CRASH_POINT("gold.result_staged");
  TARN_ASSIGN(const auto present, store_.List(lake::StagedFolder(location)));
  for (size_t i = 0; i + kMostKept < present.size(); ++i) TARN_TRY(store_.Delete(present[i].key));
  return {};
}

Result<engine::BoundTablePtr> StagedResults::Bind(table::Table& table, uint64_t run) {
  const auto body = store_.Get(lake::StagedKey(table.location(), run));
  if (!body && body.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kNotFound, "no staged result of run " + std::to_string(run));
  }
  TARN_TRY(body);
  TARN_ASSIGN(const auto staged, DecodeStaged(*body));
  if (!staged.base) return BindStaged(table.location(), std::make_shared<const table::Snapshot>(), staged);
  TARN_ASSIGN(const auto base, table.LoadVersion(*staged.base));
  return BindStaged(table.location(), base, staged);
}

Result<std::vector<StagedResult>> StagedResults::Load(const std::string& location) {
  TARN_ASSIGN(const auto present, store_.List(lake::StagedFolder(location)));
  std::vector<StagedResult> all;
  for (const auto& object : present) {
    TARN_ASSIGN(const auto body, store_.Get(object.key));
    auto staged = DecodeStaged(body);
    if (!staged) return Fail(std::move(staged).error().In(object.key));
    all.push_back(std::move(*staged));
  }
  return all;
}

Result<size_t> StagedResults::RemoveOld(const std::string& location, Timestamp now, bool dry_run) {
  TARN_ASSIGN(const auto all, Load(location));
  size_t removed = 0;
  for (const auto& staged : all) {
    if (now.micros - staged.staged_at.micros <= std::chrono::microseconds(kKeptFor).count()) continue;
    ++removed;
    if (!dry_run) TARN_TRY(store_.Delete(lake::StagedKey(location, staged.run)));
  }
  return removed;
}

Result<std::vector<std::string>> StagedResults::RemoveAll(const std::string& location) {
  TARN_ASSIGN(const auto all, Load(location));
  std::vector<std::string> gone;
  std::vector<std::string> names;
  for (const auto& staged : all) {
    for (const auto& file : staged.added) gone.push_back(location + "/" + file.path);
    names.push_back(lake::StagedKey(location, staged.run));
  }
  // A removal that is killed finds the files again by what names them.
  TARN_TRY(store_.DeleteAll(gone));
  TARN_TRY(store_.DeleteAll(names));
  gone.insert(gone.end(), names.begin(), names.end());
  return gone;
}

}  // namespace tarn::gold
