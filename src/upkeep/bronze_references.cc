// SPDX-License-Identifier: Apache-2.0
#include "upkeep/bronze_references.h"

#include <memory>
#include <set>

#include "bronze/bronze_log.h"
#include "lake/keys.h"
#include "quarantine/state_log.h"
#include "silver/merge.h"
#include "upkeep/lake_tables.h"

namespace tarn::upkeep {
namespace {

constexpr std::string_view kBronze = "bronze/";
constexpr std::string_view kQuarantine = "quarantine/";
constexpr std::string_view kLogFolder = "_log/";

struct Endpoint {
  std::string domain;
  std::string table;
};

Endpoint EndpointOf(const std::string& folder) {
  const auto domain = folder.find('/') + 1;
  const auto table = folder.find('/', domain) + 1;
  return {folder.substr(domain, table - domain - 1), folder.substr(table, folder.size() - table - 1)};
}

/// Quarantine objects that side manifests of the endpoint's silver tables name.
Status AddRefused(store::ObjectStore& store, lake::OpenTables& tables, const Endpoint& endpoint,
                  std::set<std::string>& keys) {
  TARN_ASSIGN(const auto names, store.ListFolders("silver/" + endpoint.domain + "/"));
  for (const auto& name : names) {
    const auto folder = ReadSilverFolder(name);
    if (folder.generation == 0 || folder.table != endpoint.table) continue;
    const auto location = lake::SilverLocation(endpoint.domain, endpoint.table, folder.generation);
    TARN_ASSIGN(const auto snapshot, tables.Get(location)->Load());
    TARN_ASSIGN(const auto side, silver::SideManifestOf(store, location, *snapshot));
    for (const auto& object : side.refused) keys.insert(object.key);
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> BronzeReferences::Folders() {
  std::vector<std::string> folders;
  for (const auto root : {kBronze, kQuarantine}) {
    TARN_ASSIGN(const auto domains, store_.ListFolders(std::string(root)));
    for (const auto& domain : domains) {
      TARN_ASSIGN(const auto tables, store_.ListFolders(std::string(root) + domain + "/"));
      for (const auto& table : tables) folders.push_back(std::string(root) + domain + "/" + table + "/");
    }
  }
  return folders;
}

Result<lake::References::Keeps> BronzeReferences::Load(const std::string& folder) {
  const auto endpoint = EndpointOf(folder);
  bronze::BronzeLog log(store_, clock_, endpoint.domain, endpoint.table);
  TARN_ASSIGN(const auto view, log.View());
  TARN_ASSIGN(const auto unswept, log.Unswept());
  auto keys = std::make_shared<std::set<std::string>>();
  for (const auto& [number, entry, skip_rows] : view.entries) {
    for (const auto& object : entry->objects) keys->insert(object.key);
    for (const auto& object : entry->quarantine) keys->insert(object.key);
  }
  for (const auto& [number, entry, skip_rows] : unswept) {
    keys->insert(entry->replacement->gone.begin(), entry->replacement->gone.end());
  }
  if (folder.starts_with(kQuarantine)) {
    TARN_TRY(AddRefused(store_, tables_, endpoint, *keys));
    quarantine::StateLog reviews(store_, clock_, endpoint.domain, endpoint.table);
    TARN_ASSIGN(const auto objects, reviews.Objects());
    for (const auto& object : objects) keys->insert(object.key);
  }
  return Keeps([keys, log_folder = folder + std::string(kLogFolder)](const std::string& key) {
    return key.starts_with(log_folder) || keys->contains(key);
  });
}

}  // namespace tarn::upkeep
