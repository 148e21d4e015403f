// SPDX-License-Identifier: Apache-2.0
#pragma once
// Deletion vector descriptors (Delta protocol, "Deletion Vectors") and the neutral references they stand for.
// Stateless; the bytes are codec/deletion_vector_blob's.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "table/delete_file.h"
#include "table/delta/actions.h"
#include "table/format.h"

namespace tarn::table::delta {

/// Distinguishes the vectors of one data file; together with its path it names a logical file.
std::string UniqueIdOf(const DeletionVector& vector);

/// `table_root` as LogReplay's. kCorrupt for a broken descriptor, kUnsupported for a vector outside the table's folder
/// or of an unknown storage type.
Result<DeleteFile> ToDeleteFile(const DeletionVector& vector, std::string_view table_root);

/// The descriptor of a vector that WriteVectors put, or of an inline one; kInvalidArgument for anything else.
Result<DeletionVector> ToDescriptor(const DeleteFile& deletes);

/// Puts one object that holds the vectors of all `rows`. kConflict when `base` lacks a file, kInvalidArgument for rows
/// that are not in it, kUnsupported when the number of its rows is unknown.
Result<std::vector<FileDeletes>> WriteVectors(store::ObjectStore& store, const std::string& location,
                                              const Snapshot& base, std::span<const RowDeletion> rows,
                                              Randomness& randomness);

}  // namespace tarn::table::delta
