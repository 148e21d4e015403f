// SPDX-License-Identifier: Apache-2.0
#pragma once
// How far silver has read the rows of an endpoint, by the table folder they belong to: what is merged may be put
// together or retired. Looks at each table once; thread-compatible.

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "bronze/bronze_log.h"
#include "contract/registry.h"
#include "lake/open_tables.h"

namespace tarn::upkeep {

class MergedPositions {
 public:
  MergedPositions(lake::OpenTables& tables, const contract::Registry& registry, std::string domain, std::string table);

  bool has_endpoint() const { return newest_ != nullptr; }
  /// Whether silver holds all rows of the entry.
  Result<bool> IsMerged(const bronze::NumberedEntry& entry);

 private:
  /// Folder generation of the rows; entries without rows count as the newest one's.
  Result<uint64_t> FolderOf(const bronze::LogEntry& entry);

  lake::OpenTables& tables_;
  const contract::Registry& registry_;
  const std::string domain_;
  const std::string table_;
  const contract::EndpointPtr newest_;
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> folders_;  ///< by generation and contract version
  std::map<uint64_t, uint64_t> positions_;                     ///< by folder generation
};

}  // namespace tarn::upkeep
