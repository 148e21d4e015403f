// SPDX-License-Identifier: Apache-2.0
#pragma once
// Action reconciliation (Delta protocol): the newest action about a thing wins. Log entries are fed newest first, so
// that each thing is decided by the first action seen. Thread-compatible, no I/O.

#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "table/delta/actions.h"

namespace tarn::table::delta {

/// A file of the table with its path below the table's folder.
struct LiveFile {
  std::string path;
  Add add;
};

struct ReplayedLog {
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::map<std::string, Txn> txns;
  std::map<std::string, DomainMetadata> domains;  ///< removed ones included
  std::vector<LiveFile> files;                    ///< oldest first
  std::vector<Remove> tombstones;                 ///< oldest first
  std::unordered_set<std::string> decided;        ///< FileKeys that some action added or removed
};

class LogReplay {
 public:
  /// `table_root`: where the table lies (store root and location), for absolute paths; may be empty.
  explicit LogReplay(std::string table_root) : table_root_(std::move(table_root)) {}

  /// Takes the next older log entry or, last, the checkpoint. kUnsupported for files we cannot read.
  Status Feed(ActionSet actions);

  ReplayedLog Finish() &&;

 private:
  const std::string table_root_;
  ReplayedLog log_;
};

}  // namespace tarn::table::delta
