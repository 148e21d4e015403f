// SPDX-License-Identifier: Apache-2.0
#include "gold/staged_result.h"

#include "base/words.h"
#include "codec/document.h"
#include "codec/json.h"

namespace tarn::gold {
namespace {

using codec::Json;
using table::DataType;
using table::Field;
using table::TypeKind;

constexpr int kVersion = 1;

constexpr Words<TypeKind, 15> kKinds{{{"boolean", TypeKind::kBoolean},
                                      {"int32", TypeKind::kInt32},
                                      {"int64", TypeKind::kInt64},
                                      {"float", TypeKind::kFloat},
                                      {"double", TypeKind::kDouble},
                                      {"decimal", TypeKind::kDecimal},
                                      {"string", TypeKind::kString},
                                      {"json", TypeKind::kJson},
                                      {"binary", TypeKind::kBinary},
                                      {"date", TypeKind::kDate},
                                      {"timestamp", TypeKind::kTimestamp},
                                      {"timestamp_naive", TypeKind::kTimestampNaive},
                                      {"list", TypeKind::kList},
                                      {"struct", TypeKind::kStruct},
                                      {"map", TypeKind::kMap}}};

Json FieldsToJson(const std::vector<Field>& fields) {
  auto list = Json::array();
  for (const auto& field : fields) {
    Json json{{"id", field.id},
              {"name", field.name},
              {"nullable", field.nullable},
              {"type", WordOf(kKinds, field.type.kind)}};
    if (field.type.kind == TypeKind::kDecimal) {
      json["precision"] = field.type.precision;
      json["scale"] = field.type.scale;
    }
    if (field.type.is_nested()) json["children"] = FieldsToJson(field.type.children);
    if (!field.stored_names.empty()) json["stored_names"] = field.stored_names;
    list.push_back(std::move(json));
  }
  return list;
}

/// Throws Json::exception on another shape.
Result<std::vector<Field>> FieldsOf(const Json& list) {
  std::vector<Field> fields;
  for (const auto& json : list) {
    Field field;
    field.id = json.at("id");
    field.name = json.at("name");
    field.nullable = json.at("nullable");
    const auto word = json.at("type").get<std::string>();
    const auto kind = ValueOf(kKinds, word);
    if (!kind) return Fail(ErrorCode::kCorrupt, "staged result with an unknown type: " + word);
    field.type.kind = *kind;
    field.type.precision = json.value("precision", uint8_t{0});
    field.type.scale = json.value("scale", uint8_t{0});
    if (field.type.is_nested()) {
      TARN_ASSIGN(field.type.children, FieldsOf(json.at("children")));
    }
    field.stored_names = json.value("stored_names", std::vector<std::string>());
    fields.push_back(std::move(field));
  }
  return fields;
}

/// Throws Json::exception on another shape.
Result<StagedResult> StagedOf(const Json& json) {
  StagedResult staged;
  staged.run = json.at("run");
  staged.staged_at.micros = json.at("staged_at");
  if (!json.at("base").is_null()) staged.base = json.at("base").get<int64_t>();
  staged.removed = json.at("removed").get<std::set<std::string>>();
  TARN_ASSIGN(staged.schema.fields, FieldsOf(json.at("fields")));
  for (const auto& one : json.at("files")) {
    table::DataFile file;
    file.path = one.at("path");
    file.size_bytes = one.at("size_bytes");
    file.record_count = one.at("record_count");
    staged.added.push_back(std::move(file));
  }
  return staged;
}

}  // namespace

engine::BoundTablePtr BindStaged(const std::string& location, const table::SnapshotPtr& base,
                                 const StagedResult& staged) {
  std::vector<table::DataFilePtr> files;
  if (staged.base) {
    for (const auto& file : base->files) {
      if (!staged.removed.contains(file->path)) files.push_back(file);
    }
  }
  for (const auto& file : staged.added) files.push_back(std::make_shared<const table::DataFile>(file));
  return engine::Bind(staged.schema, table::PinnedTable{location, base, std::move(files)});
}

std::string EncodeStaged(const StagedResult& staged) {
  auto files = Json::array();
  for (const auto& file : staged.added) {
    files.push_back({{"path", file.path}, {"size_bytes", file.size_bytes}, {"record_count", file.record_count}});
  }
  return codec::Dump(Json{{"version", kVersion},
                          {"run", staged.run},
                          {"staged_at", staged.staged_at.micros},
                          {"base", staged.base ? Json(*staged.base) : Json(nullptr)},
                          {"removed", staged.removed},
                          {"fields", FieldsToJson(staged.schema.fields)},
                          {"files", std::move(files)}});
}

Result<StagedResult> DecodeStaged(std::string_view text) {
  return codec::ReadDocument(text, {"staged result", kVersion}, StagedOf);
}

}  // namespace tarn::gold
