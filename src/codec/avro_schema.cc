// SPDX-License-Identifier: Apache-2.0
#include "codec/avro_schema.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace tarn::codec {
namespace {

constexpr size_t kMostLeastBytes = size_t{1} << 40;

constexpr auto kPrimitives = std::to_array<std::pair<std::string_view, AvroKind>>({
    {"null", AvroKind::kNull},
    {"boolean", AvroKind::kBoolean},
    {"int", AvroKind::kInt},
    {"long", AvroKind::kLong},
    {"float", AvroKind::kFloat},
    {"double", AvroKind::kDouble},
    {"bytes", AvroKind::kBytes},
    {"string", AvroKind::kString},
});
constexpr auto kComplex = std::to_array<std::pair<std::string_view, AvroKind>>({
    {"record", AvroKind::kRecord},
    {"error", AvroKind::kRecord},
    {"enum", AvroKind::kEnum},
    {"array", AvroKind::kArray},
    {"map", AvroKind::kMap},
    {"fixed", AvroKind::kFixed},
});

std::optional<AvroKind> KindIn(std::span<const std::pair<std::string_view, AvroKind>> words, std::string_view word) {
  for (const auto& [name, kind] : words) {
    if (name == word) return kind;
  }
  return std::nullopt;
}

std::string_view WordOf(AvroKind kind) {
  for (const auto& [name, one] : kPrimitives) {
    if (one == kind) return name;
  }
  for (const auto& [name, one] : kComplex) {
    if (one == kind) return name;
  }
  return "union";
}

std::unexpected<Error> Bad(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, "malformed Avro schema: " + std::move(why));
}

size_t LeastBytesOf(const AvroType& type) {
  size_t least = 0;
  switch (type.kind) {
    case AvroKind::kNull:
      return 0;
    case AvroKind::kFloat:
      return 4;
    case AvroKind::kDouble:
      return 8;
    case AvroKind::kFixed:
      return type.size_bytes;
    case AvroKind::kRecord:
      for (const AvroField& field : type.fields) least = std::min(least + field.type->least_bytes, kMostLeastBytes);
      return least;
    case AvroKind::kUnion:
      least = kMostLeastBytes;
      for (const AvroTypePtr& branch : type.children) least = std::min(least, branch->least_bytes);
      return least + 1;
    default:
      return 1;  // a number, a length, an empty array
  }
}

AvroTypePtr Finished(AvroType type) {
  const auto add = [&type](const AvroType& below) {
    type.depth = std::max(type.depth, below.depth + 1);
    type.leaf_count += below.leaf_count;
  };
  for (const AvroField& field : type.fields) add(*field.type);
  for (const AvroTypePtr& child : type.children) add(*child);
  type.least_bytes = LeastBytesOf(type);
  return std::make_shared<const AvroType>(std::move(type));
}

// Walks a document; knows the named types that are complete.
class SchemaParser {
 public:
  Result<AvroTypePtr> Parse(const OrderedJson& json, const std::string& space) {
    if (json.is_string()) return Named(json.get_ref<const std::string&>(), space);
    if (json.is_array()) return Union(json, space);
    if (!json.is_object()) return Bad("a type is neither name, object nor list");
    const auto word = json.find("type");
    if (word == json.end()) return Bad("a type has no \"type\"");
    if (!word->is_string()) return Parse(*word, space);
    const auto& text = word->get_ref<const std::string&>();
    const auto primitive = KindIn(kPrimitives, text);
    const auto complex = KindIn(kComplex, text);
    if (!primitive && !complex) return Named(text, space);
    AvroType type;
    type.kind = primitive ? *primitive : *complex;
    TARN_TRY(Fill(json, space, type));
    return Complete(std::move(type));
  }

 private:
  static std::string FullName(const std::string& name, const std::string& space) {
    return name.find('.') != std::string::npos || space.empty() ? name : space + "." + name;
  }

  Result<AvroTypePtr> Named(const std::string& name, const std::string& space) {
    if (const auto primitive = KindIn(kPrimitives, name)) return AvroPrimitive(*primitive);
    for (const std::string& full : {FullName(name, space), name}) {
      if (const auto found = named_.find(full); found != named_.end()) return found->second;
      if (open_.contains(full)) return Fail(ErrorCode::kUnsupported, "recursive Avro type: " + full.substr(0, 64));
    }
    return Bad("unknown type " + name.substr(0, 64));
  }

