// SPDX-License-Identifier: Apache-2.0
#pragma once
// What became of refused records later: edited, replayed, discarded. One series for each endpoint,
// quarantine/{d}/{t}/_log/{n}; an entry changes many records (durability.md §6, docs/formats/quarantine.md). Every so
// many entries a checkpoint is put beside them, so that a reader need not fold all. Thread-safe.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "quarantine/state_fold.h"
#include "store/object_store.h"
#include "store/series.h"

namespace tarn::quarantine {

class StateLog {
 public:
  static constexpr uint64_t kCheckpointInterval = 100;

  StateLog(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table);

  /// What the log comes to now; it does not change any more.
  Result<std::shared_ptr<const StateFold>> Pin();

  /// Gives the change to make on these states; nullopt = nothing is left to do. Runs again when somebody else's change
  /// was first.
  using Plan = std::function<Result<std::optional<StateChange>>(const StateFold& now)>;
  /// Puts the planned change behind the head. False: nothing was left to do.
  Result<bool> Append(const Plan& plan);

  /// Replays behind entry `after`, ascending.
  Result<std::vector<Replay>> ReplaysBehind(uint64_t after);

  /// Records that were replayed or discarded.
  Result<std::unordered_set<std::string>> Handled();

  /// Objects that the log names.
  Result<std::vector<EntryObject>> Objects();

 private:
  // With the mutex held:
  Status Refresh();
  Status LoadCheckpoint(uint64_t head);
  StateFold& Writable();

  void PutCheckpoint(uint64_t number);

  store::ObjectStore& store_;
  store::Series series_;
  std::mutex mutex_;
  std::shared_ptr<StateFold> fold_ = std::make_shared<StateFold>();  ///< copied before it changes while it is pinned
};

/// Key of the checkpoint beside entry `number` of a quarantine log.
std::string StateCheckpointKey(const store::SeriesName& log, uint64_t number);

/// The logs of all endpoints.
class StateLogs {
 public:
  StateLogs(store::ObjectStore& store, Clock& clock) : store_(store), clock_(clock) {}

  /// Lives as long as this object.
  StateLog& Of(const std::string& domain, const std::string& table);

 private:
  store::ObjectStore& store_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<StateLog>> logs_;
};

}  // namespace tarn::quarantine
