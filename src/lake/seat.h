// SPDX-License-Identifier: Apache-2.0
#pragma once
// The node's seat: the right to write this lake from this data directory (durability.md §2.1). Taking it gives the
// process a new incarnation number; a process that finds another incarnation behind its own has lost the seat and must
// stop. Owned by app, thread-safe, lives as long as the process serves.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "lake/data_dir.h"
#include "store/disk.h"
#include "store/object_store.h"
#include "store/series.h"

namespace tarn::lake {

struct SeatRequest {
  std::string lake_id;     ///< of the lake's document
  std::string data_dir;    ///< created when absent
  bool take_over = false;  ///< accept that another node was the last one to serve this lake
};

class Seat {
 public:
  /// Locks the data directory, binds it to the lake and puts a new incarnation. References outlive the seat.
  /// kFailedPrecondition: the directory is in use, belongs to another lake or is a copy, or another node holds the lake
  /// and `take_over` is not set. kCorrupt: the directory's own files cannot be read.
  static Result<std::unique_ptr<Seat>> Take(store::ObjectStore& store, store::Disk& disk, Clock& clock,
                                            Randomness& randomness, const SeatRequest& request);

  uint64_t incarnation() const { return incarnation_; }
  const std::string& node_id() const { return identity_.node_id; }
  const std::string& lake_id() const { return identity_.lake_id; }
  const std::string& data_dir() const { return data_dir_; }
  /// Earlier incarnations of this node, ascending; their records may still be in the data directory.
  const std::vector<uint64_t>& previous_incarnations() const { return previous_; }

  /// To be called right before every bronze or table commit. kFailedPrecondition once the seat is lost (then for ever,
  /// and `on_lost` has run); store errors as they are (the caller may not commit then either).
  Status CheckStillMine();

  /// Runs once, on the thread that found out; the process must stop at once. Set before the seat is shared.
  void OnLost(std::function<void(const Error&)> on_lost) { on_lost_ = std::move(on_lost); }

 private:
  Seat(store::ObjectStore& store, Clock& clock, std::string data_dir);
  Status Lose(uint64_t found);

  store::ObjectStore& store_;
  Clock& clock_;
  const std::string data_dir_;
  std::unique_ptr<store::DiskLock> lock_;
  NodeIdentity identity_;
  uint64_t incarnation_ = 0;
  std::vector<uint64_t> previous_;
  store::Series series_;
  std::function<void(const Error&)> on_lost_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point listed_at_;
  std::atomic<bool> lost_{false};
};

}  // namespace tarn::lake
