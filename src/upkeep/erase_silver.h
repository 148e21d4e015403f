// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes the rows of keys out of an endpoint's table together with what its side manifest says of them: tombstones, and
// records the merge refused. The commit counts what bronze no longer has as purged (durability.md §5.2, §6).
// Thread-compatible.

#include <cstdint>
#include <string>
#include <vector>

#include "silver/merge.h"
#include "upkeep/erase_rows.h"
#include "upkeep/erasure_search.h"

namespace tarn::upkeep {

struct EraseSilverOutcome {
  EraseRowsOutcome rows;
  uint64_t tombstones = 0;          ///< of the keys, that are gone (dry run: would be)
  uint64_t refused = 0;             ///< records that merges refused and that are gone
  uint64_t side_objects = 0;        ///< of tombstones and refused records, with others in their place, or none
  std::vector<std::string> gone{};  ///< keys of those of refused records
};

class EraseSilver {
 public:
  explicit EraseSilver(const silver::MergeDependencies& dependencies);

  struct Request {
    const contract::Contract& contract;
    const ErasureKeys& keys;
    const FoundRecords& found;
    bool dry_run = false;
  };
  Result<EraseSilverOutcome> Run(const Request& request);

 private:
  Status DropTombstones(const Request& request, const table::Snapshot& base, silver::SideManifest& side,
                        EraseSilverOutcome& outcome);
  Status DropRefused(const Request& request, silver::SideManifest& side, EraseSilverOutcome& outcome);
  /// Rows that the folder's entries no longer have, up to the table's position.
  Result<uint64_t> ErasedRows(const contract::Contract& contract, uint64_t position);

  const silver::MergeDependencies& dependencies_;
  EraseRows erase_rows_;
};

}  // namespace tarn::upkeep
