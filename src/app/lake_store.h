// SPDX-License-Identifier: Apache-2.0
#pragma once
// The store a lake lies in, by its name: a directory or s3://bucket/prefix, with everything that one stands on. The
// only place that knows both. Thread-compatible; the stores are thread-safe.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "app/config.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/time.h"
#include "store/disk.h"
#include "store/object_store.h"

namespace tarn::app {

class LakeStore {
 public:
  /// Outlive the store.
  struct Needs {
    store::Disk& disk;
    Clock& clock;
    Randomness& randomness;
    MetricRegistry& metrics;
  };

  /// To serve the lake. A bucket is asked first: its errors say what is wrong with names, rights or region.
  /// `on_fatal` ends the process after a failed sync of a directory.
  static Result<std::unique_ptr<LakeStore>> OpenToServe(const Config& config, Needs needs,
                                                        std::function<void(const Error&)> on_fatal);

  /// To look at the lake beside its server: refuses to write. A bucket's blocks are kept in `cache_folder` meanwhile.
  static Result<std::unique_ptr<LakeStore>> OpenToRead(const Config& config, Needs needs,
                                                       const std::string& cache_folder);

  /// Opens the places of folders that do not lie in the lake's main store, the configured ones first settled when the
  /// lake is served (lake/layer_roots.h). store() is another one from then on.
  Status OpenLayerRoots(const std::string& lake_id);

  ~LakeStore();
  LakeStore(const LakeStore&) = delete;
  LakeStore& operator=(const LakeStore&) = delete;

  store::ObjectStore& store();

 private:
  struct Bucket;
  struct Place;
  struct Opening {
    Config config;
    Needs needs;
    std::function<void(const Error&)> on_fatal;  ///< empty: to read
    std::string cache_folder;
  };

  explicit LakeStore(Opening opening);
  /// `folder` names the cache of what lies there; empty for the main store.
  Result<std::unique_ptr<Place>> Open(const std::string& root, const std::string& folder) const;
  Result<std::unique_ptr<Bucket>> OpenBucket(const std::string& root, const std::string& folder) const;

  const Opening opening_;
  std::unique_ptr<Place> main_;
  std::map<std::string, std::unique_ptr<Place>> layers_;  ///< by folder
  std::unique_ptr<store::ObjectStore> routed_;            ///< over all of them; null when there is only the main one
};

}  // namespace tarn::app
