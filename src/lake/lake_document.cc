// SPDX-License-Identifier: Apache-2.0
#include "lake/lake_document.h"

#include "codec/json.h"
#include "lake/keys.h"
#include "store/series.h"

namespace tarn::lake {
namespace {

constexpr std::string_view kOneNode = "one";
constexpr std::string_view kManyNodes = "many";

std::string EncodeControl(const LayerRoots& roots) {
  codec::OrderedJson json{{"version", 1}, {"nodes", kOneNode}};
  if (!roots.empty()) json["roots"] = roots;
  return codec::Dump(json);
}

/// Where folders lie that are not in the main store.
Result<LayerRoots> DecodeControl(std::string_view text) {
  const auto json = codec::ParseJson(text);
  const auto damaged = [] { return Fail(ErrorCode::kCorrupt, "the lake's control document cannot be read"); };
  if (!json || !json->is_object()) return damaged();
  const auto nodes = json->find("nodes");
  if (nodes == json->end() || !nodes->is_string()) return damaged();
  if (*nodes == kManyNodes) {
    return Fail(ErrorCode::kUnsupported,
                "this lake is served by several nodes (nodes: many), which comes with issue \"The service\"");
  }
  if (*nodes != kOneNode) return damaged();
  LayerRoots roots;
  const auto stored = json->find("roots");
  if (stored == json->end()) return roots;
  if (!stored->is_object()) return damaged();
  for (const auto& [folder, root] : stored->items()) {
    if (!root.is_string()) return damaged();
    roots.emplace(folder, root.get<std::string>());
  }
  return roots;
}

/// `nodes: one`, written when a lake is made (or when its maker died before it).
Status OpenControl(store::ObjectStore& store, Clock& clock) {
  store::Series series(store, LakeSeries(), clock);
  for (;;) {
    TARN_ASSIGN(const auto head, series.Head());
    if (!head) {
      const auto put = series.Put(series.name().first_number, EncodeControl({}));
      if (put || put.error().code != ErrorCode::kConflict) return put;
      continue;  // somebody else wrote it: read what
    }
    TARN_ASSIGN(const auto body, series.Read(*head));
    TARN_TRY(DecodeControl(body));
    return {};
  }
}

}  // namespace

std::string EncodeLakeDocument(const LakeDocument& document) {
  return codec::DumpIndented(codec::OrderedJson{{"lake_id", document.id},
                                                {"layout_version", document.layout_version},
                                                {"created_at", FormatTimestamp(document.created_at)}});
}

Result<LakeDocument> DecodeLakeDocument(std::string_view text) {
  const auto damaged = [] { return Fail(ErrorCode::kCorrupt, "tarn.json cannot be read"); };
  const auto json = codec::ParseJson(text);
  if (!json || !json->is_object()) return damaged();
  const auto layout = json->find("layout_version");
  if (layout == json->end() || !layout->is_number_unsigned()) return damaged();
  LakeDocument document;
  document.layout_version = layout->get<uint64_t>();
  if (document.layout_version != kLakeLayoutVersion) {
    return Fail(ErrorCode::kUnsupported, "the lake has layout version " + std::to_string(document.layout_version) +
                                             ", this program knows " + std::to_string(kLakeLayoutVersion));
  }
  const auto id = json->find("lake_id");
  const auto created_at = json->find("created_at");
  if (id == json->end() || !id->is_string() || created_at == json->end() || !created_at->is_string()) return damaged();
  document.id = id->get<std::string>();
  TARN_ASSIGN(document.created_at, ParseTimestamp(created_at->get<std::string>()));
  return document;
}

Result<LakeDocument> OpenLake(store::ObjectStore& store, Clock& clock) {
  const std::string key(kLakeDocument);
  TARN_ASSIGN(const auto text, store.Get(key));
  TARN_TRY(store.MakeDurable(key));
  TARN_ASSIGN(auto document, DecodeLakeDocument(text));
  TARN_TRY(LoadLayerRoots(store, clock));
  return document;
}

Result<LayerRoots> LoadLayerRoots(store::ObjectStore& store, Clock& clock) {
  store::Series series(store, LakeSeries(), clock);
  TARN_ASSIGN(const auto head, series.Head());
  if (!head) return LayerRoots();
  TARN_ASSIGN(const auto body, series.Read(*head));
  return DecodeControl(body);
}

Status RecordLayerRoots(store::ObjectStore& store, Clock& clock, const LayerRoots& added) {
  store::Series series(store, LakeSeries(), clock);
  TARN_ASSIGN(const auto head, series.Head());
  if (!head) return Fail(ErrorCode::kCorrupt, "the lake has no control document");
  TARN_ASSIGN(const auto body, series.Read(*head));
  TARN_ASSIGN(auto roots, DecodeControl(body));
  for (const auto& [folder, root] : added) {
    if (!roots.emplace(folder, root).second) {
      return Fail(ErrorCode::kConflict, "somebody else settled at the same time where " + folder + " lies");
    }
  }
  return series.Put(*head + 1, EncodeControl(roots));
}

Result<LakeDocument> OpenOrCreateLake(store::ObjectStore& store, Clock& clock, Randomness& randomness) {
  auto document = OpenLake(store, clock);
  if (!document && document.error().code == ErrorCode::kNotFound) {
    const LakeDocument fresh{NewUuid(randomness), kLakeLayoutVersion, clock.Now()};
    const auto put = store.PutIfAbsent(std::string(kLakeDocument), EncodeLakeDocument(fresh));
    const bool decided =
        put || put.error().code == ErrorCode::kAlreadyExists || put.error().code == ErrorCode::kUnknownOutcome;
    if (!decided) return Fail(put.error());
    document = OpenLake(store, clock);
  }
  if (!document) return document;
  TARN_TRY(OpenControl(store, clock));
  return document;
}

}  // namespace tarn::lake
