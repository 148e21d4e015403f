// SPDX-License-Identifier: Apache-2.0
#include "silver/removal_mode.h"

namespace tarn::silver {
namespace {

// Delta has them off unless the property turns them on.
constexpr const char* kDeltaOption = "delta.enableDeletionVectors";
// Iceberg reads deletes in every version; the property says how a MERGE shall
// write.
constexpr const char* kIcebergOption = "write.merge.mode";

bool Is(const table::Snapshot& snapshot, const char* property, std::string_view value) {
  const auto found = snapshot.properties.find(property);
  return found != snapshot.properties.end() && found->second == value;
}

}  // namespace

RemovalMode RemovalModeOf(std::string_view format, const table::Snapshot& snapshot) {
  if (format == "delta") return Is(snapshot, kDeltaOption, "true") ? RemovalMode::kMark : RemovalMode::kRewrite;
  if (format != "iceberg") return RemovalMode::kRewrite;
  return Is(snapshot, kIcebergOption, "copy-on-write") ? RemovalMode::kRewrite : RemovalMode::kMark;
}

std::map<std::string, std::string> MarkingProperties(std::string_view format) {
  if (format == "delta") return {{kDeltaOption, "true"}};
  if (format == "iceberg") return {{kIcebergOption, "merge-on-read"}};
  return {};
}

}  // namespace tarn::silver
