// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lake's own identity: `tarn.json`, written once, and the head of `_control/lake/{n}`, which says how many nodes
// may serve it (durability.md, opening rules) and where its folders lie. Free functions; thread-safe.

#include <cstdint>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "lake/layer_roots.h"
#include "store/object_store.h"

namespace tarn::lake {

inline constexpr uint64_t kLakeLayoutVersion = 1;

struct LakeDocument {
  std::string id;  ///< UUID; every data directory is bound to it
  uint64_t layout_version = kLakeLayoutVersion;
  Timestamp created_at;
};

std::string EncodeLakeDocument(const LakeDocument& document);
/// kCorrupt for another text, kUnsupported for a layout this build does not know.
Result<LakeDocument> DecodeLakeDocument(std::string_view text);

/// Reads the lake's document, or makes a new lake in an empty store (two starting at once agree on one id).
/// kUnsupported for a newer layout and for `nodes: many`.
Result<LakeDocument> OpenOrCreateLake(store::ObjectStore& store, Clock& clock, Randomness& randomness);

/// Reads the lake's document; kNotFound when the store holds no lake. Writes nothing.
Result<LakeDocument> OpenLake(store::ObjectStore& store, Clock& clock);

/// Which folders the lake has in stores of their own. Who serves reads them with the seat taken: until then another
/// node may add some. Writes nothing.
Result<LayerRoots> LoadLayerRoots(store::ObjectStore& store, Clock& clock);

/// Adds roots whose stores are claimed. kConflict: somebody else added one of them meanwhile.
Status RecordLayerRoots(store::ObjectStore& store, Clock& clock, const LayerRoots& added);

}  // namespace tarn::lake
