// SPDX-License-Identifier: Apache-2.0
#include "table/delta/action_json.h"

#include <utility>

#include "codec/json.h"

namespace tarn::table::delta {
namespace {

using codec::Json;
using codec::OrderedJson;

OrderedJson ToJson(const StringMap& map) {
  OrderedJson object = OrderedJson::object();
  for (const auto& [key, value] : map) object[key] = value;
  return object;
}

OrderedJson ToJson(const PartitionValues& values) {
  OrderedJson object = OrderedJson::object();
  for (const auto& [column, value] : values) object[column] = value ? OrderedJson(*value) : OrderedJson();
  return object;
}

OrderedJson ToJson(const DeletionVector& vector) {
  OrderedJson object = OrderedJson::object();
  object["storageType"] = vector.storage_type;
  object["pathOrInlineDv"] = vector.path_or_inline;
  if (vector.offset) object["offset"] = *vector.offset;
  object["sizeInBytes"] = vector.size_bytes;
  object["cardinality"] = vector.cardinality;
  return object;
}

/// What add and remove have in common behind their own members.
template <class Action>
void AppendFileMembers(const Action& action, OrderedJson& object) {
  if (action.deletion_vector) object["deletionVector"] = ToJson(*action.deletion_vector);
  if (action.base_row_id) object["baseRowId"] = *action.base_row_id;
  if (action.default_row_commit_version) object["defaultRowCommitVersion"] = *action.default_row_commit_version;
}

OrderedJson ToJson(const CommitInfo& info) {
  OrderedJson object = OrderedJson::object();
  if (info.in_commit_timestamp_ms) object["inCommitTimestamp"] = *info.in_commit_timestamp_ms;
  if (info.timestamp_ms) object["timestamp"] = *info.timestamp_ms;
  object["operation"] = info.operation;
  object["operationParameters"] = ToJson(info.operation_parameters);
  if (info.read_version) object["readVersion"] = *info.read_version;
  if (!info.isolation_level.empty()) object["isolationLevel"] = info.isolation_level;
  if (info.is_blind_append) object["isBlindAppend"] = *info.is_blind_append;
  object["operationMetrics"] = ToJson(info.operation_metrics);
  if (!info.engine_info.empty()) object["engineInfo"] = info.engine_info;
  if (!info.txn_id.empty()) object["txnId"] = info.txn_id;
  return object;
}

OrderedJson ToJson(const Protocol& protocol) {
  OrderedJson object = OrderedJson::object();
  object["minReaderVersion"] = protocol.min_reader_version;
  object["minWriterVersion"] = protocol.min_writer_version;
  if (protocol.reader_features) object["readerFeatures"] = *protocol.reader_features;
  if (protocol.writer_features) object["writerFeatures"] = *protocol.writer_features;
  return object;
}

OrderedJson ToJson(const Metadata& metadata) {
  OrderedJson object = OrderedJson::object();
  object["id"] = metadata.id;
  if (metadata.name) object["name"] = *metadata.name;
  if (metadata.description) object["description"] = *metadata.description;
  object["format"] = {{"provider", metadata.format_provider}, {"options", ToJson(metadata.format_options)}};
  object["schemaString"] = metadata.schema_string;
  object["partitionColumns"] = metadata.partition_columns;
  if (metadata.created_time_ms) object["createdTime"] = *metadata.created_time_ms;
  object["configuration"] = ToJson(metadata.configuration);
  return object;
}

OrderedJson ToJson(const Txn& txn) {
  OrderedJson object = OrderedJson::object();
  object["appId"] = txn.app_id;
  object["version"] = txn.version;
  if (txn.last_updated_ms) object["lastUpdated"] = *txn.last_updated_ms;
  return object;
}

OrderedJson ToJson(const DomainMetadata& domain) {
  OrderedJson object = OrderedJson::object();
  object["domain"] = domain.domain;
  object["configuration"] = domain.configuration;
  object["removed"] = domain.removed;
  return object;
}

OrderedJson ToJson(const Remove& remove) {
  OrderedJson object = OrderedJson::object();
  object["path"] = remove.path;
  if (remove.deletion_timestamp_ms) object["deletionTimestamp"] = *remove.deletion_timestamp_ms;
  object["dataChange"] = remove.data_change;
  if (remove.extended_file_metadata) {
    object["extendedFileMetadata"] = true;
    object["partitionValues"] = ToJson(remove.partition_values);
    if (remove.size_bytes) object["size"] = *remove.size_bytes;
  }
  AppendFileMembers(remove, object);
  return object;
}

OrderedJson ToJson(const Add& add) {
  OrderedJson object = OrderedJson::object();
  object["path"] = add.path;
  object["partitionValues"] = ToJson(add.partition_values);
  object["size"] = add.size_bytes;
  object["modificationTime"] = add.modification_time_ms;
  object["dataChange"] = add.data_change;
  if (!add.stats.empty()) object["stats"] = add.stats;
  if (!add.tags.empty()) object["tags"] = ToJson(add.tags);
  AppendFileMembers(add, object);
  if (add.clustering_provider) object["clusteringProvider"] = *add.clustering_provider;
  return object;
}

template <class Action>
void AppendLine(std::string& body, const char* name, const Action& action) {
  OrderedJson line = OrderedJson::object();
  line[name] = ToJson(action);
  body += codec::Dump(line);
  body += '\n';
}

/// Reads members of one action; the first one that is missing or of another type is remembered and fails the action.
class Members {
 public:
  Members(const Json& object, std::string_view action) : object_(object), action_(action) {
    if (!object.is_object()) Refuse("is not an object", "");
  }

