// SPDX-License-Identifier: Apache-2.0
#include "catalog/table_folder.h"

#include "lake/layer_roots.h"
#include "table/iceberg/table_location.h"

namespace tarn::catalog {

using table::iceberg::TableLocation;

std::optional<std::string> KeyInLake(const store::ObjectStore& store, const std::string& uri) {
  for (const auto folder : lake::kRoutableFolders) {
    const auto own = std::string(folder) + "/";
    const TableLocation root(table::iceberg::UriOfRoot(store.root_of(own)));
    if (auto key = root.PathOf(uri); key && key->starts_with(own)) return *std::move(key);
  }
  auto key = TableLocation(table::iceberg::UriOfRoot(store.root())).PathOf(uri);
  return key ? std::optional(*std::move(key)) : std::nullopt;
}

Result<std::string> TableFolder(const store::ObjectStore& store, std::string place) {
  if (place.ends_with(".metadata.json")) {
    const auto metadata = place.rfind("/metadata/");
    if (metadata != std::string::npos) place.resize(metadata);
  }
  while (place.ends_with('/')) place.pop_back();
  const bool is_key = !place.starts_with('/') && place.find("://") == std::string::npos;
  const bool leads_up = ("/" + place + "/").find("/../") != std::string::npos;
  if (is_key && !leads_up) return place;
  auto key = KeyInLake(store, place.starts_with('/') ? table::iceberg::UriOfRoot(place) : place);
  if (key && !leads_up) return *std::move(key);
  return Fail(ErrorCode::kInvalidArgument, "the table lies outside the lake: " + place + "; copy its folder into " +
                                               table::iceberg::UriOfRoot(store.root()) + " first");
}

}  // namespace tarn::catalog