  Result<AvroTypePtr> Union(const OrderedJson& json, const std::string& space) {
    AvroType type;
    type.kind = AvroKind::kUnion;
    for (const OrderedJson& branch : json) {
      TARN_ASSIGN(auto child, Parse(branch, space));
      if (child->kind == AvroKind::kUnion) return Bad("a union within a union");
      type.children.push_back(std::move(child));
    }
    if (type.children.empty()) return Bad("an empty union");
    return Complete(std::move(type));
  }

  Result<AvroTypePtr> Complete(AvroType type) {
    const bool is_named = !type.name.empty();
    AvroTypePtr done = Finished(std::move(type));
    if (done->depth > kMaxAvroDepth) {
      return Fail(ErrorCode::kUnsupported,
                  "Avro schema is nested deeper than " + std::to_string(kMaxAvroDepth) + " levels");
    }
    if (done->leaf_count > kMaxAvroTypes) {
      return Fail(ErrorCode::kUnsupported, "Avro schema has more than " + std::to_string(kMaxAvroTypes) + " types");
    }
    if (is_named) {
      open_.erase(done->name);
      const auto [place, is_new] = named_.emplace(done->name, done);
      // Not allowed, but there are writers that spell out a type wherever they use it.
      if (!is_new && AvroSchemaText(*place->second) != AvroSchemaText(*done)) {
        return Bad("two types are called " + done->name.substr(0, 64));
      }
    }
    return done;
  }

  Status Fill(const OrderedJson& json, const std::string& space, AvroType& type) {
    static const std::set<std::string_view> kOwn = {"type",    "name",  "namespace", "fields",
                                                    "symbols", "items", "values",    "size"};
    for (const auto& [key, value] : json.items()) {
      if (!kOwn.contains(key)) type.attributes[key] = value;
    }
    switch (type.kind) {
      case AvroKind::kArray:
        return FillChild(json, "items", space, type);
      case AvroKind::kMap:
        return FillChild(json, "values", space, type);
      case AvroKind::kRecord:
      case AvroKind::kEnum:
      case AvroKind::kFixed:
        return FillNamed(json, space, type);
      default:
        return {};
    }
  }

  Status FillChild(const OrderedJson& json, const char* member, const std::string& space, AvroType& type) {
    const auto found = json.find(member);
    if (found == json.end()) return Bad(std::string("no \"") + member + "\"");
    TARN_ASSIGN(auto child, Parse(*found, space));
    type.children.push_back(std::move(child));
    return {};
  }

  Status FillNamed(const OrderedJson& json, const std::string& outer, AvroType& type) {
    const auto name = json.find("name");
    if (name == json.end() || !name->is_string() || name->get_ref<const std::string&>().empty()) {
      return Bad("a record, enum or fixed has no name");
    }
    const auto declared = json.find("namespace");
    const std::string around = declared != json.end() && declared->is_string() ? declared->get<std::string>() : outer;
    type.name = FullName(name->get<std::string>(), around);
    open_.insert(type.name);
    if (type.kind == AvroKind::kFixed) return FillFixed(json, type);
    if (type.kind == AvroKind::kEnum) return FillEnum(json, type);
    const size_t dot = type.name.rfind('.');
    return FillRecord(json, dot == std::string::npos ? std::string() : type.name.substr(0, dot), type);
  }

  static Status FillFixed(const OrderedJson& json, AvroType& type) {
    const auto size = json.find("size");
    if (size == json.end() || !size->is_number_unsigned()) return Bad("a fixed has no size");
    if (size->get<uint64_t>() > kMostLeastBytes) return Bad("a fixed is too large");
    type.size_bytes = size->get<size_t>();
    return {};
  }

  static Status FillEnum(const OrderedJson& json, AvroType& type) {
    const auto symbols = json.find("symbols");
    if (symbols == json.end() || !symbols->is_array()) return Bad("an enum has no symbols");
    for (const OrderedJson& symbol : *symbols) {
      if (!symbol.is_string()) return Bad("a symbol is no text");
      type.symbols.push_back(symbol.get<std::string>());
    }
    return {};
  }

