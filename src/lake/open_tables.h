// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tables this process has open, one object per location, so that every reader and writer shares its newest
// snapshot. Owned by app; thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "table/table.h"

namespace tarn::lake {

class OpenTables {
 public:
  explicit OpenTables(table::Table::Dependencies dependencies) : dependencies_(dependencies) {}

  /// The table at `location` (key prefix without a trailing slash), opened on first use. Does no I/O.
  std::shared_ptr<table::Table> Get(const std::string& location);

  /// Lets go of a table that is no more; who holds it keeps it.
  void Forget(const std::string& location);

  /// Those that are open. Does no I/O.
  std::vector<std::shared_ptr<table::Table>> All();

 private:
  const table::Table::Dependencies dependencies_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<table::Table>> tables_;
};

}  // namespace tarn::lake