  void Read(const char* name, std::string& value) {
    if (const Json* member = Required(name, &Json::is_string)) value = member->get_ref<const std::string&>();
  }
  void Read(const char* name, bool& value) {
    if (const Json* member = Required(name, &Json::is_boolean)) value = member->get<bool>();
  }
  void Read(const char* name, int64_t& value) {
    if (const Json* member = Required(name, &Json::is_number_integer)) value = member->get<int64_t>();
  }
  void Read(const char* name, int32_t& value) {
    if (const Json* member = Required(name, &Json::is_number_integer)) value = member->get<int32_t>();
  }
  void ReadOptional(const char* name, std::optional<std::string>& value) {
    if (const Json* member = Optional(name, &Json::is_string)) value = member->get<std::string>();
  }
  void ReadOptional(const char* name, std::string& value) {
    if (const Json* member = Optional(name, &Json::is_string)) value = member->get<std::string>();
  }
  void ReadOptional(const char* name, std::optional<int64_t>& value) {
    if (const Json* member = Optional(name, &Json::is_number_integer)) value = member->get<int64_t>();
  }
  void ReadOptional(const char* name, std::optional<bool>& value) {
    if (const Json* member = Optional(name, &Json::is_boolean)) value = member->get<bool>();
  }
  void ReadOptional(const char* name, bool& value) {
    if (const Json* member = Optional(name, &Json::is_boolean)) value = member->get<bool>();
  }
  void ReadOptional(const char* name, StringMap& value) {
    const Json* member = Optional(name, &Json::is_object);
    if (member == nullptr) return;
    for (const auto& [key, item] : member->items()) {
      if (item.is_null()) continue;
      value[key] = item.is_string() ? item.get<std::string>() : codec::Dump(item);
    }
  }
  void ReadOptional(const char* name, PartitionValues& value) {
    const Json* member = Optional(name, &Json::is_object);
    if (member == nullptr) return;
    for (const auto& [key, item] : member->items()) {
      if (!item.is_null() && !item.is_string()) return Refuse("has a member of the wrong type: ", name);
      value[key] = item.is_string() ? std::optional(item.get<std::string>()) : std::nullopt;
    }
  }
  void ReadOptional(const char* name, std::optional<int32_t>& value) {
    if (const Json* member = Optional(name, &Json::is_number_integer)) value = member->get<int32_t>();
  }
  void ReadOptional(const char* name, std::optional<std::vector<std::string>>& value) {
    const Json* member = Optional(name, &Json::is_array);
    if (member == nullptr) return;
    value.emplace();
    for (const Json& item : *member) {
      if (!item.is_string()) return Refuse("has a member of the wrong type: ", name);
      value->push_back(item.get<std::string>());
    }
  }
  bool Has(const char* name) const { return object_.is_object() && object_.contains(name) && !object_[name].is_null(); }
  void Refuse(const char* problem, std::string_view name) {
    if (problem_.empty()) problem_ = action_ + " " + problem + std::string(name);
  }

