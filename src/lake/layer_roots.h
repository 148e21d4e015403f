// SPDX-License-Identifier: Apache-2.0
#pragma once
// Folders of the lake that lie in stores of their own: bronze, silver and gold in separate buckets, say. Which do is
// part of `_control/lake/{n}`, so that whoever opens the lake finds them; each such store says in `{folder}/_root.json`
// whose it is, so that an empty bucket is never taken for an empty layer. Free functions; thread-safe.

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/object_store.h"

namespace tarn::lake {

inline constexpr std::array<std::string_view, 4> kRoutableFolders{"bronze", "exports", "gold", "silver"};

/// Roots ("s3://bucket/prefix" or a directory) by folder.
using LayerRoots = std::map<std::string, std::string>;

/// Which of `wanted` the lake does not have yet. kFailedPrecondition: one lies elsewhere, or holds objects in the
/// lake's main store already.
Result<LayerRoots> NewLayerRoots(store::ObjectStore& main, const LayerRoots& present, const LayerRoots& wanted);

/// Makes `layer` the lake's store of that folder. kFailedPrecondition: it is another lake's, or holds such a folder.
Status ClaimLayerRoot(store::ObjectStore& layer, const std::string& folder, const std::string& lake_id);

/// kFailedPrecondition: the store is not the lake's.
Status CheckLayerRoot(store::ObjectStore& layer, const std::string& folder, const std::string& lake_id);

}  // namespace tarn::lake
