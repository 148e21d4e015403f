// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_quarantine.h"

#include "lake/keys.h"

namespace tarn::upkeep {

void CheckQuarantineObject(store::ObjectStore& store, const quarantine::EntryObject& object, CheckReport& report) {
  const auto entries = quarantine::ReadEntries(store, object);
  if (!entries) return report.Add(object.key, entries.error());
  report.quarantine_entries += entries->size();
  if (entries->size() != object.entries) {
    report.Add(object.key, "it has " + std::to_string(entries->size()) + " entries, its reference says " +
                               std::to_string(object.entries));
  }
}

void CheckReviews(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table,
                  CheckReport& report) {
  quarantine::StateLog log(store, clock, domain, table);
  const auto objects = log.Objects();
  if (!objects) return report.Add(lake::QuarantineLogSeries(domain, table).prefix, objects.error());
  for (const auto& object : *objects) CheckQuarantineObject(store, object, report);
}

}  // namespace tarn::upkeep
