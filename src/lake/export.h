// SPDX-License-Identifier: Apache-2.0
#pragma once
// An export: a table's rows as one plain file, for those who read no open tables (lake.md §6.9, http-api.md §3.1). A
// table's owner says which; upkeep writes them after commits. Plain value.

#include <string>

#include "engine/file_format.h"

namespace tarn::lake {

struct Export {
  engine::FileFormat format = engine::FileFormat::kCsv;
  std::string path;  ///< below the table's folder of exports, such as "daily/orders.csv"
  bool operator==(const Export&) const = default;
};

}  // namespace tarn::lake
