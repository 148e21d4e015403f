// SPDX-License-Identifier: Apache-2.0
#include "silver/side_table.h"

#include <utility>

#include "lake/keys.h"

namespace tarn::silver {

engine::BoundTablePtr BindSideFiles(const std::string& location, table::Schema schema,
                                    const std::vector<TombstoneFile>& files) {
  auto snapshot = std::make_shared<table::Snapshot>();
  snapshot->version = 0;
  snapshot->schema = std::move(schema);
  for (const auto& file : files) {
    auto data = std::make_shared<table::DataFile>();
    data->path = file.path;
    data->size_bytes = file.size_bytes;
    data->record_count = file.record_count;
    snapshot->files.push_back(std::move(data));
  }
  return engine::Bind(snapshot->schema, table::PinnedTable{lake::SideFolder(location), snapshot, snapshot->files});
}

}  // namespace tarn::silver