  Status Finish() const {
    if (!problem_.empty()) return Fail(ErrorCode::kCorrupt, "broken Delta action: " + problem_);
    return {};
  }

 private:
  using TypeCheck = bool (Json::*)() const noexcept;

  const Json* Optional(const char* name, TypeCheck is_type) {
    if (!Has(name)) return nullptr;
    const Json& member = object_[name];
    if ((member.*is_type)()) return &member;
    Refuse("has a member of the wrong type: ", name);
    return nullptr;
  }
  const Json* Required(const char* name, TypeCheck is_type) {
    if (!Has(name)) Refuse("lacks ", name);
    return Optional(name, is_type);
  }

  const Json& object_;
  const std::string action_;
  std::string problem_;
};

// Provenance is free-form: members of unexpected types are left out, never refused.
CommitInfo DecodeCommitInfo(const Json& object) {
  CommitInfo info;
  const auto text = [&](const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto integer = [&](const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer() ? std::optional(found->get<int64_t>()) : std::nullopt;
  };
  const auto strings = [&](const char* name, StringMap& value) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_object()) return;
    for (const auto& [key, item] : found->items()) {
      value[key] = item.is_string() ? item.get<std::string>() : codec::Dump(item);
    }
  };
  if (!object.is_object()) return info;
  info.in_commit_timestamp_ms = integer("inCommitTimestamp");
  info.timestamp_ms = integer("timestamp");
  info.operation = text("operation");
  strings("operationParameters", info.operation_parameters);
  info.read_version = integer("readVersion");
  info.isolation_level = text("isolationLevel");
  if (object.contains("isBlindAppend") && object["isBlindAppend"].is_boolean()) {
    info.is_blind_append = object["isBlindAppend"].get<bool>();
  }
  strings("operationMetrics", info.operation_metrics);
  info.engine_info = text("engineInfo");
  info.txn_id = text("txnId");
  return info;
}

Status Decode(const Json& object, Protocol& protocol) {
  Members members(object, "protocol");
  members.Read("minReaderVersion", protocol.min_reader_version);
  members.Read("minWriterVersion", protocol.min_writer_version);
  members.ReadOptional("readerFeatures", protocol.reader_features);
  members.ReadOptional("writerFeatures", protocol.writer_features);
  return members.Finish();
}

Status Decode(const Json& object, Metadata& metadata) {
  Members members(object, "metaData");
  members.Read("id", metadata.id);
  members.ReadOptional("name", metadata.name);
  members.ReadOptional("description", metadata.description);
  if (members.Has("format")) {
    Members format(object["format"], "metaData.format");
    format.Read("provider", metadata.format_provider);
    format.ReadOptional("options", metadata.format_options);
    TARN_TRY(format.Finish());
  }
  members.Read("schemaString", metadata.schema_string);
  std::optional<std::vector<std::string>> partition_columns;
  members.ReadOptional("partitionColumns", partition_columns);
  if (partition_columns) metadata.partition_columns = *std::move(partition_columns);
  members.ReadOptional("createdTime", metadata.created_time_ms);
  members.ReadOptional("configuration", metadata.configuration);
  return members.Finish();
}

Status Decode(const Json& object, Txn& txn) {
  Members members(object, "txn");
  members.Read("appId", txn.app_id);
  members.Read("version", txn.version);
  members.ReadOptional("lastUpdated", txn.last_updated_ms);
  return members.Finish();
}

Status Decode(const Json& object, DomainMetadata& domain) {
  Members members(object, "domainMetadata");
  members.Read("domain", domain.domain);
  members.ReadOptional("configuration", domain.configuration);
  members.ReadOptional("removed", domain.removed);
  return members.Finish();
}

Status Decode(const Json& object, DeletionVector& vector) {
  Members members(object, "deletionVector");
  members.Read("storageType", vector.storage_type);
  members.Read("pathOrInlineDv", vector.path_or_inline);
  members.ReadOptional("offset", vector.offset);
  members.Read("sizeInBytes", vector.size_bytes);
  members.Read("cardinality", vector.cardinality);
  return members.Finish();
}

template <class Action>
Status DecodeFileMembers(const Json& object, Members& members, Action& action) {
  members.ReadOptional("baseRowId", action.base_row_id);
  members.ReadOptional("defaultRowCommitVersion", action.default_row_commit_version);
  if (!members.Has("deletionVector")) return members.Finish();
  TARN_TRY(Decode(object["deletionVector"], action.deletion_vector.emplace()));
  return members.Finish();
}

Status Decode(const Json& object, Remove& remove) {
  Members members(object, "remove");
  members.Read("path", remove.path);
  members.ReadOptional("deletionTimestamp", remove.deletion_timestamp_ms);
  members.ReadOptional("dataChange", remove.data_change);
  members.ReadOptional("extendedFileMetadata", remove.extended_file_metadata);
  members.ReadOptional("partitionValues", remove.partition_values);
  members.ReadOptional("size", remove.size_bytes);
  return DecodeFileMembers(object, members, remove);
}

Status Decode(const Json& object, Add& add) {
  Members members(object, "add");
  members.Read("path", add.path);
  members.ReadOptional("partitionValues", add.partition_values);
  members.Read("size", add.size_bytes);
  members.Read("modificationTime", add.modification_time_ms);
  members.ReadOptional("dataChange", add.data_change);
  members.ReadOptional("stats", add.stats);
  members.ReadOptional("tags", add.tags);
  members.ReadOptional("clusteringProvider", add.clustering_provider);
  return DecodeFileMembers(object, members, add);
}

template <class Action>
Status DecodeInto(const Json& object, std::optional<Action>& single, std::string_view name) {
  if (single) return Fail(ErrorCode::kCorrupt, "two Delta actions of one kind in one log entry: " + std::string(name));
  return Decode(object, single.emplace());
}

Status DecodeAction(std::string_view name, const Json& object, ActionSet& actions) {
  if (name == "add") return Decode(object, actions.adds.emplace_back());
  if (name == "remove") return Decode(object, actions.removes.emplace_back());
  if (name == "txn") return Decode(object, actions.txns.emplace_back());
  if (name == "domainMetadata") return Decode(object, actions.domains.emplace_back());
  if (name == "metaData") return DecodeInto(object, actions.metadata, name);
  if (name == "protocol") return DecodeInto(object, actions.protocol, name);
  if (name == "sidecar") {
    Members members(object, name);
    members.Read("path", actions.sidecars.emplace_back());
    return members.Finish();
  }
  if (name == "commitInfo") actions.commit_info = DecodeCommitInfo(object);
  return {};
}

Status DecodeLine(std::string_view line, ActionSet& actions) {
  auto document = codec::ParseJson(line);
  if (!document || !document->is_object()) return Fail(ErrorCode::kCorrupt, "a Delta log line is not a JSON object");
  for (const auto& [name, object] : document->items()) {
    if (!object.is_null()) TARN_TRY(DecodeAction(name, object, actions));
  }
  return {};
}

}  // namespace

std::string EncodeLogEntry(const ActionSet& actions) {
  std::string body;
  if (actions.commit_info) AppendLine(body, "commitInfo", *actions.commit_info);
  if (actions.protocol) AppendLine(body, "protocol", *actions.protocol);
  if (actions.metadata) AppendLine(body, "metaData", *actions.metadata);
  for (const Txn& txn : actions.txns) AppendLine(body, "txn", txn);
  for (const DomainMetadata& domain : actions.domains) AppendLine(body, "domainMetadata", domain);
  for (const Remove& remove : actions.removes) AppendLine(body, "remove", remove);
  for (const Add& add : actions.adds) AppendLine(body, "add", add);
  return body;
}

Result<ActionSet> DecodeLogEntry(std::string_view body) {
  ActionSet actions;
  int line_number = 0;
  while (!body.empty()) {
    ++line_number;
    const std::string_view line = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(line.size() + 1, body.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto decoded = DecodeLine(line, actions);
    if (!decoded) return Fail(std::move(decoded).error().In("line " + std::to_string(line_number)));
  }
  return actions;
}

}  // namespace tarn::table::delta
