// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog_references.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "catalog/registry.h"
#include "catalog/transactions.h"
#include "lake/keys.h"
#include "table/iceberg/metadata_json.h"
#include "table/iceberg/metadata_names.h"

namespace tarn::catalog {
namespace {

/// Whether one of the keys lies in the folder (with a trailing slash), or the folder in one of them.
bool IsNamed(const std::string& folder, const std::vector<std::string>& keys) {
  return std::ranges::any_of(
      keys, [&](const auto& key) { return (key + "/").starts_with(folder) || folder.starts_with(key + "/"); });
}

lake::References::Keeps KeepAll() {
  return [](const std::string&) { return true; };
}

}  // namespace

/// Homes and metadata objects of all tables.
Result<std::vector<std::string>> CatalogReferences::NamedKeys() {
  TARN_ASSIGN(const auto document, Registry(store_, clock_, {}).Load());
  std::vector<std::string> keys;
  for (const auto& [name, entry] : document->tables) {
    keys.push_back(entry.home);
    if (!entry.registered.empty()) keys.push_back(entry.registered);
  }
  return keys;
}

Result<std::vector<std::string>> CatalogReferences::Folders() {
  std::vector<std::string> folders{DecisionsFolder()};
  const auto homes = lake::ForeignTableHome("");
  TARN_ASSIGN(const auto ids, store_.ListFolders(homes));
  if (ids.empty()) return folders;
  TARN_ASSIGN(const auto named, NamedKeys());
  for (const auto& id : ids) {
    auto folder = homes + id + "/";
    if (!IsNamed(folder, named)) folders.push_back(std::move(folder));
  }
  return folders;
}

Result<lake::References::Keeps> CatalogReferences::Load(const std::string& folder) {
  return folder == DecisionsFolder() ? LoadDecisions() : LoadHome(folder);
}

Result<lake::References::Keeps> CatalogReferences::LoadDecisions() {
  TARN_ASSIGN(const auto objects, store_.List(DecisionsFolder()));
  auto done = std::make_shared<std::set<std::string>>();
  for (const auto& object : objects) {
    const auto body = store_.Get(object.key);
    if (!body && body.error().code == ErrorCode::kNotFound) continue;
    TARN_TRY(body);
    auto versions = DecidedVersions(*body);
    if (!versions) return Fail(std::move(versions).error().In(object.key));
    bool needed = versions->empty();  // written before decisions said what they are about
    for (const auto& key : *versions) {
      const auto present = store_.Head(key);
      if (!present && present.error().code != ErrorCode::kNotFound) return Fail(present.error());
      needed = needed || present;
    }
    if (!needed) done->insert(object.key);
  }
  return Keeps([done](const std::string& key) { return !done->contains(key); });
}

Result<lake::References::Keeps> CatalogReferences::LoadHome(const std::string& folder) {
  // Listed before the names are read: a creation puts metadata first, then the name.
  TARN_ASSIGN(const auto objects, store_.List(folder));
  TARN_ASSIGN(const auto named, NamedKeys());
  const auto first = folder + table::iceberg::MetadataName(table::iceberg::kFirstVersion);
  if (IsNamed(folder, named) || objects.size() != 1 || objects.front().key != first) return KeepAll();
  TARN_ASSIGN(const auto body, store_.Get(first));
  auto metadata = table::iceberg::DecodeMetadata(body);
  if (!metadata) return Fail(std::move(metadata).error().In(first));
  if (!metadata->snapshots.empty()) return KeepAll();
  return Keeps([first](const std::string& key) { return key != first; });
}

}  // namespace tarn::catalog
