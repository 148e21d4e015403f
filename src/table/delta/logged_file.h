// SPDX-License-Identifier: Apache-2.0
#pragma once
// A data file of a Delta snapshot with what its add action says beyond the neutral model, so that a commit which names
// the file again loses nothing. Every file of a snapshot made in this folder is one. Plain value.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "table/delta/actions.h"
#include "table/snapshot.h"

namespace tarn::table::delta {

struct FileDetails {
  PartitionValues partition_values;
  StringMap tags;
  std::optional<DeletionVector> deletion_vector;
  std::optional<int64_t> base_row_id;
  std::optional<int64_t> default_row_commit_version;
  std::optional<std::string> clustering_provider;
};

struct LoggedFile final : DataFile {
  std::shared_ptr<const FileDetails> details;  ///< null when the action says no more than the neutral model
};

/// Empty details when there are none.
const FileDetails& DetailsOf(const DataFile& file);

/// Identity of a logical file in action reconciliation: its path and the id of its deletion vector.
std::string FileKey(std::string_view path, const std::optional<DeletionVector>& vector);

}  // namespace tarn::table::delta