  Status FillRecord(const OrderedJson& json, const std::string& space, AvroType& type) {
    const auto fields = json.find("fields");
    if (fields == json.end() || !fields->is_array()) return Bad("a record has no fields");
    size_t types = 0;
    for (const OrderedJson& one : *fields) {
      if (!one.is_object()) return Bad("a field is no object");
      const auto name = one.find("name");
      const auto inner = one.find("type");
      if (name == one.end() || !name->is_string() || inner == one.end()) return Bad("a field lacks name or type");
      AvroField field;
      field.name = name->get<std::string>();
      TARN_ASSIGN(field.type, Parse(*inner, space));
      for (const auto& [key, value] : one.items()) {
        if (key == "default") field.default_value = value;
        if (key != "name" && key != "type" && key != "default") field.attributes[key] = value;
      }
      types += field.type->leaf_count;
      if (types > kMaxAvroTypes) break;  // refused by Complete
      type.fields.push_back(std::move(field));
    }
    if (types > kMaxAvroTypes) return Fail(ErrorCode::kUnsupported, "Avro schema has too many types");
    return {};
  }

  std::map<std::string, AvroTypePtr> named_;
  std::set<std::string> open_;
};

OrderedJson JsonOf(const AvroType& type, std::set<std::string>& printed) {
  if (type.kind == AvroKind::kUnion) {
    OrderedJson branches = OrderedJson::array();
    for (const AvroTypePtr& branch : type.children) branches.push_back(JsonOf(*branch, printed));
    return branches;
  }
  if (!type.name.empty() && !printed.insert(type.name).second) return type.name;
  if (type.name.empty() && type.children.empty() && type.attributes.empty()) return std::string(WordOf(type.kind));
  OrderedJson json = OrderedJson::object();
  json["type"] = std::string(WordOf(type.kind));
  if (!type.name.empty()) json["name"] = type.name;
  if (type.kind == AvroKind::kFixed) json["size"] = type.size_bytes;
  if (type.kind == AvroKind::kEnum) json["symbols"] = type.symbols;
  if (type.kind == AvroKind::kArray) json["items"] = JsonOf(*type.children[0], printed);
  if (type.kind == AvroKind::kMap) json["values"] = JsonOf(*type.children[0], printed);
  if (type.kind == AvroKind::kRecord) {
    OrderedJson fields = OrderedJson::array();
    for (const AvroField& field : type.fields) {
      OrderedJson one = OrderedJson::object();
      one["name"] = field.name;
      one["type"] = JsonOf(*field.type, printed);
      if (field.default_value) one["default"] = *field.default_value;
      for (const auto& [key, value] : field.attributes.items()) one[key] = value;
      fields.push_back(std::move(one));
    }
    json["fields"] = std::move(fields);
  }
  for (const auto& [key, value] : type.attributes.items()) json[key] = value;
  return json;
}

AvroType TypeOf(AvroKind kind, std::string name, OrderedJson attributes) {
  AvroType type;
  type.kind = kind;
  type.name = std::move(name);
  type.attributes = std::move(attributes);
  return type;
}

}  // namespace

Result<AvroTypePtr> ParseAvroSchema(std::string_view json) {
  auto document = ParseOrderedJson(json);
  if (!document) return Fail(std::move(document).error().In("Avro schema"));
  return SchemaParser().Parse(*document, "");
}

std::string AvroSchemaText(const AvroType& schema) {
  std::set<std::string> printed;
  return Dump(JsonOf(schema, printed));
}

AvroTypePtr AvroPrimitive(AvroKind kind, OrderedJson attributes) {
  return Finished(TypeOf(kind, "", std::move(attributes)));
}

AvroTypePtr AvroFixed(std::string name, size_t size_bytes, OrderedJson attributes) {
  AvroType type = TypeOf(AvroKind::kFixed, std::move(name), std::move(attributes));
  type.size_bytes = size_bytes;
  return Finished(std::move(type));
}

AvroTypePtr AvroRecord(std::string name, std::vector<AvroField> fields) {
  AvroType type = TypeOf(AvroKind::kRecord, std::move(name), OrderedJson::object());
  type.fields = std::move(fields);
  return Finished(std::move(type));
}

AvroTypePtr AvroArray(AvroTypePtr items, OrderedJson attributes) {
  AvroType type = TypeOf(AvroKind::kArray, "", std::move(attributes));
  type.children.push_back(std::move(items));
  return Finished(std::move(type));
}

AvroTypePtr AvroOptional(AvroTypePtr type) {
  AvroType either = TypeOf(AvroKind::kUnion, "", OrderedJson::object());
  either.children = {AvroPrimitive(AvroKind::kNull), std::move(type)};
  return Finished(std::move(either));
}

}  // namespace tarn::codec
