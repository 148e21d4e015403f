// SPDX-License-Identifier: Apache-2.0
#include "upkeep/table_references.h"

#include <memory>
#include <unordered_set>

#include "gold/staged_results.h"
#include "lake/expiry_record.h"
#include "lake/keys.h"
#include "upkeep/lake_tables.h"
#include "upkeep/version_names.h"

namespace tarn::upkeep {
namespace {

/// Data without a history may be left over from a first commit that never was, or belong to a log we do not know.
Status CheckNoOtherLog(store::ObjectStore& store, const std::string& location) {
  TARN_ASSIGN(const auto objects, store.List(location + "/"));
  for (const auto& object : objects) {
    const auto name = std::string_view(object.key).substr(location.size());
    if (name.starts_with("/data/") || name.starts_with("/deletion_vector_") || name.starts_with("/_staged/")) continue;
    return Fail(ErrorCode::kUnsupported, "it has no history but metadata: " + object.key);
  }
  return {};
}

constexpr std::string_view kSideSuffix = ".side";
constexpr std::string_view kKeyFilters = ".side/keys/";
constexpr std::string_view kKeyFilterSuffix = ".filter";
constexpr std::string_view kMetadataFolder = "/metadata/";  // of Iceberg; judged where the format says what is in use
constexpr std::string_view kDeltaVectorPrefix = "/deletion_vector_";  // as the Delta protocol names such files

/// What keeps an object: a key filter stays as long as its data file (docs/formats/key-filter.md).
std::string KeptBy(const std::string& name) {
  if (!name.starts_with(kKeyFilters) || !name.ends_with(kKeyFilterSuffix)) return name;
  const auto stem = name.substr(kKeyFilters.size(), name.size() - kKeyFilters.size() - kKeyFilterSuffix.size());
  return std::string(VersionNames::kDataFolder) + stem + ".parquet";
}

struct Names {
  std::unordered_set<size_t> kept;
  std::unordered_set<size_t> doomed;  ///< they go by a record of expiry
  bool judges_metadata = false;       ///< what metadata of Iceberg is in use is among those kept
};

/// Adds what the versions of one history need; `records_of`: where its expiry records lie.
Status AddNames(store::ObjectStore& store, table::Table& table, const std::string& records_of, Names& names) {
  TARN_ASSIGN(const auto records, lake::LoadExpiryRecords(store, records_of));
  for (const auto& [key, record] : records) {
    for (const auto& name : record.objects) names.doomed.insert(VersionNames::HashOf(name));
    for (const auto& name : record.numbers) names.doomed.insert(VersionNames::HashOf(name));
  }
  TARN_ASSIGN(const auto newest, table.Load());
  TARN_ASSIGN(auto history, table.History());
  lake::DropExpired(records, history);
  VersionNames versions(table);
  TARN_TRY(versions.Load(history));
  TARN_ASSIGN(auto named, versions.HashesOf({history.begin(), history.end()}, *newest));
  names.kept.merge(named);
  TARN_ASSIGN(const auto metadata, table.MetadataInUse());
  if (!metadata) return {};
  names.judges_metadata = true;
  for (const auto& path : *metadata) names.kept.insert(VersionNames::HashOf("/" + path));
  return {};
}

/// Files that only a staged result names.
Status AddStaged(store::ObjectStore& store, const std::string& location, Names& names) {
  if (!location.starts_with("gold/")) return {};
  TARN_ASSIGN(const auto staged, gold::StagedResults(store).Load(location));
  for (const auto& one : staged) {
    for (const auto& file : one.added) names.kept.insert(VersionNames::HashOf("/" + file.path));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> TableReferences::Folders() {
  TARN_ASSIGN(const auto tables, ListTables(store_));
  std::vector<std::string> folders;
  for (const auto& table : tables) {
    folders.push_back(table.location + "/");
    if (table.layer == "silver") folders.push_back(lake::SideFolder(table.location) + "/");
  }
  return folders;
}

Result<lake::References::Keeps> TableReferences::Load(const std::string& folder) {
  std::string location = folder.substr(0, folder.size() - 1);
  if (location.ends_with(kSideSuffix)) location.resize(location.size() - kSideSuffix.size());
  const auto table = tables_.Get(location);
  TARN_ASSIGN(const auto newest, table->Load());
  if (!newest->exists()) TARN_TRY(CheckNoOtherLog(store_, location));
  auto names = std::make_shared<Names>();
  TARN_TRY(AddNames(store_, *table, location, *names));
  TARN_TRY(AddStaged(store_, location, *names));
  TARN_ASSIGN(const auto mirror, tables_.MirrorOf(location));
  if (mirror != nullptr) TARN_TRY(AddNames(store_, *mirror, lake::MirrorName(location), *names));
  return Keeps([location, names = std::shared_ptr<const Names>(std::move(names))](const std::string& key) {
    const auto name = key.substr(location.size());
    // All else in a table's folder is metadata of its format, which the format looks after.
    const bool judged = name.starts_with(VersionNames::kDataFolder) || name.starts_with(kSideSuffix) ||
                        name.starts_with(kDeltaVectorPrefix) ||
                        (names->judges_metadata && name.starts_with(kMetadataFolder));
    const auto hash = VersionNames::HashOf(KeptBy(name));
    return !judged || names->kept.contains(hash) || names->doomed.contains(hash);
  });
}

}  // namespace tarn::upkeep
