// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the entries of a quarantine log come to up to one of them: the log's memory, and in JSON its checkpoint
// (docs/formats/quarantine.md). Plain value.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarantine/state_change.h"

namespace tarn::quarantine {

/// What the log says of one record.
struct RecordState {
  std::string status;              ///< empty: as it was refused
  std::optional<size_t> payloads;  ///< in StateFold::objects: holds the record as it is now; unset: as it was refused

  bool operator==(const RecordState&) const = default;
};

/// A replay as bronze must have it.
struct Replay {
  uint64_t number = 0;  ///< of the log entry
  EntryObject payloads;
  uint64_t generation = 0;
  uint64_t contract_version = 0;

  bool operator==(const Replay&) const = default;
};

struct StateFold {
  uint64_t head = 0;  ///< number of the last entry in it
  std::map<std::string, RecordState> states;
  std::vector<Replay> replays;       ///< ascending
  std::vector<EntryObject> objects;  ///< that the log names

  /// Adds entry head + 1.
  void Add(const StateChange& change);
  bool operator==(const StateFold&) const = default;

 private:
  void Replace(const std::string& key, const EntryObject& object);
};

std::string EncodeStateCheckpoint(const StateFold& fold);
/// kCorrupt or, of a later version, kUnsupported.
Result<StateFold> DecodeStateCheckpoint(std::string_view text);

}  // namespace tarn::quarantine
