// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/schema_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "table/iceberg/json_members.h"
#include "table/iceberg/primitive_type.h"
#include "table/iceberg/single_value.h"

namespace tarn::table::iceberg {
namespace {

using codec::OrderedJson;

constexpr int kMaxDecimalPrecision = 38;
constexpr std::string_view kDecimalPrefix = "decimal(";

struct PrimitiveName {
  std::string_view name;
  TypeKind kind;
};

constexpr auto kPrimitives = std::to_array<PrimitiveName>({{"boolean", TypeKind::kBoolean},
                                                           {"int", TypeKind::kInt32},
                                                           {"long", TypeKind::kInt64},
                                                           {"float", TypeKind::kFloat},
                                                           {"double", TypeKind::kDouble},
                                                           {"string", TypeKind::kString},
                                                           {"binary", TypeKind::kBinary},
                                                           {"date", TypeKind::kDate},
                                                           {"timestamptz", TypeKind::kTimestamp},
                                                           {"timestamp", TypeKind::kTimestampNaive}});

// Decoding -----------------------------------------------------------------------------------------------------------

Result<DataType> DecodeDecimal(std::string_view word) {
  int precision = 0;
  int scale = 0;
  const char* const end = word.data() + word.size();
  auto [at, error] = std::from_chars(word.data() + kDecimalPrefix.size(), end, precision);
  if (error == std::errc() && at != end && *at == ',') {
    ++at;
    while (at != end && *at == ' ') ++at;
    const auto parsed = std::from_chars(at, end, scale);
    if (parsed.ec == std::errc() && parsed.ptr + 1 == end && *parsed.ptr == ')' && precision >= 1 &&
        precision <= kMaxDecimalPrecision && scale >= 0 && scale <= precision) {
      return Decimal(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
    }
  }
  return Broken("type " + std::string(word));
}

Result<DataType> DecodePrimitive(std::string_view word) {
  for (const PrimitiveName& primitive : kPrimitives) {
    if (primitive.name == word) return Scalar(primitive.kind);
  }
  if (word.starts_with(kDecimalPrefix)) return DecodeDecimal(word);
  if (word.starts_with("fixed[")) return Scalar(TypeKind::kBinary);
  return Fail(ErrorCode::kUnsupported, "Iceberg type " + std::string(word));
}

class Decoder {
 public:
  explicit Decoder(const std::set<int32_t>& json_fields) : json_fields_(json_fields) {}

  Result<DataType> DecodeStruct(const OrderedJson& json) {
    TARN_ASSIGN(const OrderedJson* const fields, ArrayMember(json, "fields"));
    DataType type = Scalar(TypeKind::kStruct);
    ++depth_;
    for (const OrderedJson& field : *fields) {
      TARN_ASSIGN(Field decoded, DecodeField(field));
      type.children.push_back(std::move(decoded));
    }
    --depth_;
    return type;
  }

 private:
  Result<Field> DecodeField(const OrderedJson& json) {
    if (!json.is_object()) return Broken("a schema field is not an object");
    Field field;
    TARN_ASSIGN(field.id, IntMember(json, "id"));
    TARN_ASSIGN(field.name, TextMember(json, "name"));
    TARN_ASSIGN(const bool required, Flag(json, "required"));
    field.nullable = !required;
    auto type = DecodeType(json, "type", field.id);
    if (!type) return Fail(std::move(type).error().In("column " + field.name));
    field.type = *std::move(type);
    if (depth_ > 1 && FindMember(json, "initial-default") != nullptr) {
      return Fail(ErrorCode::kUnsupported, "Iceberg default values of nested columns: " + field.name);
    }
    return field;
  }

  Result<DataType> DecodeType(const OrderedJson& holder, const char* member, int32_t id) {
    const OrderedJson* json = FindMember(holder, member);
    if (json == nullptr) return Broken(std::string(member) + " is missing in a schema");
    if (json->is_string()) {
      TARN_ASSIGN(DataType type, DecodePrimitive(json->get_ref<const std::string&>()));
      if (type.kind == TypeKind::kString && json_fields_.contains(id)) type.kind = TypeKind::kJson;
      return type;
    }
    if (!json->is_object()) return Broken(std::string(member) + " is neither a word nor an object");
    TARN_ASSIGN(const std::string word, TextMember(*json, "type"));
    if (word == "struct") return DecodeStruct(*json);
    DataType type;
    if (word == "list") {
      type = Scalar(TypeKind::kList);
      TARN_ASSIGN(Field element, DecodeUnnamed(*json, "element"));
      type.children.push_back(std::move(element));
      return type;
    }
    if (word == "map") {
      type = Scalar(TypeKind::kMap);
      TARN_ASSIGN(Field key, DecodeUnnamed(*json, "key"));
      TARN_ASSIGN(Field value, DecodeUnnamed(*json, "value"));
      type.children = {std::move(key), std::move(value)};
      return type;
    }
    return Fail(ErrorCode::kUnsupported, "Iceberg type " + word);
  }

  /// The element of a list, or a key or value of a map: "element", "element-id", "element-required".
  Result<Field> DecodeUnnamed(const OrderedJson& json, const std::string& name) {
    Field field;
    field.name = name;
    TARN_ASSIGN(field.id, IntMember(json, (name + "-id").c_str()));
    bool required = name == "key";
    if (!required) {
      TARN_ASSIGN(required, Flag(json, (name + "-required").c_str()));
    }
    field.nullable = !required;
    TARN_ASSIGN(field.type, DecodeType(json, name.c_str(), field.id));
    return field;
  }

  static Result<bool> Flag(const OrderedJson& json, const char* name) {
    const OrderedJson* member = FindMember(json, name);
    if (member == nullptr || !member->is_boolean()) return Broken(std::string(name) + " is missing in a schema");
    return member->get<bool>();
  }

  const std::set<int32_t>& json_fields_;
  int depth_ = 0;  ///< of structs
};

// Encoding -----------------------------------------------------------------------------------------------------------

using FieldsById = std::map<int32_t, const OrderedJson*>;

/// Fields that have a name of their own, at any depth.
void CollectFields(const OrderedJson& json, FieldsById& fields) {
  if (!json.is_structured()) return;
  if (json.is_object() && json.contains("name") && json.contains("id") && json["id"].is_number_integer()) {
    fields[json["id"].get<int32_t>()] = &json;
  }
  for (const auto& child : json) CollectFields(child, fields);
}

Result<OrderedJson> EncodeFields(const std::vector<Field>& fields, const FieldsById& previous);

Result<OrderedJson> EncodePrimitive(const DataType& type) {
  if (type.kind == TypeKind::kJson) return OrderedJson("string");
  if (type.kind == TypeKind::kDecimal) {
    if (type.precision < 1 || type.precision > kMaxDecimalPrecision || type.scale > type.precision) {
      return Fail(ErrorCode::kInvalidArgument, "Iceberg cannot hold " + SqlTypeName(type));
    }
    return OrderedJson("decimal(" + std::to_string(type.precision) + ", " + std::to_string(type.scale) + ")");
  }
  for (const PrimitiveName& primitive : kPrimitives) {
    if (primitive.kind == type.kind) return OrderedJson(std::string(primitive.name));
  }
  return Fail(ErrorCode::kInternal, "a type without an Iceberg name: " + SqlTypeName(type));
}

Result<OrderedJson> EncodeType(const DataType& type, const FieldsById& previous) {
  if (!type.is_nested()) return EncodePrimitive(type);
  OrderedJson object = OrderedJson::object();
  if (type.kind == TypeKind::kStruct) {
    object["type"] = "struct";
    TARN_ASSIGN(object["fields"], EncodeFields(type.children, previous));
    return object;
  }
  if (type.kind == TypeKind::kList) {
    const Field& element = type.children.at(0);
    object["type"] = "list";
    object["element-id"] = element.id;
    TARN_ASSIGN(object["element"], EncodeType(element.type, previous));
    object["element-required"] = !element.nullable;
    return object;
  }
  const Field& key = type.children.at(0);
  const Field& value = type.children.at(1);
  object["type"] = "map";
  object["key-id"] = key.id;
  TARN_ASSIGN(object["key"], EncodeType(key.type, previous));
  object["value-id"] = value.id;
  TARN_ASSIGN(object["value"], EncodeType(value.type, previous));
  object["value-required"] = !value.nullable;
  return object;
}

bool IsFixed(const OrderedJson& type) {
  return type.is_string() && type.get_ref<const std::string&>().starts_with("fixed[");
}

Result<OrderedJson> EncodeField(const Field& field, const FieldsById& previous) {
  OrderedJson object = {{"id", field.id}, {"name", field.name}, {"required", !field.nullable}};
  TARN_ASSIGN(object["type"], EncodeType(field.type, previous));
  const auto before = previous.find(field.id);
  if (before == previous.end()) return object;
  const OrderedJson& old = *before->second;
  if (field.type.kind == TypeKind::kBinary && old.contains("type") && IsFixed(old["type"]))
    object["type"] = old["type"];
  const bool same_type = old.contains("type") && old["type"] == object["type"];
  for (const auto& [name, value] : old.items()) {
    // A default is a value of the type it was given for.
    if (!same_type && name.ends_with("-default")) continue;
    if (!object.contains(name)) object[name] = value;
  }
  return object;
}

Result<OrderedJson> EncodeFields(const std::vector<Field>& fields, const FieldsById& previous) {
  OrderedJson array = OrderedJson::array();
  std::set<std::string_view> names;
  for (const Field& field : fields) {
    if (!names.insert(field.name).second) {
      return Fail(ErrorCode::kInvalidArgument, "two columns with one name: " + field.name);
    }
    auto encoded = EncodeField(field, previous);
    if (!encoded) return Fail(std::move(encoded).error().In("column " + field.name));
    array.push_back(*std::move(encoded));
  }
  return array;
}

void CollectJsonFields(const Field& field, std::set<int32_t>& ids) {
  if (field.type.kind == TypeKind::kJson) ids.insert(field.id);
  for (const Field& child : field.type.children) CollectJsonFields(child, ids);
}

void CollectIds(const std::vector<Field>& fields, std::set<int32_t>& ids) {
  for (const Field& field : fields) {
    ids.insert(field.id);
    CollectIds(field.type.children, ids);
  }
}

}  // namespace

Result<Schema> DecodeSchema(const OrderedJson& json, const std::set<int32_t>& json_fields) {
  if (!json.is_object()) return Broken("a schema is not an object");
  TARN_ASSIGN(DataType type, Decoder(json_fields).DecodeStruct(json));
  return Schema{.fields = std::move(type.children)};
}

Result<std::map<int32_t, Value>> DecodeDefaults(const OrderedJson& json, const Schema& schema) {
  std::map<int32_t, Value> defaults;
  TARN_ASSIGN(const OrderedJson* const fields, ArrayMember(json, "fields"));
  for (size_t i = 0; i < fields->size() && i < schema.fields.size(); ++i) {
    const Field& field = schema.fields[i];
    const OrderedJson* value = FindMember((*fields)[i], "initial-default");
    if (value == nullptr) continue;
    const auto type = PrimitiveTypeOf(field.type);
    if (!type) return Fail(ErrorCode::kUnsupported, "Iceberg default values of nested columns: " + field.name);
    TARN_ASSIGN(defaults[field.id], DecodeJsonValue(*value, *type));
  }
  return defaults;
}

Result<OrderedJson> EncodeSchema(const Schema& schema, int32_t schema_id, const OrderedJson* previous) {
  FieldsById before;
  if (previous != nullptr) CollectFields(*previous, before);
  OrderedJson object = {{"type", "struct"}, {"schema-id", schema_id}};
  TARN_ASSIGN(object["fields"], EncodeFields(schema.fields, before));
  if (previous == nullptr || !previous->contains("identifier-field-ids")) return object;
  std::set<int32_t> ids;
  CollectIds(schema.fields, ids);
  OrderedJson kept = OrderedJson::array();
  for (const OrderedJson& id : (*previous)["identifier-field-ids"]) {
    if (id.is_number_integer() && ids.contains(id.get<int32_t>())) kept.push_back(id);
  }
  object["identifier-field-ids"] = std::move(kept);
  return object;
}

std::set<int32_t> JsonFieldsOf(const Schema& schema) {
  std::set<int32_t> ids;
  for (const Field& field : schema.fields) CollectJsonFields(field, ids);
  return ids;
}

}  // namespace tarn::table::iceberg
