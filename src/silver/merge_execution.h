// SPDX-License-Identifier: Apache-2.0
#pragma once
// The work of one merge on one snapshot: runs the steps of MergeSql in a workspace and tells what the commit must hold.
// Knows nothing of how the commit is won. One use; thread-compatible.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "silver/merge.h"
#include "silver/merge_sql.h"
#include "silver/target_schema.h"

namespace tarn::silver {

class MergeExecution {
 public:
  struct Target {
    contract::EndpointPtr endpoint;
    std::string location;
    table::SnapshotPtr base;
    bool purged = false;  ///< rows of the snapshot are gone
    SideManifest before;
  };
  struct Merged {
    table::CommitIntent intent;  ///< all but the two transactions
    SideManifest side;
  };

  MergeExecution(const MergeDependencies& dependencies, Target target);

  Result<Merged> Run(const std::vector<bronze::NumberedEntry>& entries,
                     const std::vector<bronze::ObservedField>& fields);

 private:
  Status BindInputs(const std::vector<bronze::NumberedEntry>& entries);
  Status Accept(uint64_t incoming_rows);
  Status PutRefused();
  Status FindWinners();
  Status WriteTombstones();
  Status WriteRows(table::CommitIntent& intent);
  Result<std::vector<table::DataFilePtr>> FilesToRewrite();
  Status BindPinned(const std::string& name, const table::Schema& schema, std::vector<table::DataFilePtr> files);
  std::set<int32_t> ColumnsThatBecomeJson() const;
  /// The target schema with the stored types of columns that become JSON.
  table::Schema StoredSchema(const std::set<int32_t>& to_json) const;
  Result<int64_t> Count(const std::string& sql);

  const MergeDependencies& dependencies_;
  Target target_;
  TargetSchema schema_;
  MergeSql sql_;
  std::unique_ptr<engine::Workspace> workspace_;
  SideManifest side_;
  bool has_existing_ = false;
  bool has_tombstones_ = false;
};

}  // namespace tarn::silver
