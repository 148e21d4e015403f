// SPDX-License-Identifier: Apache-2.0
#pragma once
// Idempotency-Key: which keyed requests this node has answered in the last day, and how (durability.md §3.7,
// http-api.md §4). Memory holds all of them; they come back from the log and from the objects written before a segment
// is recycled. Thread-safe; owned by app.

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/digest.h"
#include "ingest/frame.h"
#include "store/object_store.h"
#include "store/series.h"

namespace tarn::ingest {

/// The first answer to a keyed request.
struct KeptAnswer {
  uint16_t status = 200;
  std::string members;  ///< see IngestAnswer
  std::string request_id;
  lake::Offset first;
  uint32_t record_count = 0;
  Timestamp at;
};

/// One remembered request, as the objects hold it (docs/formats/idempotency.md).
struct IdempotencyRecord {
  std::string key;  ///< IdempotencyMap::FullKey
  codec::Digest256 body_hash{};
  KeptAnswer answer;
};
std::string EncodeIdempotencyRecords(const std::vector<IdempotencyRecord>& records);
Result<std::vector<IdempotencyRecord>> DecodeIdempotencyRecords(std::string_view text);

class IdempotencyMap {
 public:
  struct Limits {
    uint64_t memory_bytes = 128ULL << 20;
    std::chrono::hours lifetime{24};
  };

  IdempotencyMap(store::ObjectStore& store, Clock& clock, std::string_view node_id, Limits limits);

  /// Scope and key in one: endpoint, then what api names (route, key holder), then the client's key.
  static std::string FullKey(std::string_view endpoint, std::string_view scope, std::string_view key);

  /// Reads what earlier processes put into the store; before the log is replayed.
  Status Load();

  /// A keyed frame of the log.
  void AddFrame(const FrameView& frame, uint64_t segment);

  enum class Outcome {
    kNew,        ///< go on; then Finish or Abandon
    kReplay,     ///< answer with `answer`
    kOtherBody,  ///< 422
    kInFlight,   ///< 409
    kFull,       ///< 503: memory for keys is used up
  };
  struct Claim {
    Outcome outcome = Outcome::kNew;
    KeptAnswer answer;
  };
  Claim Begin(const std::string& full_key, const codec::Digest256& body_hash);

  /// The frame in `segment` is durable and holds this answer.
  void Finish(const std::string& full_key, KeptAnswer answer, uint64_t segment);

  /// Nothing was stored: the key is free again.
  void Abandon(const std::string& full_key);

  /// Puts the records only `segment` holds into the store; for NodeLog::Request::before_recycle.
  Status Persist(uint64_t segment);

  /// Drops the answers to requests that brought one of the records, which are sorted, in memory and in the store; gives
  /// their number. A retry of such a request is a new request.
  Result<uint64_t> Forget(std::span<const lake::Offset> records);

  size_t size() const;

 private:
  struct Entry {
    codec::Digest256 body_hash{};
    bool in_flight = true;
    KeptAnswer answer;
  };
  struct StoredObject {
    uint64_t number = 0;
    Timestamp newest;
  };

  static uint64_t CostOf(const std::string& key, const Entry& entry);
  void Insert(const std::string& key, Entry entry);
  void Erase(const std::string& key);
  void ForgetOld();
  bool expired(Timestamp at) const;
  Status RemoveOldObjects();

  store::ObjectStore& store_;
  Clock& clock_;
  const Limits limits_;
  store::Series series_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::pair<Timestamp, std::string>> by_age_;
  std::map<uint64_t, std::vector<std::string>> by_segment_;  ///< keys not in the store yet
  uint64_t memory_bytes_ = 0;
  std::deque<StoredObject> objects_;  ///< upkeep's own: Load and Persist
};

}  // namespace tarn::ingest
