// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the catalog of others' tables keeps alive (docs/formats/catalog.md): decisions about commits to several tables
// as long as a version they decided is there, and homes. Of a home without a name only what a creation leaves that
// never got one is nobody's: a first version without a snapshot. All else may be a table that was dropped and is to be
// registered again. Thread-compatible.

#include "base/time.h"
#include "lake/references.h"
#include "store/object_store.h"

namespace tarn::catalog {

class CatalogReferences final : public lake::References {
 public:
  CatalogReferences(store::ObjectStore& store, Clock& clock) : store_(store), clock_(clock) {}

  /// _control/tx/ and the homes below catalog/ that no table has.
  Result<std::vector<std::string>> Folders() override;
  Result<Keeps> Load(const std::string& folder) override;

 private:
  Result<std::vector<std::string>> NamedKeys();
  Result<Keeps> LoadDecisions();
  Result<Keeps> LoadHome(const std::string& folder);

  store::ObjectStore& store_;
  Clock& clock_;
};

}  // namespace tarn::catalog
