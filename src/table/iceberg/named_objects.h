// SPDX-License-Identifier: Apache-2.0
#pragma once
// Objects that an Iceberg table's metadata names, read through the store: they must be there. Thread-compatible: made
// per call.

#include <string>
#include <vector>

#include "base/result.h"
#include "table/format.h"
#include "table/iceberg/manifest_entry.h"
#include "table/iceberg/table_location.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::table::iceberg {

class NamedObjects {
 public:
  /// `folder`: key prefix of the table; `uri`: its location as the metadata has it.
  NamedObjects(store::ObjectStore& store, std::string folder, std::string uri)
      : store_(store), folder_(std::move(folder)), location_(std::move(uri)) {}

  /// The object of that URI; kCorrupt when it is missing.
  Result<std::string> Get(const std::string& uri);

  /// The rows of the snapshot's manifest list, or of the manifests a v1 snapshot names itself.
  Result<std::vector<ManifestFile>> ListManifests(const SnapshotRecord& snapshot);

  const TableLocation& location() const { return location_; }

 private:
  store::ObjectStore& store_;
  const std::string folder_;
  const TableLocation location_;
};

}  // namespace tarn::table::iceberg
