// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parquet files beside a silver table as a table that statements read.

#include <string>
#include <vector>

#include "engine/names.h"
#include "silver/side_manifest.h"

namespace tarn::silver {

/// The rows of side files of the table at `location`, in the columns of `schema`.
engine::BoundTablePtr BindSideFiles(const std::string& location, table::Schema schema,
                                    const std::vector<TombstoneFile>& files);

}  // namespace tarn::silver
