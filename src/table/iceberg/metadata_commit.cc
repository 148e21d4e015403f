// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/metadata_commit.h"

#include <utility>

#include "table/iceberg/metadata_json.h"
#include "table/iceberg/metadata_loader.h"
#include "table/iceberg/metadata_names.h"

namespace tarn::table::iceberg {

Result<PlannedCommit> PlanMetadataCommit(store::ObjectStore& store, const std::string& location,
                                         const SnapshotPtr& base, TableMetadata metadata) {
  PlannedCommit planned;
  planned.plan.version = base->version + 1;
  planned.plan.decisive = {MetadataName(planned.plan.version), EncodeMetadata(metadata)};
  auto made = MetadataLoader(store, location).LoadPlanned(std::move(metadata), planned.plan.version, base);
  if (!made) {
    // Nothing is committed yet: what is broken is the request, not the table.
    Error error = std::move(made).error();
    if (error.code == ErrorCode::kCorrupt) error.code = ErrorCode::kInvalidArgument;
    return Fail(std::move(error));
  }
  planned.made = *std::move(made);
  return planned;
}

}  // namespace tarn::table::iceberg
