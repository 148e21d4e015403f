// SPDX-License-Identifier: Apache-2.0
#pragma once
// How versions of a Delta table leave its log (durability.md §8): a kept version gets a checkpoint of its own before
// the entries around it go; the newest versions stay replayable from the checkpoint below them. Nothing is deleted
// here. Stateless.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/format.h"
#include "table/parquet_codec.h"

namespace tarn::table::delta {

/// Versions whose log entry is there, ascending.
Result<std::vector<int64_t>> ListVersions(store::ObjectStore& store, const std::string& location);

/// As TableFormat::LoadChange.
Result<VersionChange> LoadChange(store::ObjectStore& store, const std::string& location, int64_t version);

struct ExpiryRequest {
  const std::set<int64_t>& kept;
  const std::set<int64_t>& expired;
};

/// As TableFormat::PrepareExpiry.
Result<ExpiryPlan> PrepareExpiry(store::ObjectStore& store, const std::string& location, const ExpiryRequest& request,
                                 ParquetCodec& parquet);

}  // namespace tarn::table::delta
