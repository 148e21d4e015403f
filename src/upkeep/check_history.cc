// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_history.h"

#include <unordered_set>

#include "lake/expiry_record.h"
#include "lake/keys.h"
#include "upkeep/version_names.h"

namespace tarn::upkeep {
namespace {

constexpr std::string_view kManifestSuffix = ".avro";  // and lists of them; older metadata documents may go

Status Check(store::ObjectStore& store, lake::OpenTables& tables, const std::string& location, CheckReport& report) {
  const auto table = tables.Get(location);
  TARN_ASSIGN(const auto records, lake::LoadExpiryRecords(store, location));
  TARN_ASSIGN(auto history, table->History());
  lake::DropExpired(records, history);
  VersionNames names(*table);
  TARN_TRY(names.Load(history));
  TARN_ASSIGN(auto named, names.NamesOf({history.begin(), history.end()}, {}));
  TARN_ASSIGN(const auto metadata, table->MetadataInUse());
  if (metadata) {
    for (const auto& path : *metadata) {
      if (path.ends_with(kManifestSuffix)) named.insert("/" + path);
    }
  }
  // Listed after: nothing of a version that was in the history a moment ago is deleted within the hour.
  std::unordered_set<std::string> present;
  for (const auto& folder : {location + "/", lake::SideFolder(location) + "/"}) {
    TARN_ASSIGN(const auto objects, store.List(folder));
    for (const auto& object : objects) present.insert(object.key.substr(location.size()));
  }
  for (const auto& name : named) {
    if (!present.contains(name)) report.Add(location + name, "missing, but a version of the table's history names it");
  }
  return {};
}

}  // namespace

void CheckHistory(store::ObjectStore& store, lake::OpenTables& tables, const std::string& location,
                  CheckReport& report) {
  if (const auto done = Check(store, tables, location, report); !done) report.Add(location, done.error());
}

}  // namespace tarn::upkeep
