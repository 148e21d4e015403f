// SPDX-License-Identifier: Apache-2.0
#include "silver/side_manifest.h"

#include "codec/json.h"

namespace tarn::silver {
namespace {
using codec::Json;
constexpr int kVersion = 2;
constexpr int kOldestVersion = 1;
}  // namespace

int64_t NewSideNumber(Randomness& randomness) { return static_cast<int64_t>(randomness.Next() >> 1U); }

std::string SideManifestName(int64_t number) { return std::to_string(number) + ".json"; }

std::string EncodeSideManifest(const SideManifest& manifest) {
  auto tombstones = Json::array();
  for (const auto& file : manifest.tombstones) {
    tombstones.push_back({{"path", file.path}, {"size", file.size_bytes}, {"rows", file.record_count}});
  }
  auto refused = Json::array();
  for (const auto& object : manifest.refused) {
    refused.push_back(
        {{"key", object.key}, {"size", object.size_bytes}, {"crc32c", object.crc32c}, {"entries", object.entries}});
  }
  const auto& counters = manifest.counters;
  return Json{{"version", kVersion},
              {"tombstones", std::move(tombstones)},
              {"refused", std::move(refused)},
              {"counters",
               {{"applied", counters.applied},
                {"superseded", counters.superseded},
                {"deleted", counters.deleted},
                {"quarantined", counters.quarantined},
                {"rolled_back", counters.rolled_back}}}}
      .dump();
}

Result<SideManifest> DecodeSideManifest(std::string_view text) {
  TARN_ASSIGN(const auto json, codec::ParseJson(text));
  try {
    const int version = json.at("version");
    if (version < kOldestVersion || version > kVersion) {
      return Fail(ErrorCode::kUnsupported,
                  "side manifest has version " + std::to_string(version) + ", this build reads 1 and 2");
    }
    SideManifest manifest;
    for (const auto& file : json.at("tombstones")) {
      manifest.tombstones.push_back({file.at("path"), file.at("size"), file.at("rows")});
    }
    for (const auto& object : json.at("refused")) {
      manifest.refused.push_back({object.at("key"), object.at("size"), object.at("crc32c"), object.at("entries")});
    }
    const auto& counters = json.at("counters");
    manifest.counters = {counters.at("applied"), counters.at("superseded"), counters.at("deleted"),
                         counters.at("quarantined"), counters.value("rolled_back", uint64_t{0})};
    return manifest;
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kCorrupt, std::string("broken side manifest: ") + error.what());
  }
}

}  // namespace tarn::silver
