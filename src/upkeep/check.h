// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything `tarn fsck` looks at, in one pass over a lake that may be served meanwhile: what names is read before what
// is named, so a finding is a finding (lake.md §7). A node's log is judged by its files alone, so its server should be
// stopped. Reads only.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "contract/registry.h"
#include "engine/parquet_files.h"
#include "engine/query_engine.h"
#include "lake/open_tables.h"
#include "store/disk.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

struct LakeCheck {
  store::ObjectStore& store;
  store::Disk& disk;
  Clock& clock;
  engine::QueryEngine& engine;
  lake::OpenTables& tables;
  contract::Registry& registry;
  std::string data_dir;  ///< empty = no node's log
  /// Told what is looked at next, and how many of how many parts are done; may be empty.
  std::function<void(std::string_view at, uint64_t done, uint64_t total)> progress{};
  engine::ParquetFiles* parquet = nullptr;  ///< as bronze::FileSources has it
};

CheckReport CheckLake(const LakeCheck& check);

}  // namespace tarn::upkeep
