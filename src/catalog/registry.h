// SPDX-License-Identifier: Apache-2.0
#pragma once
// The series of the catalog's document (durability.md §1): every change of namespaces and tables' names is one version,
// so that a rename or the drop of an empty namespace is decided by one put. Thread-safe.

#include <functional>
#include <memory>
#include <mutex>

#include "base/result.h"
#include "base/time.h"
#include "catalog/registry_document.h"
#include "store/series.h"

namespace tarn::catalog {

using DocumentPtr = std::shared_ptr<const RegistryDocument>;

class Registry {
 public:
  /// Called right before every put; an error stops the change (the seat check of durability.md §2.1).
  using Guard = std::function<Status()>;

  Registry(store::ObjectStore& store, Clock& clock, Guard guard);

  /// The newest document; an empty one before the first change.
  Result<DocumentPtr> Load();

  /// Changes the newest document; its error stops the change and is returned. Called again after a lost race.
  using Change = std::function<Status(RegistryDocument&)>;
  Status Update(const Change& change);

  static constexpr int kMaxAttempts = 20;
  static constexpr size_t kMostNames = 10'000;  ///< namespaces and tables of one document
  static constexpr uint64_t kVersionsPerCollection = 64;

 private:
  struct Version {
    uint64_t number = 0;  ///< 0 = none yet
    DocumentPtr document;
  };
  Result<Version> LoadVersion();
  void Remember(const Version& version);
  void CollectBefore(uint64_t number);

  store::ObjectStore& store_;
  Clock& clock_;
  const Guard guard_;
  store::SeriesOf<RegistryDocument, RegistryCodec> series_;
  std::mutex mutex_;
  Version newest_;
};

}  // namespace tarn::catalog
