// SPDX-License-Identifier: Apache-2.0
#include "api/iceberg_rest/rest_requests.h"

#include <utility>

#include "api/iceberg_rest/rest_answers.h"

namespace tarn::api::iceberg_rest {
namespace {

using codec::OrderedJson;

std::unexpected<net::Response> Bad(const std::string& message) { return std::unexpected(BadRequest(message)); }

const OrderedJson* FindMember(const OrderedJson& body, const char* member) {
  const auto found = body.find(member);
  return found == body.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

Read<catalog::Namespace> NamespaceOf(const net::Request& request) {
  const std::string text(request.Param("namespace"));
  auto levels = catalog::ParseNamespace(text);
  if (levels) return *std::move(levels);
  return std::unexpected(Refusal(404, "NoSuchNamespaceException", "Namespace does not exist: " + text));
}

Read<catalog::TableName> TableOf(const net::Request& request) {
  const std::string text(request.Param("namespace"));
  std::string name(request.Param("table"));
  auto levels = catalog::ParseNamespace(text);
  if (levels) return catalog::TableName{*std::move(levels), std::move(name)};
  return std::unexpected(Refusal(404, "NoSuchTableException", "Table does not exist: " + text + "." + name));
}

Read<OrderedJson> BodyOf(const net::Request& request) {
  auto body = codec::ParseOrderedJson(request.body);
  if (!body) return Bad("the body is no JSON: " + body.error().message);
  if (!body->is_object()) return Bad("the body is no object");
  return *std::move(body);
}

Read<std::vector<std::string>> TextsOf(const OrderedJson& body, const char* member) {
  std::vector<std::string> texts;
  const OrderedJson* list = FindMember(body, member);
  if (list == nullptr) return texts;
  if (!list->is_array()) return Bad(std::string(member) + " is no list");
  for (const OrderedJson& one : *list) {
    if (!one.is_string()) return Bad(std::string(member) + " has an element that is no text");
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

Read<catalog::Namespace> LevelsOf(const OrderedJson& body, const char* member) {
  if (FindMember(body, member) == nullptr) return Bad(std::string(member) + " is missing");
  return TextsOf(body, member);
}

Read<catalog::TableName> IdentifierOf(const OrderedJson& body, const char* member) {
  const OrderedJson* object = FindMember(body, member);
  if (object == nullptr || !object->is_object()) return Bad(std::string(member) + " is missing");
  catalog::TableName table;
  TARN_READ(table.levels, LevelsOf(*object, "namespace"));
  TARN_READ(table.name, TextOf(*object, "name"));
  return table;
}

Read<catalog::Properties> PropertiesOf(const OrderedJson& body, const char* member) {
  catalog::Properties properties;
  const OrderedJson* object = FindMember(body, member);
  if (object == nullptr) return properties;
  if (!object->is_object()) return Bad(std::string(member) + " is no object");
  for (const auto& [name, value] : object->items()) {
    if (!value.is_string()) return Bad(std::string(member) + "." + name + " is no text");
    properties[name] = value.get<std::string>();
  }
  return properties;
}

Read<std::string> TextOf(const OrderedJson& body, const char* member) {
  const OrderedJson* text = FindMember(body, member);
  if (text == nullptr || !text->is_string()) return Bad(std::string(member) + " is missing or no text");
  return text->get<std::string>();
}

Read<bool> FlagOf(const OrderedJson& body, const char* member) {
  const OrderedJson* flag = FindMember(body, member);
  if (flag == nullptr) return false;
  if (!flag->is_boolean()) return Bad(std::string(member) + " is neither true nor false");
  return flag->get<bool>();
}

Read<OrderedJson> ListOf(const OrderedJson& body, const char* member) {
  const OrderedJson* list = FindMember(body, member);
  if (list == nullptr || !list->is_array()) return Bad(std::string(member) + " is missing or no list");
  return *list;
}

Read<table::iceberg::NewTable> NewTableOf(const OrderedJson& body) {
  table::iceberg::NewTable table;
  const OrderedJson* schema = FindMember(body, "schema");
  if (schema == nullptr) return Bad("schema is missing");
  table.schema = *schema;
  if (const OrderedJson* spec = FindMember(body, "partition-spec")) table.partition_spec = *spec;
  if (const OrderedJson* order = FindMember(body, "write-order")) table.sort_order = *order;
  if (FindMember(body, "location") != nullptr) {
    TARN_READ(table.location, TextOf(body, "location"));
  }
  TARN_READ(table.properties, PropertiesOf(body, "properties"));
  return table;
}

}  // namespace tarn::api::iceberg_rest
