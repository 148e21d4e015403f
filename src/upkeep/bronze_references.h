// SPDX-License-Identifier: Apache-2.0
#pragma once
// What bronze logs keep alive: landed objects and, together with silver's side manifests, quarantine objects. Entries
// behind a purge count, those before it do not; what was replaced is kept until it is swept. Thread-compatible.

#include "lake/open_tables.h"
#include "lake/references.h"

namespace tarn::upkeep {

class BronzeReferences final : public lake::References {
 public:
  BronzeReferences(store::ObjectStore& store, lake::OpenTables& tables, Clock& clock)
      : store_(store), tables_(tables), clock_(clock) {}

  /// bronze/{d}/{t}/ and quarantine/{d}/{t}/.
  Result<std::vector<std::string>> Folders() override;
  Result<Keeps> Load(const std::string& folder) override;

 private:
  store::ObjectStore& store_;
  lake::OpenTables& tables_;
  Clock& clock_;
};

}  // namespace tarn::upkeep
