// SPDX-License-Identifier: Apache-2.0
#include "quarantine/state_change.h"

#include "codec/document.h"

namespace tarn::quarantine {
namespace {

using codec::Json;

constexpr int kVersion = 1;
/// Of entries that replace an object of an earlier one: older readers would look for that.
constexpr int kReplacingVersion = 2;

/// Throws Json::exception on another shape.
Result<StateChange> FromJson(const Json& json) {
  StateChange change;
  change.id = json.at("id");
  change.at.micros = json.at("at");
  change.records = json.at("records").get<std::vector<std::string>>();
  change.status = json.value("status", "");
  change.generation = json.value("generation", uint64_t{0});
  change.contract_version = json.value("contract_version", uint64_t{0});
  change.replaces = json.value("replaces", "");
  if (const auto object = json.find("payloads"); object != json.end()) change.payloads = EntryObjectFromJson(*object);
  return change;
}

}  // namespace

Json EntryObjectToJson(const EntryObject& object) {
  return {{"key", object.key}, {"size", object.size_bytes}, {"crc32c", object.crc32c}, {"entries", object.entries}};
}

EntryObject EntryObjectFromJson(const Json& json) {
  return {json.at("key"), json.at("size"), json.at("crc32c"), json.at("entries")};
}

std::string EncodeStateChange(const StateChange& change) {
  const int version = change.replaces.empty() ? kVersion : kReplacingVersion;
  Json json{{"version", version}, {"id", change.id}, {"at", change.at.micros}, {"records", change.records}};
  if (!change.status.empty()) json["status"] = change.status;
  if (change.status == kReplayed) {
    json["generation"] = change.generation;
    json["contract_version"] = change.contract_version;
  }
  if (change.payloads) json["payloads"] = EntryObjectToJson(*change.payloads);
  if (!change.replaces.empty()) json["replaces"] = change.replaces;
  return json.dump();
}

Result<StateChange> DecodeStateChange(std::string_view text) {
  return codec::ReadDocument(text, {"quarantine log entry", kReplacingVersion}, FromJson);
}

}  // namespace tarn::quarantine
