// SPDX-License-Identifier: Apache-2.0
#include "upkeep/lake_tables.h"

#include <charconv>

namespace tarn::upkeep {

SilverFolder ReadSilverFolder(const std::string& name) {
  const auto dot = name.find('.');
  if (dot == std::string::npos) return {name, 1};
  const auto rest = std::string_view(name).substr(dot + 1);
  SilverFolder folder{name.substr(0, dot), 0};
  if (!rest.starts_with('g')) return folder;
  const auto* begin = rest.data() + 1;
  const auto* last = rest.data() + rest.size();
  const auto [end, error] = std::from_chars(begin, last, folder.generation);
  if (error != std::errc() || end != last) folder.generation = 0;
  return folder;
}

std::string LakeTable::Name() const {
  return domain + "." + layer + "." + table + (generation > 1 ? ".g" + std::to_string(generation) : "");
}

LakeTable TableAt(const std::string& location) {
  const auto layer_end = location.find('/');
  const auto domain_end = location.find('/', layer_end + 1);
  LakeTable table;
  table.layer = location.substr(0, layer_end);
  table.domain = location.substr(layer_end + 1, domain_end - layer_end - 1);
  table.table = location.substr(domain_end + 1);
  table.location = location;
  if (table.layer == "silver") {
    auto folder = ReadSilverFolder(table.table);
    table.table = std::move(folder.table);
    table.generation = folder.generation;
  }
  return table;
}

namespace {

Status AddLayer(store::ObjectStore& store, const std::string& layer, std::vector<LakeTable>& tables) {
  TARN_ASSIGN(const auto domains, store.ListFolders(layer + "/"));
  for (const auto& domain : domains) {
    TARN_ASSIGN(const auto names, store.ListFolders(layer + "/" + domain + "/"));
    for (const auto& name : names) {
      auto table = TableAt(layer + "/" + domain + "/" + name);
      if (table.generation > 0) tables.push_back(std::move(table));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<LakeTable>> ListTables(store::ObjectStore& store) {
  std::vector<LakeTable> tables;
  TARN_TRY(AddLayer(store, "silver", tables));
  TARN_TRY(AddLayer(store, "gold", tables));
  return tables;
}

Result<std::vector<LakeTable>> ListBronze(store::ObjectStore& store) {
  std::vector<LakeTable> tables;
  TARN_TRY(AddLayer(store, "bronze", tables));
  return tables;
}

LakeTable BronzeOf(const LakeTable& silver) { return TableAt("bronze/" + silver.domain + "/" + silver.table); }

}  // namespace tarn::upkeep
