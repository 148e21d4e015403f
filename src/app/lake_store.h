// SPDX-License-Identifier: Apache-2.0
#pragma once
// The store a lake lies in, by its name: a directory or s3://bucket/prefix, with everything that one stands on. The
// only place that knows both. Thread-compatible; the stores are thread-safe.

#include <functional>
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

  ~LakeStore();
  LakeStore(const LakeStore&) = delete;
  LakeStore& operator=(const LakeStore&) = delete;

  store::ObjectStore& store() { return *store_; }

 private:
  struct Bucket;

  LakeStore();
  Status OpenBucket(const Config& config, Needs needs, const std::string& cache_folder);

  std::unique_ptr<Bucket> bucket_;             ///< null for a directory
  std::unique_ptr<store::ObjectStore> store_;  ///< what the verb gets
};

}  // namespace tarn::app
