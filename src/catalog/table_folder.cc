// SPDX-License-Identifier: Apache-2.0
#include "catalog/table_folder.h"

#include "table/iceberg/table_location.h"

namespace tarn::catalog {

Result<std::string> TableFolder(const store::ObjectStore& store, std::string place) {
  if (place.ends_with(".metadata.json")) {
    const auto metadata = place.rfind("/metadata/");
    if (metadata != std::string::npos) place.resize(metadata);
  }
  while (place.ends_with('/')) place.pop_back();
  const table::iceberg::TableLocation lake(table::iceberg::UriOfRoot(store.root()));
  const bool is_key = !place.starts_with('/') && place.find("://") == std::string::npos;
  const bool leads_up = ("/" + place + "/").find("/../") != std::string::npos;
  if (is_key && !leads_up) return place;
  const auto key = lake.PathOf(place.starts_with('/') ? table::iceberg::UriOfRoot(place) : place);
  if (key && !leads_up) return key;
  return Fail(ErrorCode::kInvalidArgument,
              "the table lies outside the lake: " + place + "; copy its folder into " + lake.uri() + " first");
}

}  // namespace tarn::catalog
