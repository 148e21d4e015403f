// SPDX-License-Identifier: Apache-2.0
#include "silver/removal_mode.h"

namespace tarn::silver {
namespace {

constexpr const char* kDeltaOption = "delta.enableDeletionVectors";
// Iceberg reads deletes in every version; the property says how a MERGE shall write.
constexpr const char* kIcebergOption = "write.merge.mode";
constexpr const char* kCopyOnWrite = "copy-on-write";
constexpr const char* kMergeOnRead = "merge-on-read";

RemovalMode Said(const table::Snapshot& snapshot, const char* property, std::string_view rewrite,
                 RemovalMode otherwise) {
  const auto found = snapshot.properties.find(property);
  if (found == snapshot.properties.end()) return otherwise;
  return found->second == rewrite ? RemovalMode::kRewrite : RemovalMode::kMark;
}

}  // namespace

RemovalMode RemovalModeOf(std::string_view format, const table::Snapshot& snapshot, RemovalMode otherwise) {
  if (format == "delta") return Said(snapshot, kDeltaOption, "false", otherwise);
  if (format == "iceberg") return Said(snapshot, kIcebergOption, kCopyOnWrite, otherwise);
  return RemovalMode::kRewrite;
}

std::map<std::string, std::string> PropertiesFor(std::string_view format, RemovalMode mode) {
  if (format != "iceberg") return {};
  return {{kIcebergOption, mode == RemovalMode::kMark ? kMergeOnRead : kCopyOnWrite}};
}

}  // namespace tarn::silver
