// SPDX-License-Identifier: Apache-2.0
#pragma once
// What silver and gold keep alive: everything a version of the history, or of the mirror's, or an expiry record names,
// side objects included, and all metadata of the table itself. Thread-compatible.

#include "lake/open_tables.h"
#include "lake/references.h"

namespace tarn::upkeep {

class TableReferences final : public lake::References {
 public:
  TableReferences(store::ObjectStore& store, lake::OpenTables& tables) : store_(store), tables_(tables) {}

  /// A table's folder and its side folder.
  Result<std::vector<std::string>> Folders() override;
  Result<Keeps> Load(const std::string& folder) override;

 private:
  store::ObjectStore& store_;
  lake::OpenTables& tables_;
};

}  // namespace tarn::upkeep
