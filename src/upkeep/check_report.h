// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a check looked at and what it found wrong (lake.md §7, `tarn fsck`). Plain value; thread-compatible.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace tarn::upkeep {

struct Finding {
  std::string place;  ///< key, location or file
  std::string what;
};

struct CheckReport {
  std::vector<Finding> findings;

  // Looked at:
  uint64_t contracts = 0;
  uint64_t bronze_entries = 0;
  uint64_t bronze_objects = 0;
  uint64_t bronze_rows = 0;
  uint64_t quarantine_entries = 0;
  uint64_t tables = 0;
  uint64_t data_files = 0;
  uint64_t table_rows = 0;
  uint64_t run_records = 0;

  void Add(std::string place, std::string what) { findings.push_back({std::move(place), std::move(what)}); }
  void Add(std::string place, const Error& error) { Add(std::move(place), error.ToString()); }
};

}  // namespace tarn::upkeep
