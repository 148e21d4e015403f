// SPDX-License-Identifier: Apache-2.0
#include "lake/layer_roots.h"

#include "codec/json.h"

namespace tarn::lake {
namespace {

std::string MarkerKey(const std::string& folder) { return folder + "/_root.json"; }

std::string EncodeMarker(const std::string& folder, const std::string& lake_id) {
  return codec::DumpIndented(codec::OrderedJson{{"lake_id", lake_id}, {"folder", folder}});
}

/// False when the store has no marker for the folder.
Result<bool> IsClaimed(store::ObjectStore& layer, const std::string& folder, const std::string& lake_id) {
  const auto text = layer.Get(MarkerKey(folder));
  if (!text && text.error().code == ErrorCode::kNotFound) return false;
  TARN_TRY(text);
  TARN_TRY(layer.MakeDurable(MarkerKey(folder)));
  const auto json = codec::ParseJson(*text);
  const bool is_ours = json && json->is_object() && json->value("lake_id", std::string()) == lake_id;
  if (is_ours) return true;
  return Fail(ErrorCode::kFailedPrecondition, "the folder " + folder + " in " + layer.root() + " is another lake's");
}

}  // namespace

Result<LayerRoots> NewLayerRoots(store::ObjectStore& main, const LayerRoots& present, const LayerRoots& wanted) {
  LayerRoots added;
  for (const auto& [folder, root] : wanted) {
    const auto known = present.find(folder);
    if (known != present.end() && known->second == root) continue;
    if (known != present.end()) {
      return Fail(ErrorCode::kFailedPrecondition, "the lake has its folder " + folder + " in " + known->second +
                                                      ", not in " + root + "; where a folder lies is settled once");
    }
    TARN_ASSIGN(const auto first, main.List(folder + "/", "", 1));
    if (!first.empty()) {
      return Fail(ErrorCode::kFailedPrecondition,
                  "the lake has its folder " + folder + " in " + main.root() +
                      " already; where a folder lies is settled before its first table");
    }
    added.emplace(folder, root);
  }
  return added;
}

Status ClaimLayerRoot(store::ObjectStore& layer, const std::string& folder, const std::string& lake_id) {
  TARN_ASSIGN(const bool claimed, IsClaimed(layer, folder, lake_id));
  if (claimed) return {};
  TARN_ASSIGN(const auto first, layer.List(folder + "/", "", 1));
  if (!first.empty()) {
    return Fail(ErrorCode::kFailedPrecondition,
                "there is a folder " + folder + " in " + layer.root() + " already; name an empty place");
  }
  const auto put = layer.PutIfAbsent(MarkerKey(folder), EncodeMarker(folder, lake_id));
  if (put) return {};
  TARN_ASSIGN(const bool ours, IsClaimed(layer, folder, lake_id));
  return ours ? Status() : put;
}

Status CheckLayerRoot(store::ObjectStore& layer, const std::string& folder, const std::string& lake_id) {
  TARN_ASSIGN(const bool claimed, IsClaimed(layer, folder, lake_id));
  if (claimed) return {};
  return Fail(ErrorCode::kFailedPrecondition, "the lake has its folder " + folder + " in " + layer.root() +
                                                  ", but that place does not know it (" + MarkerKey(folder) +
                                                  " is missing)");
}

}  // namespace tarn::lake
