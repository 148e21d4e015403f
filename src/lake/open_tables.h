// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tables this process has open, one object per location, so that every reader and writer shares its newest
// snapshot. Owned by app; thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lake/mirror.h"
#include "table/table.h"

namespace tarn::lake {

class OpenTables {
 public:
  /// `mirrors` outlives this object; without it no table is known to have one.
  explicit OpenTables(table::Table::Dependencies dependencies, Mirrors* mirrors = nullptr)
      : dependencies_(dependencies), mirrors_(mirrors) {}

  /// The table at `location` (key prefix without a trailing slash), opened on first use. Does no I/O.
  std::shared_ptr<table::Table> Get(const std::string& location);

  /// Lets go of a table that is no more; who holds it keeps it.
  void Forget(const std::string& location);

  /// The mirror of the table at `location`, as Mirrors::TableOf.
  Result<std::shared_ptr<table::Table>> MirrorOf(const std::string& location);

  /// As Mirrors::FailureOf. Does no I/O.
  std::optional<Error> MirrorFailure(const std::string& location);

  /// Those that are open. Does no I/O.
  std::vector<std::shared_ptr<table::Table>> All();

 private:
  const table::Table::Dependencies dependencies_;
  Mirrors* const mirrors_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<table::Table>> tables_;
};

}  // namespace tarn::lake
