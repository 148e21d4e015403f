// SPDX-License-Identifier: Apache-2.0
#pragma once
// Things that have a name and are whole documents (pipelines, monitors): each a series of its own whose highest number
// is the thing (durability.md §1); a deletion is a version too. Thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/time.h"
#include "store/object_store.h"
#include "store/series.h"

namespace tarn::lake {

/// A version of a document's series.
template <class T>
struct StoredDocument {
  T value;
  bool deleted = false;
};

/// T has `name`, `version`, `created_at` and `updated_at`. Kind says how one is kept: `kWord` ("Pipeline"), `kRoot`
/// (the folder of all), `SeriesOf(name)`, `Encode(StoredDocument<T>)`, `Decode(text)`.
template <class T, class Kind>
class NamedDocuments {
 public:
  using Pointer = std::shared_ptr<const T>;

  NamedDocuments(store::ObjectStore& store, Clock& clock) : store_(store), clock_(clock) {}

  /// Reads every head; once at start.
  Status Open() {
    TARN_ASSIGN(const auto names, store_.ListFolders(std::string(Kind::kRoot)));
    return ForEachInParallel(names.size(), [&](size_t i) { return Load(names[i]); });
  }

  /// nullptr when there is none.
  Pointer Find(const std::string& name) const { return KnownOf(name).value; }

  /// By name.
  std::vector<Pointer> List() const {
    const std::lock_guard lock(mutex_);
    std::vector<Pointer> all;
    for (const auto& [name, known] : known_) {
      if (known.value) all.push_back(known.value);
    }
    return all;
  }

  /// Makes the thing or gives it this definition. kConflict: others change it all the time.
  Result<Pointer> Save(T value) {
    const auto name = value.name;
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
      const auto known = KnownOf(name);
      value.created_at = known.value ? known.value->created_at : clock_.Now();
      const auto put = Put({value, false}, known.version);
      if (put) return Find(name);
      if (put.error().code != ErrorCode::kConflict) return Fail(put.error());
      TARN_TRY(Load(name));
    }
    return Fail(ErrorCode::kConflict, std::string(Kind::kWord) + " is being changed by others, try again: " + name);
  }

  /// kNotFound.
  Status Remove(const std::string& name) {
    const auto known = KnownOf(name);
    if (!known.value) return Fail(ErrorCode::kNotFound, std::string(Kind::kWord) + " " + name + " not found");
    return Put({*known.value, true}, known.version);
  }

 private:
  static constexpr int kMaxAttempts = 10;

  struct Known {
    Pointer value;         ///< nullptr while deleted
    uint64_t version = 0;  ///< head of the series
  };

  Known KnownOf(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(name);
    return found == known_.end() ? Known() : found->second;
  }

  Status Load(const std::string& name) {
    store::Series series(store_, Kind::SeriesOf(name), clock_);
    TARN_ASSIGN(const auto head, series.Head());
    if (!head) return {};
    TARN_ASSIGN(const auto body, series.Read(*head));
    TARN_ASSIGN(StoredDocument<T> stored, Kind::Decode(body));
    const std::lock_guard lock(mutex_);
    known_[name] = {stored.deleted ? nullptr : std::make_shared<const T>(std::move(stored.value)), *head};
    return {};
  }

  Status Put(StoredDocument<T> stored, uint64_t after) {
    auto& value = stored.value;
    value.version = after + 1;
    value.updated_at = clock_.Now();
    store::Series series(store_, Kind::SeriesOf(value.name), clock_);
    TARN_TRY(series.Put(value.version, Kind::Encode(stored)));
    const auto name = value.name;
    const auto version = value.version;
    auto kept = stored.deleted ? nullptr : std::make_shared<const T>(std::move(value));
    const std::lock_guard lock(mutex_);
    auto& known = known_[name];
    if (known.version < version) known = {std::move(kept), version};
    return {};
  }

  store::ObjectStore& store_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace tarn::lake
