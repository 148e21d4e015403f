// SPDX-License-Identifier: Apache-2.0
#include "catalog/registry_document.h"

#include <algorithm>

#include "codec/json.h"

namespace tarn::catalog {
namespace {

using codec::Json;
using codec::OrderedJson;

constexpr uint64_t kLayoutVersion = 1;

std::unexpected<Error> Damaged(const char* what) {
  return Fail(ErrorCode::kCorrupt, std::string("the catalog's document cannot be read: ") + what);
}

const Json* Member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

Result<std::string> Text(const Json& object, const char* name) {
  const Json* member = Member(object, name);
  if (member == nullptr || !member->is_string()) return Damaged(name);
  return member->get<std::string>();
}

Result<const Json*> List(const Json& object, const char* name) {
  const Json* member = Member(object, name);
  if (member == nullptr || !member->is_array()) return Damaged(name);
  return member;
}

Result<Namespace> Levels(const Json& object) {
  TARN_ASSIGN(const Json* const list, List(object, "namespace"));
  Namespace levels;
  for (const Json& level : *list) {
    if (!level.is_string()) return Damaged("namespace");
    levels.push_back(level.get<std::string>());
  }
  return levels;
}

Result<Properties> DecodeProperties(const Json& object) {
  Properties properties;
  const Json* member = Member(object, "properties");
  if (member == nullptr || !member->is_object()) return Damaged("properties");
  for (const auto& [name, value] : member->items()) {
    if (!value.is_string()) return Damaged("properties");
    properties[name] = value.get<std::string>();
  }
  return properties;
}

}  // namespace

bool RegistryDocument::HasChildren(const Namespace& levels) const {
  const auto is_below = [&levels](const Namespace& other, size_t least_levels) {
    return other.size() >= least_levels && LiesIn(other, levels);
  };
  return std::ranges::any_of(namespaces, [&](const auto& one) { return is_below(one.first, levels.size() + 1); }) ||
         std::ranges::any_of(tables, [&](const auto& one) { return is_below(one.first.levels, levels.size()); });
}

std::string RegistryCodec::Encode(const RegistryDocument& document) {
  OrderedJson namespaces = OrderedJson::array();
  for (const auto& [levels, properties] : document.namespaces) {
    namespaces.push_back({{"namespace", levels}, {"properties", properties}});
  }
  OrderedJson tables = OrderedJson::array();
  for (const auto& [table, entry] : document.tables) {
    OrderedJson json = {{"namespace", table.levels}, {"name", table.name}, {"home", entry.home}};
    if (!entry.registered.empty()) json["registered"] = entry.registered;
    tables.push_back(std::move(json));
  }
  return codec::Dump(
      OrderedJson{{"version", kLayoutVersion}, {"namespaces", std::move(namespaces)}, {"tables", std::move(tables)}});
}

Result<RegistryDocument> RegistryCodec::Decode(std::string_view body) {
  const auto json = codec::ParseJson(body);
  if (!json) return Damaged("no JSON");
  const Json* version = Member(*json, "version");
  if (version == nullptr || !version->is_number_unsigned()) return Damaged("version");
  if (*version != kLayoutVersion) return Fail(ErrorCode::kUnsupported, "the catalog's document is of a later version");
  RegistryDocument document;
  TARN_ASSIGN(const Json* const namespaces, List(*json, "namespaces"));
  for (const Json& one : *namespaces) {
    TARN_ASSIGN(Namespace levels, Levels(one));
    TARN_ASSIGN(document.namespaces[std::move(levels)], DecodeProperties(one));
  }
  TARN_ASSIGN(const Json* const tables, List(*json, "tables"));
  for (const Json& one : *tables) {
    TableName table;
    TableEntry entry;
    TARN_ASSIGN(table.levels, Levels(one));
    TARN_ASSIGN(table.name, Text(one, "name"));
    TARN_ASSIGN(entry.home, Text(one, "home"));
    if (one.contains("registered")) {
      TARN_ASSIGN(entry.registered, Text(one, "registered"));
    }
    document.tables[std::move(table)] = std::move(entry);
  }
  return document;
}

}  // namespace tarn::catalog
