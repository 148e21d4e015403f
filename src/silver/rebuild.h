// SPDX-License-Identifier: Apache-2.0
#pragma once
// A silver table made anew from bronze under the present contract (lake.md §4.6, durability.md §5.7): merged into a
// staged table, compared, then swapped in by one commit. Whatever was staged is gone on with after a restart. One
// rebuild of a table at a time is the caller's business; thread-safe otherwise.

#include <functional>
#include <string>

#include "silver/merge.h"
#include "silver/rebuild_log.h"

namespace tarn::silver {

class Rebuild {
 public:
  struct Request {
    std::string stage;           ///< names this rebuild among those of the table, the same after a restart
    bool drops_foreign = false;  ///< else rows that other writers added make it fail
    bool partial = false;        ///< else records that bronze has retired make it fail
    std::function<void(uint64_t position, uint64_t head)> progress;  ///< may be empty
  };

  /// `dependencies` have reviews.
  Rebuild(const MergeDependencies& dependencies, Merge& merge) : dependencies_(dependencies), merge_(merge) {}

  /// kFailedPrecondition: rows of other writers, or of retired records, would be lost.
  Result<RowDifference> Run(const contract::EndpointPtr& endpoint, const Request& request);

  /// Removes what a rebuild staged that was swapped in by a process that ended then.
  Status RemoveStaged(const contract::Contract& contract);

 private:
  struct Swap;
  Status Stage(const contract::EndpointPtr& endpoint, const std::string& staged, const Request& request);
  Result<RowDifference> Replace(const contract::EndpointPtr& endpoint, const std::string& staged,
                                const Request& request);
  Status CheckForeign(const table::SnapshotPtr& base, const std::string& location);
  Result<RowDifference> Compare(const contract::Contract& contract, const Swap& swap);
  Result<std::vector<table::DataFile>> CopyRows(const Swap& swap, const table::Schema& schema);
  Result<int64_t> PutSide(const Swap& swap);

  const MergeDependencies& dependencies_;
  Merge& merge_;
};

}  // namespace tarn::silver
