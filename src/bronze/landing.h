// SPDX-License-Identifier: Apache-2.0
#pragma once
// The landing loop: cuts the node's log for each endpoint when its land_interval or 8 MiB are reached, or when an ack
// waits (lake.md §3.1, durability.md §4.5). Thread-safe.

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/keyed_loop.h"
#include "base/metrics.h"
#include "bronze/bronze.h"
#include "ingest/tail.h"

namespace tarn::bronze {

class Landing final : public ingest::TailListener {
 public:
  struct Dependencies {
    Bronze& bronze;
    ingest::Tail& tail;
    MetricRegistry& metrics;
    std::chrono::milliseconds default_interval;  ///< 1 s on disk, 10 s on S3
  };

  /// Number of the bronze-log entry that holds the record.
  using Landed = std::function<void(uint64_t entry)>;
  /// Told after each new entry, on a landing thread.
  using Listener = std::function<void(const std::string& domain, const std::string& table, uint64_t entry)>;

  static constexpr uint64_t kCutBytes = 8ULL << 20;

  explicit Landing(Dependencies dependencies);
  ~Landing() override;

  /// Before Start only.
  void Subscribe(Listener listener) { listeners_.push_back(std::move(listener)); }

  /// Takes what the tail holds already (replay) and listens from then on.
  void Start();
  /// Finishes cuts in flight; un-landed frames stay in the log. Idempotent.
  void Stop();

  /// Brings decided replays of refused records into bronze, and tells the listeners.
  Status AppendReplays(const ingest::EndpointKey& endpoint);

  /// Closes the present cut early and calls back once `offset` is in bronze (durability.md §4.5).
  void WhenLanded(const ingest::EndpointKey& endpoint, lake::Offset offset, Landed landed);

  void OnFramesSynced(const ingest::EndpointKey& endpoint, const ingest::TailState& state) override;
  void OnPressure() override;

 private:
  struct Waiter {
    lake::Offset offset;
    Landed landed;
  };
  struct EndpointState {
    std::optional<lake::Offset> landed_upto;
    uint64_t entry = 0;
    std::vector<Waiter> waiters;
    bool replays_looked_for = false;  ///< those that an earlier process decided
  };

  Status AppendLeftReplays(const ingest::EndpointKey& endpoint);
  Status Land(const ingest::EndpointKey& endpoint);
  void NoteLanded(const ingest::EndpointKey& endpoint, const Bronze::Landed& landed);
  void ScheduleRest(const ingest::EndpointKey& endpoint);
  std::chrono::milliseconds IntervalOf(const ingest::EndpointKey& endpoint) const;

  Dependencies dependencies_;
  std::vector<Listener> listeners_;
  Histogram& landing_seconds_;
  Counter& landed_rows_;
  std::mutex mutex_;
  std::map<ingest::EndpointKey, EndpointState> endpoints_;
  KeyedLoop loop_;
};

}  // namespace tarn::bronze
