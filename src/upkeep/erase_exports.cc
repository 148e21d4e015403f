// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erase_exports.h"

#include <algorithm>
#include <set>

#include "lake/keys.h"

namespace tarn::upkeep {
namespace {

/// Files of the table that are asked for.
std::set<std::string> WantedKeys(const ExportErasure& erasure, const LakeTable& table) {
  std::set<std::string> keys;
  for (const auto& target : erasure.exported()) {
    if (target.table.location != table.location) continue;
    for (const auto& one : target.exports) {
      keys.insert(lake::ExportKey(table.layer, table.domain, table.table, one.path));
    }
  }
  return keys;
}

/// Brings wanted files to the newest version; the text says why they are still as they were.
Result<std::string> WriteAnew(const ExportErasure& erasure, const LakeTable& table) {
  TARN_ASSIGN(const auto runs, erasure.upkeep.RunNow({Verb::kExport, table.Name(), false}));
  for (const auto& run : runs) {
    if (run.status == "FAILED") return "they could not be written: " + run.error;
  }
  return std::string();
}

}  // namespace

Status EraseExports(const ExportErasure& erasure, const LakeTable& table, ErasedLayer& layer,
                    std::vector<NotExamined>& not_examined) {
  const auto wanted = WantedKeys(erasure, table);
  if (!wanted.empty()) {
    TARN_ASSIGN(const auto failure, WriteAnew(erasure, table));
    if (failure.empty()) {
      layer.rewritten += wanted.size();
      layer.Name({wanted.begin(), wanted.end()});
    } else {
      not_examined.push_back({"exports of " + table.Name(), failure});
    }
  }
  TARN_ASSIGN(const auto present, erasure.store.List(lake::ExportKey(table.layer, table.domain, table.table, "")));
  std::vector<std::string> unwanted;
  for (const auto& object : present) {
    if (!wanted.contains(object.key)) unwanted.push_back(object.key);
  }
  if (unwanted.empty()) return {};
  TARN_TRY(erasure.seat_check());
  TARN_TRY(erasure.store.DeleteAll(unwanted));
  layer.removed += unwanted.size();
  layer.Name(unwanted);
  return {};
}

}  // namespace tarn::upkeep
