// SPDX-License-Identifier: Apache-2.0
#include "contract/contract_yaml.h"

#include "codec/or_null.h"
#include "codec/yaml.h"
#include "lake/export_json.h"

namespace tarn::contract {
namespace {

using codec::OrderedJson;
using codec::OrNull;

OrderedJson ColumnDocument(const Column& column) {
  OrderedJson json;
  json["name"] = column.name;
  json["type"] = TypeWord(column);
  json["required"] = column.required;
  json["primary_key"] = column.primary_key;
  if (column.description) json["description"] = *column.description;
  if (column.default_text) json["default"] = *column.default_text;
  if (column.pii) json["pii"] = true;
  return json;
}

/// Throws OrderedJson::exception on another shape.
Result<Column> ReadColumn(const OrderedJson& json) {
  Column column;
  column.name = json.at("name");
  if (!ReadTypeWord(json.at("type").get<std::string>(), column)) {
    return Fail(ErrorCode::kCorrupt, "schema document with an unknown type: " + json.at("type").get<std::string>());
  }
  column.required = json.at("required");
  column.primary_key = json.at("primary_key");
  if (json.contains("description")) column.description = json.at("description").get<std::string>();
  if (json.contains("default")) column.default_text = json.at("default").get<std::string>();
  column.pii = json.value("pii", false);
  return column;
}

std::optional<std::string> OptionalText(const OrderedJson& json, const char* member) {
  const auto found = json.find(member);
  if (found == json.end() || found->is_null()) return std::nullopt;
  return found->get<std::string>();
}

Result<std::optional<std::chrono::milliseconds>> OptionalDuration(const OrderedJson& json, const char* member) {
  const auto text = OptionalText(json, member);
  if (!text) return std::optional<std::chrono::milliseconds>();
  TARN_ASSIGN(const auto duration, ParseDuration(*text));
  return std::optional(duration);
}

/// Throws OrderedJson::exception on another shape.
Result<Contract> FromDocument(const OrderedJson& json) {
  Contract contract;
  contract.name = json.at("name");
  contract.domain = json.at("domain");
  contract.version = json.at("version");
  const auto mode = ReadMode(json.at("mode").get<std::string>());
  const auto unknown_fields = ReadUnknownFields(json.value("unknown_fields", "evolve"));
  const auto merge_mode = ReadMergeMode(json.value("merge_mode", "replace"));
  const auto history = ReadHistory(json.value("history", "none"));
  const auto envelope = ReadEnvelope(json.value("envelope", "none"));
  if (!mode || !unknown_fields || !merge_mode || !history || !envelope) {
    return Fail(ErrorCode::kCorrupt,
                "schema document with an unknown mode, unknown_fields, merge_mode, history or envelope");
  }
  contract.mode = *mode;
  contract.unknown_fields = *unknown_fields;
  contract.merge_mode = *merge_mode;
  contract.history = *history;
  contract.envelope = *envelope;
  contract.soft_delete = json.value("soft_delete", false);
  contract.description = OptionalText(json, "description");
  TARN_ASSIGN(contract.created_at, ParseTimestamp(json.at("created_at").get<std::string>()));
  TARN_ASSIGN(contract.updated_at, ParseTimestamp(json.at("updated_at").get<std::string>()));
  contract.created_by = json.at("created_by");
  for (const auto& column : json.at("schema").at("columns")) {
    TARN_ASSIGN(auto read, ReadColumn(column));
    contract.columns.push_back(std::move(read));
  }
  contract.sequence_by = OptionalText(json, "sequence_by");
  TARN_ASSIGN(contract.land_interval, OptionalDuration(json, "land_interval"));
  TARN_ASSIGN(contract.tombstone_retention, OptionalDuration(json, "tombstone_retention"));
  TARN_ASSIGN(contract.bronze_retention, OptionalDuration(json, "bronze_retention"));
  if (json.contains("quarantine_retention")) {
    TARN_ASSIGN(contract.quarantine_retention, OptionalDuration(json, "quarantine_retention"));
  }
  if (const auto found = json.find("exports"); found != json.end()) {
    TARN_ASSIGN(contract.exports, lake::DecodeExports(*found));
  }
  const auto& own = json.at("tarn");
  contract.generation = own.at("generation");
  contract.folder_generation = own.at("folder_generation");
  contract.columns_fixed = own.at("columns_fixed");
  contract.format = own.at("format");
  contract.rebuild_version = own.value("rebuild_version", uint64_t{0});
  contract.mirror = OptionalText(own, "mirror");
  for (const std::string name : own.at("inferred")) {
    for (auto& column : contract.columns) column.inferred = column.inferred || column.name == name;
  }
  return contract;
}

/// Columns that auto_inference found.
OrderedJson InferredNames(const Contract& contract) {
  auto names = OrderedJson::array();
  for (const auto& column : contract.columns) {
    if (column.inferred) names.push_back(column.name);
  }
  return names;
}

}  // namespace

OrderedJson ToDocument(const Contract& contract) {
  OrderedJson json;
  json["name"] = contract.name;
  json["domain"] = contract.domain;
  json["version"] = contract.version;
  json["mode"] = ModeWord(contract.mode);
  json["description"] = OrNull(contract.description);
  json["created_at"] = FormatTimestamp(contract.created_at);
  json["updated_at"] = FormatTimestamp(contract.updated_at);
  json["created_by"] = contract.created_by;
  auto columns = OrderedJson::array();
  for (const auto& column : contract.columns) columns.push_back(ColumnDocument(column));
  json["schema"] = OrderedJson{{"columns", std::move(columns)}};
  if (contract.sequence_by) json["sequence_by"] = *contract.sequence_by;
  if (contract.unknown_fields != UnknownFields::kEvolve)
    json["unknown_fields"] = UnknownFieldsWord(contract.unknown_fields);
  if (contract.merge_mode != MergeMode::kReplace) json["merge_mode"] = MergeModeWord(contract.merge_mode);
  if (contract.soft_delete) json["soft_delete"] = true;
  if (contract.history != History::kNone) json["history"] = HistoryWord(contract.history);
  if (contract.envelope != Envelope::kNone) json["envelope"] = EnvelopeWord(contract.envelope);
  if (contract.land_interval) json["land_interval"] = FormatDuration(*contract.land_interval);
  if (contract.tombstone_retention) json["tombstone_retention"] = FormatDuration(*contract.tombstone_retention);
  if (contract.bronze_retention) json["bronze_retention"] = FormatDuration(*contract.bronze_retention);
  if (contract.quarantine_retention != kQuarantineRetention) {
    const auto& kept = contract.quarantine_retention;
    json["quarantine_retention"] = kept ? OrderedJson(FormatDuration(*kept)) : OrderedJson(nullptr);
  }
  if (!contract.exports.empty()) json["exports"] = lake::ExportsToJson(contract.exports);
  return json;
}

std::string ToYaml(const Contract& contract) { return codec::WriteYaml(ToDocument(contract)); }

std::string EncodeContract(const Contract& contract) {
  auto json = ToDocument(contract);
  json["tarn"] = OrderedJson{{"generation", contract.generation},
                             {"folder_generation", contract.folder_generation},
                             {"columns_fixed", contract.columns_fixed},
                             {"inferred", InferredNames(contract)},
                             {"format", contract.format}};
  if (contract.rebuild_version > 0) json["tarn"]["rebuild_version"] = contract.rebuild_version;
  if (contract.mirror) json["tarn"]["mirror"] = *contract.mirror;
  return codec::WriteYaml(json);
}

Result<Contract> DecodeContract(std::string_view yaml) {
  TARN_ASSIGN(const auto json, codec::ParseYaml(yaml));
  try {
    return FromDocument(json);
  } catch (const OrderedJson::exception& error) {
    return Fail(ErrorCode::kCorrupt, std::string("broken schema document: ") + error.what());
  }
}

}  // namespace tarn::contract
