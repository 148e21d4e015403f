// SPDX-License-Identifier: Apache-2.0
#include "table/delta/schema_json.h"

#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "codec/json.h"

namespace tarn::table::delta {
namespace {

using codec::OrderedJson;

constexpr const char* kFieldId = "tarn.fieldId";
constexpr const char* kType = "tarn.type";
constexpr const char* kNested = "tarn.nested";
constexpr const char* kMappedId = "delta.columnMapping.id";
constexpr const char* kPhysicalName = "delta.columnMapping.physicalName";
constexpr int kMaxDecimalPrecision = 38;

struct PrimitiveName {
  std::string_view name;
  TypeKind kind;
};

// The first word of a kind is the one that is written.
constexpr auto kPrimitives = std::to_array<PrimitiveName>({{"boolean", TypeKind::kBoolean},
                                                           {"integer", TypeKind::kInt32},
                                                           {"short", TypeKind::kInt32},
                                                           {"byte", TypeKind::kInt32},
                                                           {"long", TypeKind::kInt64},
                                                           {"float", TypeKind::kFloat},
                                                           {"double", TypeKind::kDouble},
                                                           {"string", TypeKind::kString},
                                                           {"binary", TypeKind::kBinary},
                                                           {"date", TypeKind::kDate},
                                                           {"timestamp", TypeKind::kTimestamp},
                                                           {"timestamp_ntz", TypeKind::kTimestampNaive}});

std::unexpected<Error> Broken(std::string_view what) {
  return Fail(ErrorCode::kCorrupt, "broken Delta schema: " + std::string(what));
}

std::string TextMember(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool FlagMember(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_boolean() || found->get<bool>();
}

int32_t IdMember(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<int32_t>() : 0;
}

// Decoding -----------------------------------------------------------------------------------------------------------

Result<DataType> DecodeDecimal(std::string_view word) {
  int precision = 0;
  int scale = 0;
  const char* const end = word.data() + word.size();
  auto [at, error] = std::from_chars(word.data() + std::string_view("decimal(").size(), end, precision);
  if (error == std::errc() && at != end && *at == ',') {
    ++at;
    while (at != end && *at == ' ') ++at;
    const auto parsed = std::from_chars(at, end, scale);
    if (parsed.ec == std::errc() && parsed.ptr + 1 == end && *parsed.ptr == ')' && precision >= 1 &&
        precision <= kMaxDecimalPrecision && scale >= 0 && scale <= precision) {
      return Decimal(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
    }
  }
  return Broken(word);
}

Result<DataType> DecodePrimitive(std::string_view word) {
  for (const PrimitiveName& primitive : kPrimitives) {
    if (primitive.name == word) return Scalar(primitive.kind);
  }
  if (word == "decimal") return Decimal(10, 0);
  if (word.starts_with("decimal(")) return DecodeDecimal(word);
  return Fail(ErrorCode::kUnsupported, "Delta type: " + std::string(word));
}

Result<Field> DecodeField(const OrderedJson& object, MappingMode mapping);

/// The nearest named field: its metadata belongs to the unnamed ones below it, too.
struct Holder {
  const OrderedJson& metadata;
  MappingMode mapping;
};

/// `path` is the way from the holder: "element", "value.key" …
Result<DataType> DecodeType(const OrderedJson& json, const Holder& holder, const std::string& path);

Result<Field> DecodeUnnamed(const OrderedJson& json, const Holder& holder, const std::string& path, bool nullable) {
  Field field{.id = 0, .name = path.substr(path.rfind('.') + 1), .type = {}, .nullable = nullable};
  TARN_ASSIGN(field.type, DecodeType(json, holder, path));
  const auto nested = holder.metadata.find(kNested);
  if (nested == holder.metadata.end() || !nested->is_object() || !nested->contains(path)) return field;
  const OrderedJson& own = (*nested)[path];
  field.id = IdMember(own, "id");
  if (TextMember(own, "type") == "json" && field.type.kind == TypeKind::kString) field.type.kind = TypeKind::kJson;
  return field;
}

Result<DataType> DecodeStruct(const OrderedJson& json, MappingMode mapping) {
  const auto fields = json.find("fields");
  if (fields == json.end() || !fields->is_array()) return Broken("a struct without fields");
  DataType type = Scalar(TypeKind::kStruct);
  for (const OrderedJson& field : *fields) {
    TARN_ASSIGN(Field decoded, DecodeField(field, mapping));
    type.children.push_back(std::move(decoded));
  }
  return type;
}

Result<DataType> DecodeType(const OrderedJson& json, const Holder& holder, const std::string& path) {
  if (json.is_string()) return DecodePrimitive(json.get_ref<const std::string&>());
  const std::string word = json.is_object() ? TextMember(json, "type") : "";
  const auto below = [&](const char* name) { return path.empty() ? std::string(name) : path + "." + name; };
  if (word == "struct") return DecodeStruct(json, holder.mapping);
  if (word == "array" && json.contains("elementType")) {
    DataType type = Scalar(TypeKind::kList);
    TARN_ASSIGN(Field element,
                DecodeUnnamed(json["elementType"], holder, below("element"), FlagMember(json, "containsNull")));
    type.children.push_back(std::move(element));
    return type;
  }
  if (word == "map" && json.contains("keyType") && json.contains("valueType")) {
    DataType type = Scalar(TypeKind::kMap);
    TARN_ASSIGN(Field key, DecodeUnnamed(json["keyType"], holder, below("key"), false));
    TARN_ASSIGN(Field value,
                DecodeUnnamed(json["valueType"], holder, below("value"), FlagMember(json, "valueContainsNull")));
    type.children = {std::move(key), std::move(value)};
    return type;
  }
  if (word.empty()) return Broken("a type that is neither text nor object");
  return Fail(ErrorCode::kUnsupported, "Delta type: " + word);
}

/// Id and physical name of a mapped column take the place of ours.
Status ApplyMapping(const OrderedJson& metadata, Field& field) {
  field.id = IdMember(metadata, kMappedId);
  const std::string physical = TextMember(metadata, kPhysicalName);
  if (field.id <= 0 || physical.empty()) return Broken("a mapped column without id or physical name: " + field.name);
  field.stored_names = {physical};
  return {};
}

Result<Field> DecodeField(const OrderedJson& object, MappingMode mapping) {
  if (!object.is_object() || !object.contains("name") || !object["name"].is_string() || !object.contains("type")) {
    return Broken("a field without name or type");
  }
  static const OrderedJson kNoMetadata = OrderedJson::object();
  const auto found = object.find("metadata");
  const OrderedJson& metadata = found != object.end() && found->is_object() ? *found : kNoMetadata;
  Field field{.id = IdMember(metadata, kFieldId),
              .name = object["name"].get<std::string>(),
              .type = {},
              .nullable = FlagMember(object, "nullable")};
  if (mapping != MappingMode::kNone) TARN_TRY(ApplyMapping(metadata, field));
  auto type = DecodeType(object["type"], {.metadata = metadata, .mapping = mapping}, "");
  if (!type) return Fail(std::move(type).error().In("column " + field.name));
  field.type = *std::move(type);
  if (TextMember(metadata, kType) == "json" && field.type.kind == TypeKind::kString) field.type.kind = TypeKind::kJson;
  return field;
}

// Encoding -----------------------------------------------------------------------------------------------------------

Result<OrderedJson> EncodeFields(const std::vector<Field>& fields, const OrderedJson* previous, MappingMode mapping);

/// What encoding a named field collects for the unnamed ones below it.
struct Nest {
  OrderedJson metadata = OrderedJson::object();
  MappingMode mapping = MappingMode::kNone;
};

Result<OrderedJson> EncodeType(const DataType& type, const std::string& path, Nest& nest);

Result<OrderedJson> EncodeUnnamed(const Field& field, const std::string& path, Nest& nest) {
  OrderedJson own = OrderedJson::object();
  if (field.id != 0) own["id"] = field.id;
  if (field.type.kind == TypeKind::kJson) own["type"] = "json";
  if (!own.empty()) nest.metadata[path] = std::move(own);
  return EncodeType(field.type, path, nest);
}

Result<OrderedJson> EncodePrimitive(const DataType& type) {
  if (type.kind == TypeKind::kJson) return OrderedJson("string");
  if (type.kind == TypeKind::kDecimal) {
    if (type.precision < 1 || type.precision > kMaxDecimalPrecision || type.scale > type.precision) {
      return Fail(ErrorCode::kInvalidArgument, "Delta cannot hold " + SqlTypeName(type));
    }
    return OrderedJson("decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")");
  }
  for (const PrimitiveName& primitive : kPrimitives) {
    if (primitive.kind == type.kind) return OrderedJson(std::string(primitive.name));
  }
  return Fail(ErrorCode::kInternal, "a type without a Delta name: " + SqlTypeName(type));
}

Result<OrderedJson> EncodeType(const DataType& type, const std::string& path, Nest& nest) {
  if (!type.is_nested()) return EncodePrimitive(type);
  const auto below = [&](const char* name) { return path.empty() ? std::string(name) : path + "." + name; };
  OrderedJson object = OrderedJson::object();
  if (type.kind == TypeKind::kStruct) {
    object["type"] = "struct";
    TARN_ASSIGN(object["fields"], EncodeFields(type.children, nullptr, nest.mapping));
    return object;
  }
  if (type.kind == TypeKind::kList) {
    object["type"] = "array";
    TARN_ASSIGN(object["elementType"], EncodeUnnamed(type.children.at(0), below("element"), nest));
    object["containsNull"] = type.children.at(0).nullable;
    return object;
  }
  object["type"] = "map";
  TARN_ASSIGN(object["keyType"], EncodeUnnamed(type.children.at(0), below("key"), nest));
  TARN_ASSIGN(object["valueType"], EncodeUnnamed(type.children.at(1), below("value"), nest));
  object["valueContainsNull"] = type.children.at(1).nullable;
  return object;
}

int32_t IdIn(const OrderedJson& field, MappingMode mapping) {
  const auto metadata = field.find("metadata");
  if (metadata == field.end() || !metadata->is_object()) return 0;
  if (mapping != MappingMode::kNone && metadata->contains(kMappedId)) return IdMember(*metadata, kMappedId);
  return IdMember(*metadata, kFieldId);
}

/// The earlier form of a field: the one of its id, else of the name it is stored under.
const OrderedJson* FindField(const OrderedJson* fields, const Field& wanted, MappingMode mapping) {
  if (fields == nullptr) return nullptr;
  for (const OrderedJson& field : *fields) {
    if (wanted.id != 0 && IdIn(field, mapping) == wanted.id) return &field;
  }
  for (const OrderedJson& field : *fields) {
    if (TextMember(field, "name") == StoredNameOf(wanted)) return &field;
  }
  return nullptr;
}

bool SameShape(const DataType& a, const DataType& b) {
  if (a.kind != b.kind || a.precision != b.precision || a.scale != b.scale) return false;
  if (a.children.size() != b.children.size()) return false;
  for (size_t i = 0; i < a.children.size(); ++i) {
    const Field& left = a.children[i];
    const Field& right = b.children[i];
    if (left.name != right.name || left.nullable != right.nullable || !SameShape(left.type, right.type)) return false;
  }
  return true;
}

void AppendMapping(const Field& field, OrderedJson& metadata) {
  metadata[kMappedId] = field.id;
  metadata[kPhysicalName] = StoredNameOf(field);
}

Result<OrderedJson> EncodeField(const Field& field, const OrderedJson* previous, MappingMode mapping) {
  Nest nest{.mapping = mapping};
  OrderedJson object = {{"name", field.name}};
  OrderedJson metadata = OrderedJson::object();
  TARN_ASSIGN(object["type"], EncodeType(field.type, "", nest));
  if (previous != nullptr) {
    TARN_ASSIGN(const Field before, DecodeField(*previous, MappingMode::kNone));
    if (SameShape(before.type, field.type)) {
      if (field.type.kind != TypeKind::kStruct) object["type"] = (*previous)["type"];
      if (previous->contains("metadata") && (*previous)["metadata"].is_object()) metadata = (*previous)["metadata"];
    }
  }
  object["nullable"] = field.nullable;
  if (mapping != MappingMode::kNone) {
    AppendMapping(field, metadata);
  } else if (field.id != 0) {
    metadata[kFieldId] = field.id;
  }
  if (field.type.kind == TypeKind::kJson) metadata[kType] = "json";
  if (!nest.metadata.empty()) metadata[kNested] = std::move(nest.metadata);
  object["metadata"] = std::move(metadata);
  return object;
}

Result<OrderedJson> EncodeFields(const std::vector<Field>& fields, const OrderedJson* previous, MappingMode mapping) {
  OrderedJson array = OrderedJson::array();
  std::set<std::string> names;
  for (const Field& field : fields) {
    if (!names.insert(Lower(field.name)).second) {
      return Fail(ErrorCode::kInvalidArgument, "two columns with one name, ignoring case: " + field.name);
    }
    auto encoded = EncodeField(field, FindField(previous, field, mapping), mapping);
    if (!encoded) return Fail(std::move(encoded).error().In("column " + field.name));
    array.push_back(*std::move(encoded));
  }
  return array;
}

void CollectKeys(const OrderedJson& json, std::vector<std::string>& keys) {
  if (!json.is_structured()) return;
  for (const auto& [name, value] : json.items()) {
    if (name != "metadata" || !value.is_object()) {
      CollectKeys(value, keys);
      continue;
    }
    for (const auto& [key, ignored] : value.items()) keys.push_back(key);
  }
}

Result<OrderedJson> ParseDocument(std::string_view text) {
  auto document = codec::ParseOrderedJson(text);
  if (!document) return Broken(document.error().message);
  return document;
}

}  // namespace

Result<Schema> DecodeSchema(std::string_view text, MappingMode mapping) {
  TARN_ASSIGN(const OrderedJson document, ParseDocument(text));
  if (!document.is_object() || TextMember(document, "type") != "struct") return Broken("not a struct");
  TARN_ASSIGN(DataType type, DecodeStruct(document, mapping));
  return Schema{.fields = std::move(type.children)};
}

Result<std::string> EncodeSchema(const Schema& schema, std::string_view previous, MappingMode mapping) {
  OrderedJson before;
  if (!previous.empty()) {
    TARN_ASSIGN(before, ParseDocument(previous));
  }
  const bool has_fields = before.is_object() && before.contains("fields") && before["fields"].is_array();
  OrderedJson document = {{"type", "struct"}};
  TARN_ASSIGN(document["fields"], EncodeFields(schema.fields, has_fields ? &before["fields"] : nullptr, mapping));
  return codec::Dump(document);
}

Result<std::vector<std::string>> MetadataKeys(std::string_view text) {
  TARN_ASSIGN(const OrderedJson document, ParseDocument(text));
  std::vector<std::string> keys;
  CollectKeys(document, keys);
  return keys;
}

}  // namespace tarn::table::delta
