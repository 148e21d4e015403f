// SPDX-License-Identifier: Apache-2.0
#include "silver/side_manifest.h"

#include "codec/crc32c.h"
#include "codec/document.h"
#include "codec/json.h"

namespace tarn::silver {
namespace {
using codec::Json;
constexpr int kVersion = 4;
/// Of tables without erased records: an older build would not go on counting those.
constexpr int kErasureFreeVersion = 3;
constexpr int kOldestVersion = 1;
constexpr int kFirstCheckedVersion = 3;

Json CountersToJson(const Counters& counters) {
  Json json{{"applied", counters.applied},
            {"superseded", counters.superseded},
            {"deleted", counters.deleted},
            {"quarantined", counters.quarantined},
            {"rolled_back", counters.rolled_back}};
  if (counters.purged > 0) json["purged"] = counters.purged;
  return json;
}

/// Throws Json::exception.
Counters CountersFromJson(const Json& json) {
  return {json.at("applied"),
          json.at("superseded"),
          json.at("deleted"),
          json.at("quarantined"),
          json.value("rolled_back", uint64_t{0}),
          json.value("purged", uint64_t{0})};
}

/// Takes the checksum out, which is that of the rest, written as we write it. Throws Json::exception.
Status CheckSum(Json& json) {
  const uint32_t expected = json.at("crc32c");
  json.erase("crc32c");
  if (codec::Crc32c(json.dump()) == expected) return {};
  return Fail(ErrorCode::kCorrupt, "broken side manifest: its checksum does not fit");
}

int64_t HourOf(Timestamp at) {
  constexpr int64_t kHourMicros = 3'600'000'000;
  return at.micros / kHourMicros;
}

Json FileJson(const TombstoneFile& file) {
  return {{"path", file.path}, {"size", file.size_bytes}, {"rows", file.record_count}};
}

/// Throws Json::exception on another shape.
TombstoneFile ReadFile(const Json& json) { return {json.at("path"), json.at("size"), json.at("rows")}; }

Json PlaceJson(const PlaceFile& place) {
  auto json = FileJson(place.file);
  json["insert_date"] = place.insert_date.micros;
  return json;
}

/// Throws Json::exception on another shape.
PlaceFile ReadPlace(const Json& json) { return {ReadFile(json), {json.at("insert_date").get<int64_t>()}}; }

template <class Manifest, class Take>
void ForEachFile(Manifest& manifest, const Take& take) {
  for (auto& file : manifest.tombstones) take(file);
  if (manifest.truncated) take(manifest.truncated->file);
  if (manifest.forgotten) take(manifest.forgotten->file);
}

/// Throws Json::exception on another shape.
Result<SideManifest> FromJson(Json& json) {
  if (json.at("version") >= kFirstCheckedVersion || json.contains("crc32c")) TARN_TRY(CheckSum(json));
  SideManifest manifest;
  for (const auto& file : json.at("tombstones")) manifest.tombstones.push_back(ReadFile(file));
  if (json.contains("truncated")) manifest.truncated = ReadPlace(json.at("truncated"));
  if (json.contains("forgotten")) manifest.forgotten = ReadPlace(json.at("forgotten"));
  for (const auto& object : json.at("refused")) {
    manifest.refused.push_back({object.at("key"), object.at("size"), object.at("crc32c"), object.at("entries")});
  }
  manifest.counters = CountersFromJson(json.at("counters"));
  for (const auto& range : json.value("undone", Json::array())) manifest.undone.Add({range.at(0), range.at(1)});
  for (const auto& mark : json.value("hours", Json::array())) {
    manifest.hours.push_back({mark.at("through"), {mark.at("at")}, CountersFromJson(mark.at("counters"))});
  }
  return manifest;
}

}  // namespace

std::vector<TombstoneFile> SideManifest::Files() const {
  std::vector<TombstoneFile> files;
  ForEachFile(*this, [&](const TombstoneFile& file) { files.push_back(file); });
  return files;
}

std::vector<TombstoneFile*> SideManifest::MutableFiles() {
  std::vector<TombstoneFile*> files;
  ForEachFile(*this, [&](TombstoneFile& file) { files.push_back(&file); });
  return files;
}

int64_t NewSideNumber(Randomness& randomness) { return static_cast<int64_t>(randomness.Next() >> 1U); }

void SideManifest::MarkHour(uint64_t through, Timestamp at) {
  if (hours.empty() || HourOf(hours.back().at) != HourOf(at)) hours.emplace_back();
  hours.back() = {through, at, counters};
  if (hours.size() > kMaxHours) hours.erase(hours.begin());
}

std::string SideManifestName(int64_t number) { return std::to_string(number) + ".json"; }

std::string EncodeSideManifest(const SideManifest& manifest) {
  auto tombstones = Json::array();
  for (const auto& file : manifest.tombstones) tombstones.push_back(FileJson(file));
  auto refused = Json::array();
  for (const auto& object : manifest.refused) {
    refused.push_back(
        {{"key", object.key}, {"size", object.size_bytes}, {"crc32c", object.crc32c}, {"entries", object.entries}});
  }
  auto hours = Json::array();
  for (const auto& mark : manifest.hours) {
    hours.push_back({{"through", mark.through}, {"at", mark.at.micros}, {"counters", CountersToJson(mark.counters)}});
  }
  auto undone = Json::array();
  for (const auto& range : manifest.undone.ranges()) undone.push_back(Json::array({range.first, range.last}));
  const int version = manifest.counters.purged > 0 ? kVersion : kErasureFreeVersion;
  Json json{{"version", version},
            {"tombstones", std::move(tombstones)},
            {"refused", std::move(refused)},
            {"counters", CountersToJson(manifest.counters)},
            {"undone", std::move(undone)},
            {"hours", std::move(hours)}};
  if (manifest.truncated) json["truncated"] = PlaceJson(*manifest.truncated);
  if (manifest.forgotten) json["forgotten"] = PlaceJson(*manifest.forgotten);
  const auto text = json.dump();
  return R"({"crc32c":)" + std::to_string(codec::Crc32c(text)) + "," + text.substr(1);
}

Result<SideManifest> DecodeSideManifest(std::string_view text) {
  return codec::ReadDocument(text, {"side manifest", kVersion, kOldestVersion}, FromJson);
}

}  // namespace tarn::silver
