// SPDX-License-Identifier: Apache-2.0
#include "silver/rebuild_log.h"

#include "codec/document.h"
#include "codec/json.h"

namespace tarn::silver {
namespace {

using codec::Json;

constexpr int kVersion = 1;

std::optional<int64_t> OptionalCount(const Json& json, const char* member) {
  const auto found = json.find(member);
  return found == json.end() ? std::nullopt : std::optional(found->get<int64_t>());
}

Json DifferenceJson(const RowDifference& difference) {
  Json json{{"rows_before", difference.rows_before}, {"rows_after", difference.rows_after}};
  if (difference.added) json["added"] = *difference.added;
  if (difference.removed) json["removed"] = *difference.removed;
  if (difference.changed) json["changed"] = *difference.changed;
  return json;
}

/// Throws Json::exception on another shape.
Result<RebuildRecord> FromJson(const Json& json) {
  RebuildRecord record;
  record.id = json.at("id");
  record.at.micros = json.at("at");
  record.request = json.value("request", uint64_t{0});
  record.drops_foreign = json.value("drops_foreign", false);
  record.partial = json.value("partial", false);
  record.error = json.value("error", "");
  if (const auto found = json.find("difference"); found != json.end()) {
    record.difference = RowDifference{found->at("rows_before"), found->at("rows_after"), OptionalCount(*found, "added"),
                                      OptionalCount(*found, "removed"), OptionalCount(*found, "changed")};
  }
  return record;
}

}  // namespace

std::string RebuildRecordCodec::Encode(const RebuildRecord& record) {
  Json json{{"version", kVersion}, {"id", record.id}, {"at", record.at.micros}};
  if (record.request > 0) json["request"] = record.request;
  if (record.drops_foreign) json["drops_foreign"] = true;
  if (record.partial) json["partial"] = true;
  if (!record.error.empty()) json["error"] = record.error;
  if (record.difference) json["difference"] = DifferenceJson(*record.difference);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<RebuildRecord> RebuildRecordCodec::Decode(std::string_view text) {
  return codec::ReadDocument(text, {"rebuild record", kVersion}, FromJson);
}

}  // namespace tarn::silver
