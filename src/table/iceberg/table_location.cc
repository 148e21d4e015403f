// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/table_location.h"

#include <algorithm>
#include <filesystem>

#include "table/foreign_values.h"

namespace tarn::table::iceberg {
namespace {

bool HasScheme(std::string_view uri) { return uri.find(":/") != std::string_view::npos || uri.starts_with("memory:"); }

/// One spelling: "file:/x", "file:///x" and "/x" are the same file, "s3a:", "s3n:" and "s3:" the same bucket.
std::string Normalize(std::string_view uri) {
  if (uri.starts_with("file:")) {
    uri.remove_prefix(std::string_view("file:").size());
    while (uri.starts_with("//")) uri.remove_prefix(1);
    return std::string(uri);
  }
  for (const std::string_view scheme : {"s3a://", "s3n://"}) {
    if (uri.starts_with(scheme)) return "s3://" + std::string(uri.substr(scheme.size()));
  }
  return std::string(uri);
}

}  // namespace

std::string UriOfRoot(std::string_view root) {
  while (root.size() > 1 && root.ends_with('/')) root.remove_suffix(1);
  if (HasScheme(root)) return std::string(root);
  return "file://" + std::filesystem::absolute(root).lexically_normal().string();
}

TableLocation::TableLocation(std::string uri) : uri_(std::move(uri)), prefix_(Normalize(uri_) + "/") {}

Result<std::string> TableLocation::PathOf(std::string_view uri) const {
  const std::string file = Normalize(uri);
  std::string_view path = file;
  if (!path.starts_with(prefix_)) {
    return Fail(ErrorCode::kUnsupported, "Iceberg files outside the table's folder: " + std::string(uri));
  }
  path.remove_prefix(prefix_.size());
  while (path.starts_with('/')) path.remove_prefix(1);
  if (path.empty() || LeavesFolder(path)) {
    return Fail(ErrorCode::kUnsupported, "Iceberg files outside the table's folder: " + std::string(uri));
  }
  return std::string(path);
}

}  // namespace tarn::table::iceberg
