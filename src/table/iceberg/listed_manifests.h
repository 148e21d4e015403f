// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which manifests the manifest lists name that were read before: a list never changes, and expiry asks for those of all
// snapshots each time, after a lost race too. Bounded; thread-safe.

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "table/iceberg/named_objects.h"

namespace tarn::table::iceberg {

class ListedManifests {
 public:
  static constexpr size_t kMaxLists = 2048;  ///< remembered, the first one read goes first

  using Uris = std::vector<std::string>;
  using UrisPtr = std::shared_ptr<const Uris>;

  /// URIs of the snapshot's manifests. Errors as NamedObjects::ListManifests.
  Result<UrisPtr> Of(NamedObjects& objects, const SnapshotRecord& snapshot);

 private:
  UrisPtr Find(const std::string& list);
  void Remember(const std::string& list, const UrisPtr& uris);

  std::mutex mutex_;
  std::unordered_map<std::string, UrisPtr> by_list_;
  std::deque<std::string> order_;
};

}  // namespace tarn::table::iceberg
