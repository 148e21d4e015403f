// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object store for tests of commit paths: passes everything on to another store, except that conditional puts meet the
// next fate of a script. Thread-compatible. For *_test.cc files only.

#include <deque>
#include <functional>
#include <string>

#include "store/object_store.h"

namespace tarn::table {

class ScriptedStore final : public store::ObjectStore {
 public:
  enum class PutFate {
    kPass,
    kUnavailable,        ///< nothing written, said so
    kLostBefore,         ///< nothing written, answer lost
    kLostAfter,          ///< written, answer lost
    kTakenAfter,         ///< written, but a retry below the port answers that the key is taken
    kResourceExhausted,  ///< nothing written, not worth a retry
  };

  explicit ScriptedStore(store::ObjectStore& below) : below_(below) {}

  std::deque<PutFate> fates;         ///< of the next conditional puts; empty = kPass
  std::function<void()> before_put;  ///< runs once, before the next conditional put
  bool reads_fail = false;           ///< Get answers kUnavailable
  int puts = 0;
  int reads = 0;

  Status PutIfAbsent(const std::string& key, std::string_view body) override {
    ++puts;
    if (before_put) std::exchange(before_put, nullptr)();
    const PutFate fate = fates.empty() ? PutFate::kPass : fates.front();
    if (!fates.empty()) fates.pop_front();
    switch (fate) {
      case PutFate::kPass:
        return below_.PutIfAbsent(key, body);
      case PutFate::kUnavailable:
        return Fail(ErrorCode::kUnavailable, "scripted");
      case PutFate::kLostBefore:
        return Fail(ErrorCode::kUnknownOutcome, "scripted");
      case PutFate::kLostAfter:
        TARN_TRY(below_.PutIfAbsent(key, body));
        return Fail(ErrorCode::kUnknownOutcome, "scripted");
      case PutFate::kTakenAfter:
        TARN_TRY(below_.PutIfAbsent(key, body));
        return below_.PutIfAbsent(key, body);
      case PutFate::kResourceExhausted:
        return Fail(ErrorCode::kResourceExhausted, "scripted");
    }
    return {};
  }
  Result<std::string> Get(const std::string& key) override {
    ++reads;
    if (reads_fail) return Fail(ErrorCode::kUnavailable, "scripted");
    return below_.Get(key);
  }
  Result<std::unique_ptr<store::ObjectReader>> OpenReader(const std::string& key) override {
    return below_.OpenReader(key);
  }
  Result<store::ObjectInfo> Head(const std::string& key) override { return below_.Head(key); }
  Result<std::unique_ptr<store::ObjectWriter>> OpenWriter(const std::string& key) override {
    return below_.OpenWriter(key);
  }
  Status PutAll(std::span<const store::PutRequest> objects) override { return below_.PutAll(objects); }
  Result<std::vector<store::ObjectInfo>> List(const std::string& prefix, const std::string& start_after,
                                              size_t limit) override {
    return below_.List(prefix, start_after, limit);
  }
  Result<std::vector<std::string>> ListFolders(const std::string& prefix) override {
    return below_.ListFolders(prefix);
  }
  Status Delete(const std::string& key) override { return below_.Delete(key); }
  Status MakeDurable(const std::string& key) override { return below_.MakeDurable(key); }
  std::chrono::milliseconds max_staleness() const override { return below_.max_staleness(); }
  std::string root() const override { return below_.root(); }

 private:
  store::ObjectStore& below_;
};

}  // namespace tarn::table
