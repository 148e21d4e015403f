// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_history.h"

#include <unordered_set>

#include "lake/expiry_record.h"
#include "lake/keys.h"
#include "upkeep/version_names.h"

namespace tarn::upkeep {
namespace {

constexpr std::string_view kManifestSuffix = ".avro";  // and lists of them; older metadata documents may go

/// Names of everything that a version of the history needs; `records`: where its expiry records lie.
Result<std::set<std::string>> NamesOf(store::ObjectStore& store, table::Table& table, const std::string& records_of) {
  TARN_ASSIGN(const auto records, lake::LoadExpiryRecords(store, records_of));
  TARN_ASSIGN(auto history, table.History());
  lake::DropExpired(records, history);
  VersionNames names(table);
  TARN_TRY(names.Load(history));
  TARN_ASSIGN(auto named, names.NamesOf({history.begin(), history.end()}, {}));
  TARN_ASSIGN(const auto metadata, table.MetadataInUse());
  if (metadata) {
    for (const auto& path : *metadata) {
      if (path.ends_with(kManifestSuffix)) named.insert("/" + path);
    }
  }
  return named;
}

Status Check(store::ObjectStore& store, lake::OpenTables& tables, const std::string& location, CheckReport& report) {
  TARN_ASSIGN(auto named, NamesOf(store, *tables.Get(location), location));
  TARN_ASSIGN(const auto mirror, tables.MirrorOf(location));
  if (mirror != nullptr) {
    TARN_ASSIGN(auto in_mirror, NamesOf(store, *mirror, lake::MirrorName(location)));
    named.merge(in_mirror);
  }
  // Listed after: nothing of a version that was in the history a moment ago is deleted within the hour.
  std::unordered_set<std::string> present;
  for (const auto& folder : {location + "/", lake::SideFolder(location) + "/"}) {
    TARN_ASSIGN(const auto objects, store.List(folder));
    for (const auto& object : objects) present.insert(object.key.substr(location.size()));
  }
  for (const auto& name : named) {
    if (!present.contains(name))
      report.Add(location + name, "missing, but a version of the table's history, or of its mirror's, names it");
  }
  return {};
}

}  // namespace

void CheckHistory(store::ObjectStore& store, lake::OpenTables& tables, const std::string& location,
                  CheckReport& report) {
  if (const auto done = Check(store, tables, location, report); !done) report.Add(location, done.error());
}

}  // namespace tarn::upkeep
