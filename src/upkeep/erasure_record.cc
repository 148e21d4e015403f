// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erasure_record.h"

#include <algorithm>
#include <utility>

#include "codec/digest.h"
#include "codec/document.h"

namespace tarn::upkeep {
namespace {

using codec::Json;
using codec::OrderedJson;

constexpr int kVersion = 1;

/// Throws Json::exception on another shape.
ErasureReport ReadReport(const Json& json) {
  ErasureReport report;
  report.finished_at.micros = json.at("finished_at_us");
  report.purged = json.at("purged");
  report.resumed = json.at("resumed");
  for (const auto& layer : json.at("layers")) {
    report.layers.push_back({layer.at("name"), layer.at("records"), layer.at("rewritten_objects"),
                             layer.at("removed_objects"), layer.at("expired_versions"),
                             layer.at("objects").get<std::vector<std::string>>()});
  }
  for (const auto& one : json.at("not_examined")) {
    report.not_examined.push_back({one.at("what"), one.at("why"), one.at("records")});
  }
  return report;
}

/// Throws Json::exception on another shape.
Result<ErasureRecord> FromJson(const Json& json) {
  ErasureRecord record;
  record.id = json.at("id");
  record.requested_at.micros = json.at("requested_at_us");
  record.incarnation = json.at("incarnation");
  record.keys.columns = json.at("columns").get<std::vector<std::string>>();
  if (json.contains("keys")) {
    record.keys.values = json.at("keys").get<std::vector<std::vector<std::string>>>();
    return record;
  }
  record.salt = json.at("salt");
  record.key_hashes = json.at("key_hashes").get<std::vector<std::string>>();
  record.report = ReadReport(json.at("report"));
  return record;
}

}  // namespace

void ErasedLayer::Name(const std::vector<std::string>& keys) {
  const auto room = kMostNamed - std::min(objects.size(), kMostNamed);
  objects.insert(objects.end(), keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(std::min(room, keys.size())));
}

void ErasureRecord::Close(ErasureReport done, std::string with_salt) {
  salt = std::move(with_salt);
  for (const auto& key : keys.values) {
    const auto digest = codec::HmacSha256(salt, Json(key).dump());
    key_hashes.push_back(codec::Hex(codec::AsBytes(digest)));
  }
  keys.values.clear();
  report = std::move(done);
}

OrderedJson ReportToJson(const ErasureReport& report) {
  auto layers = OrderedJson::array();
  for (const auto& layer : report.layers) {
    layers.push_back({{"name", layer.name},
                      {"records", layer.records},
                      {"rewritten_objects", layer.rewritten},
                      {"removed_objects", layer.removed},
                      {"expired_versions", layer.versions},
                      {"objects", layer.objects}});
  }
  auto not_examined = OrderedJson::array();
  for (const auto& one : report.not_examined) {
    not_examined.push_back({{"what", one.what}, {"why", one.why}, {"records", one.records}});
  }
  return {{"purged", report.purged},
          {"resumed", report.resumed},
          {"layers", std::move(layers)},
          {"not_examined", std::move(not_examined)}};
}

std::string EncodeErasure(const ErasureRecord& record) {
  OrderedJson json{{"version", kVersion},
                   {"id", record.id},
                   {"requested_at_us", record.requested_at.micros},
                   {"incarnation", record.incarnation},
                   {"columns", record.keys.columns}};
  if (record.is_open()) {
    json["keys"] = record.keys.values;
  } else {
    json["salt"] = record.salt;
    json["key_hashes"] = record.key_hashes;
    json["report"] = ReportToJson(*record.report);
    json["report"]["finished_at_us"] = record.report->finished_at.micros;
  }
  return codec::Dump(json);
}

Result<ErasureRecord> DecodeErasure(std::string_view text) {
  return codec::ReadDocument(text, {"erasure record", kVersion}, FromJson);
}

}  // namespace tarn::upkeep
