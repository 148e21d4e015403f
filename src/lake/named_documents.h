// SPDX-License-Identifier: Apache-2.0
#pragma once
// Things that have a name and are whole documents (jobs, pipelines, monitors): each a series of its own whose highest
// number is the thing (durability.md §1); a deletion is a version too. Thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "base/time.h"
#include "lake/stored_document.h"
#include "store/object_store.h"
#include "store/series.h"

namespace tarn::lake {

/// T has `version`, `created_at` and `updated_at`. Kind says how one is kept: `kWord` ("Pipeline"), `NameOf(value)`,
/// `Names(store)` (those that were ever kept), `SeriesOf(name)`, `Encode(StoredDocument<T>)`, `Decode(text)`.
template <class T, class Kind>
class NamedDocuments {
 public:
  using Pointer = std::shared_ptr<const T>;

  NamedDocuments(store::ObjectStore& store, Clock& clock) : store_(store), clock_(clock) {}

  /// Reads every head; once at start.
  Status Open() {
    TARN_ASSIGN(const auto names, Kind::Names(store_));
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

  /// Makes the thing or gives it this definition, if `fits` of what is there (nullptr: nothing) has no error, which is
  /// the answer otherwise. kConflict: others change it all the time.
  template <class Fits>
  Result<Pointer> Save(T value, const Fits& fits) {
    const auto name = Kind::NameOf(value);
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
      const auto known = KnownOf(name);
      TARN_TRY(fits(known.value));
      value.updated_at = clock_.Now();
      value.created_at = known.value ? known.value->created_at : value.updated_at;
      auto put = Put({value, false}, known.version);
      if (put || put.error().code != ErrorCode::kConflict) return put;
      TARN_TRY(Load(name));
    }
    return Fail(ErrorCode::kConflict, std::string(Kind::kWord) + " is being changed by others, try again: " + name);
  }

  Result<Pointer> Save(T value) {
    return Save(std::move(value), [](const Pointer&) { return Status(); });
  }

  /// kNotFound.
  Status Remove(const std::string& name) {
    const auto known = KnownOf(name);
    if (!known.value) return Fail(ErrorCode::kNotFound, std::string(Kind::kWord) + " " + name + " not found");
    StoredDocument<T> last{*known.value, true};
    last.value.updated_at = clock_.Now();
    TARN_TRY(Put(std::move(last), known.version));
    return {};
  }

 private:
  using Documents = store::SeriesOf<StoredDocument<T>, Kind>;
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
    TARN_ASSIGN(auto head, Documents(store_, Kind::SeriesOf(name), clock_).ReadHead());
    if (!head) return {};
    auto& stored = head->value;
    const std::lock_guard lock(mutex_);
    known_[name] = {stored.deleted ? nullptr : std::make_shared<const T>(std::move(stored.value)), head->number};
    return {};
  }

  Result<Pointer> Put(StoredDocument<T> stored, uint64_t after) {
    const auto version = stored.value.version = after + 1;
    const auto name = Kind::NameOf(stored.value);
    TARN_TRY(Documents(store_, Kind::SeriesOf(name), clock_).Put(version, stored));
    auto kept = std::make_shared<const T>(std::move(stored.value));
    const std::lock_guard lock(mutex_);
    auto& known = known_[name];
    if (known.version < version) known = {stored.deleted ? nullptr : kept, version};
    return kept;
  }

  store::ObjectStore& store_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Known> known_;
};

}  // namespace tarn::lake
