// SPDX-License-Identifier: Apache-2.0
#pragma once
// What became of refused records later: edited, replayed, discarded. One series for each endpoint,
// quarantine/{d}/{t}/_log/{n}; an entry changes many records (durability.md §6, docs/formats/quarantine.md).
// Thread-safe.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "quarantine/entry.h"
#include "store/object_store.h"
#include "store/series.h"

namespace tarn::quarantine {

/// One entry of the log.
struct StateChange {
  std::string id;  ///< random; tells our own entry after a lost answer
  Timestamp at;
  std::vector<std::string> records;
  std::string status;                   ///< what they are from now on: kReplayed or kDiscarded; empty = only edited
  std::optional<EntryObject> payloads;  ///< edited or replayed records as they are now, in the order of `records`
  uint64_t generation = 0;              ///< kReplayed: of the contract that the payloads were checked by
  uint64_t contract_version = 0;        ///< kReplayed
};

std::string EncodeStateChange(const StateChange& change);
Result<StateChange> DecodeStateChange(std::string_view text);

/// What the log says of one record.
struct RecordState {
  std::string status;                   ///< empty: as it was refused
  std::optional<EntryObject> payloads;  ///< holds the record as it is now; unset: as it was refused
};

/// A replay as bronze must have it.
struct Replay {
  uint64_t number = 0;  ///< of the log entry
  EntryObject payloads;
  uint64_t generation = 0;
  uint64_t contract_version = 0;
};

class StateLog {
 public:
  StateLog(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table);

  /// States of those of `records` that the log names, as it is now.
  Result<std::unordered_map<std::string, RecordState>> StatesOf(const std::vector<std::string>& records);

  /// Gives the change to make on these states; nullopt = nothing is left to do. Runs again when somebody else's change
  /// was first.
  using Plan =
      std::function<Result<std::optional<StateChange>>(const std::unordered_map<std::string, RecordState>& states)>;
  /// Puts the planned change behind the head. False: nothing was left to do.
  Result<bool> Append(const std::vector<std::string>& records, const Plan& plan);

  /// Replays behind entry `after`, ascending.
  Result<std::vector<Replay>> ReplaysBehind(uint64_t after);

  /// Records that were replayed or discarded.
  Result<std::unordered_set<std::string>> Handled();

  /// Objects that the log names.
  Result<std::vector<EntryObject>> Objects();

 private:
  Status Refresh();  ///< mutex held
  void Fold(uint64_t number, const StateChange& change);
  std::unordered_map<std::string, RecordState> Select(const std::vector<std::string>& records) const;

  store::Series series_;
  std::mutex mutex_;
  uint64_t head_ = 0;
  std::unordered_map<std::string, RecordState> states_;
  std::vector<Replay> replays_;
  std::vector<EntryObject> objects_;
};

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
