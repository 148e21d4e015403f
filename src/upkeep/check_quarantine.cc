// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_quarantine.h"

#include "lake/keys.h"
#include "quarantine/state_log.h"
#include "upkeep/check_series.h"

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

namespace {

/// A checkpoint may be missing, but not say anything else than the entries.
void CheckStateCheckpoint(store::ObjectStore& store, const store::SeriesName& name, const quarantine::StateFold& fold,
                          CheckReport& report) {
  const auto key = quarantine::StateCheckpointKey(name, fold.head);
  const auto body = store.Get(key);
  if (!body && body.error().code == ErrorCode::kNotFound) return;
  if (!body) return report.Add(key, body.error());
  const auto checkpoint = quarantine::DecodeStateCheckpoint(*body);
  if (!checkpoint) return report.Add(key, checkpoint.error());
  if (*checkpoint != fold) report.Add(key, "the checkpoint differs from the entries before it");
}

}  // namespace

void CheckReviews(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table,
                  CheckReport& report) {
  const auto name = lake::QuarantineLogSeries(domain, table);
  quarantine::StateFold fold;
  const auto visit = [&](uint64_t number, std::string_view body) -> Status {
    TARN_ASSIGN(const auto change, quarantine::DecodeStateChange(body));
    fold.Add(change);
    if (number % quarantine::StateLog::kCheckpointInterval == 0) CheckStateCheckpoint(store, name, fold, report);
    return {};
  };
  CheckSeries(store, clock, name, visit, report);
  for (const auto& object : fold.objects) CheckQuarantineObject(store, object, report);
}

}  // namespace tarn::upkeep
