// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_catalog.h"

#include "catalog/foreign_tables.h"
#include "catalog/registry.h"
#include "lake/keys.h"

namespace tarn::upkeep {

void CheckCatalog(store::ObjectStore& store, Clock& clock, CheckReport& report) {
  const auto document = catalog::Registry(store, clock, {}).Load();
  if (!document) {
    report.Add(lake::CatalogSeries().prefix, document.error());
    return;
  }
  SystemRandomness randomness;
  catalog::ForeignTables tables(store, clock, randomness, {});
  for (const auto& [name, entry] : (*document)->tables) {
    if (!(*document)->namespaces.contains(name.levels)) {
      report.Add(entry.home, "a table without its namespace: " + catalog::ToString(name));
    }
    if (const auto loaded = tables.Load(entry); !loaded) report.Add(entry.home, loaded.error());
    ++report.tables;
  }
}

}  // namespace tarn::upkeep
