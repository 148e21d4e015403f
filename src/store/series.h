// SPDX-License-Identifier: Apache-2.0
#pragma once
// A numbered series: the only way to change the lake (durability.md §1). Version n of one thing is the object
// `{prefix}{n padded}{suffix}`, written by put-if-absent; the highest number is the state.
// Thread-safe: a Series may be shared; two writers in one process race as two nodes would.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/object_store.h"

namespace tarn::store {

/// How keys of a series look. Our own series pad to 20 digits; Delta pads to 20, too; Iceberg writes v{n} unpadded.
struct SeriesName {
  std::string prefix;  ///< e.g. "_control/nodes/"
  std::string suffix;  ///< e.g. ".json"
  int digits = 20;     ///< zero padding; 0 = none
  uint64_t first_number = 1;

  std::string KeyOf(uint64_t n) const;
  /// The number in a key of this series, nullopt for any other key.
  std::optional<uint64_t> NumberOf(std::string_view key) const;
};

class Series {
 public:
  Series(ObjectStore& store, SeriesName name, Clock& clock);

  /// The highest number, nullopt while empty. Probes n + 1 from the last number seen when the knowledge is older than
  /// the store's max_staleness; lists when nothing was seen yet or for more than an hour. A head that this process did
  /// not put is made durable before it is returned.
  Result<std::optional<uint64_t>> Head();

  /// Body of version n, made durable first like a head; kNotFound when absent.
  Result<std::string> Read(uint64_t n);

  /// Puts version n; who did not look for an hour lists before. kConflict when somebody else wrote n (the caller reads
  /// it, re-plans, tries n + 1), also when n is behind the head because n itself was collected. After a lost answer n
  /// is read back: same body = success, another body = kConflict, absent = kUnavailable, unreadable = kUnknownOutcome
  /// (the caller compares its id in n before it retries).
  Status Put(uint64_t n, std::string_view body);

  /// Numbers present in [from, head], ascending (LIST).
  Result<std::vector<uint64_t>> Numbers(uint64_t from = 0);

  const SeriesName& name() const { return name_; }

 private:
  using Instant = std::chrono::steady_clock::time_point;

  /// What this process knows; a copy is taken before any I/O.
  struct Knowledge {
    std::optional<uint64_t> seen;      ///< the highest number seen
    std::optional<uint64_t> durable;   ///< it and all below are durable
    std::optional<Instant> looked_at;  ///< when `seen` was last known to be the head
  };

  Knowledge Know() const;
  bool IsRecent(const Knowledge& known) const;  ///< what was collected since cannot look free
  void Learn(std::optional<uint64_t> head, Instant looked_at);
  void LearnExists(uint64_t n);
  Result<std::optional<uint64_t>> FindHead(const Knowledge& known);
  Result<std::optional<uint64_t>> ListHead(std::optional<uint64_t> seen);
  Status MakeDurable(uint64_t n);
  Status ResolveLostAnswer(uint64_t n, std::string_view body, const Error& lost);
  Status BelieveWin(uint64_t n, Instant started, const Knowledge& before);
  Status LoseTo(uint64_t n);

  ObjectStore& store_;
  const SeriesName name_;
  Clock& clock_;
  mutable std::mutex mutex_;
  Knowledge known_;
  std::set<uint64_t> unresolved_;  ///< numbers of lost puts that may still arrive
};

/// Series of values with a codec: `static std::string Encode(const T&)` and `static Result<T> Decode(std::string_view)`
/// in Codec.
template <class T, class Codec>
class SeriesOf {
 public:
  SeriesOf(ObjectStore& store, SeriesName name, Clock& clock) : series_(store, std::move(name), clock) {}

  struct Version {
    uint64_t number = 0;
    T value;
  };

  Result<std::optional<uint64_t>> Head() { return series_.Head(); }
  Result<std::vector<uint64_t>> Numbers(uint64_t from = 0) { return series_.Numbers(from); }

  Result<T> Read(uint64_t n) {
    TARN_ASSIGN(const auto body, series_.Read(n));
    auto decoded = Codec::Decode(body);
    if (!decoded) return Fail(std::move(decoded).error().In(series_.name().KeyOf(n)));
    return decoded;
  }

  /// Number and value of the head, nullopt while empty.
  Result<std::optional<Version>> ReadHead() {
    TARN_ASSIGN(const auto head, series_.Head());
    if (!head) return std::optional<Version>();
    TARN_ASSIGN(auto value, Read(*head));
    return std::optional<Version>(Version{*head, std::move(value)});
  }

  Status Put(uint64_t n, const T& value) { return series_.Put(n, Codec::Encode(value)); }

 private:
  Series series_;
};

}  // namespace tarn::store
