// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/schema_ids.h"

#include <array>
#include <limits>
#include <vector>

#include "table/iceberg/json_members.h"

namespace tarn::table::iceberg {
namespace {

using codec::OrderedJson;

std::unexpected<Error> NoSchema(const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, "this is no Iceberg schema: " + what);
}

/// Finds the places that hold ids, level by level.
class IdWalk {
 public:
  /// Places of one type and of what is nested in it.
  Status Visit(OrderedJson& type) {
    if (type.is_string()) return {};
    if (!type.is_object()) return NoSchema("a type is neither a word nor an object");
    const auto word = type.find("type");
    if (word == type.end() || !word->is_string()) return NoSchema("a nested type without its word");
    if (*word == "struct") return VisitStruct(type);
    if (*word == "list") return VisitParts(type, std::array{"element"});
    if (*word == "map") return VisitParts(type, std::array{"key", "value"});
    return NoSchema("type " + word->get<std::string>());
  }

  std::vector<OrderedJson*> places;

 private:
  Status VisitStruct(OrderedJson& type) {
    const auto fields = type.find("fields");
    if (fields == type.end() || !fields->is_array()) return NoSchema("a struct without fields");
    for (OrderedJson& field : *fields) {
      if (!field.is_object() || !field.contains("name") || !field.contains("type")) return NoSchema("a field");
      TARN_TRY(AddPlace(field, "id"));
    }
    for (OrderedJson& field : *fields) TARN_TRY(Visit(field["type"]));
    return {};
  }

  template <size_t kCount>
  Status VisitParts(OrderedJson& type, const std::array<const char*, kCount>& parts) {
    for (const char* part : parts) {
      if (!type.contains(part)) return NoSchema(std::string("a nested type without ") + part);
      TARN_TRY(AddPlace(type, std::string(part) + "-id"));
    }
    for (const char* part : parts) TARN_TRY(Visit(type[part]));
    return {};
  }

  Status AddPlace(OrderedJson& object, const std::string& name) {
    const auto id = IntMember(object, name.c_str());
    if (!id) return NoSchema(id.error().message);
    places.push_back(&object[name]);
    return {};
  }
};

Result<IdWalk> WalkOf(OrderedJson& schema) {
  if (!schema.is_object() || !schema.contains("fields")) return NoSchema("no fields");
  if (!schema.contains("type")) schema["type"] = "struct";
  IdWalk walk;
  TARN_TRY(walk.Visit(schema));
  return walk;
}

}  // namespace

Result<std::set<int32_t>> FieldIdsOf(const OrderedJson& schema) {
  OrderedJson copy = schema;
  TARN_ASSIGN(const IdWalk walk, WalkOf(copy));
  std::set<int32_t> ids;
  for (const OrderedJson* place : walk.places) {
    if (!ids.insert(place->get<int32_t>()).second) return NoSchema("an id twice: " + place->dump());
  }
  return ids;
}

Result<int32_t> HighestFieldId(const OrderedJson& schema) {
  TARN_ASSIGN(const auto ids, FieldIdsOf(schema));
  return ids.empty() ? 0 : *ids.rbegin();
}

Result<std::map<int32_t, int32_t>> RenumberFields(OrderedJson& schema) {
  TARN_TRY(FieldIdsOf(schema));
  TARN_ASSIGN(const IdWalk walk, WalkOf(schema));
  std::map<int32_t, int32_t> renumbered;
  int32_t next = 0;
  for (OrderedJson* place : walk.places) {
    renumbered[place->get<int32_t>()] = ++next;
    *place = next;
  }
  const auto keys = schema.find("identifier-field-ids");
  if (keys == schema.end() || !keys->is_array()) return renumbered;
  for (OrderedJson& key : *keys) {
    const auto found = key.is_number_integer() ? renumbered.find(key.get<int32_t>()) : renumbered.end();
    if (found == renumbered.end()) return NoSchema("an identifier field that is no column");
    key = found->second;
  }
  return renumbered;
}

}  // namespace tarn::table::iceberg
