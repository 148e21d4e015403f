// SPDX-License-Identifier: Apache-2.0
#pragma once
// Errors that clients of Iceberg catalogs know by their words, so they start as everywhere else. Free functions.

#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/namespace_name.h"

namespace tarn::catalog {

inline std::unexpected<Error> NoNamespace(const Namespace& levels) {
  return Fail(ErrorCode::kNotFound, "Namespace does not exist: " + ToString(levels));
}

inline std::unexpected<Error> NoTable(const TableName& name) {
  return Fail(ErrorCode::kNotFound, "Table does not exist: " + ToString(name));
}

/// Of a table whose newest metadata file is gone, in the words that Iceberg's clients know.
inline constexpr std::string_view kNoMetadata = "Failed to open input stream for file: ";
inline std::unexpected<Error> NoMetadata(const std::string& uri) {
  return Fail(ErrorCode::kCorrupt, std::string(kNoMetadata) + uri);
}

inline std::unexpected<Error> NamespaceTaken(const Namespace& levels) {
  return Fail(ErrorCode::kAlreadyExists, "Namespace already exists: " + ToString(levels));
}

inline std::unexpected<Error> TableTaken(const TableName& name) {
  return Fail(ErrorCode::kAlreadyExists, "Table already exists: " + ToString(name));
}

inline std::unexpected<Error> LakesOwn(const std::string& what) {
  return Fail(ErrorCode::kFailedPrecondition, "this belongs to the lake: " + what);
}

}  // namespace tarn::catalog
