// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bronze log of one endpoint: the series that decides what is in bronze (durability.md §4). Loads the newest
// checkpoint and the entries behind it; older entries are read when somebody asks for them, and only the newest ones
// are remembered. Thread-safe.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bronze/log_entry.h"
#include "store/object_store.h"
#include "store/series.h"

namespace tarn::bronze {

using LogEntryPtr = std::shared_ptr<const LogEntry>;

struct NumberedEntry {
  uint64_t number = 0;
  LogEntryPtr entry;
};

class BronzeLog {
 public:
  static constexpr uint64_t kCheckpointInterval = 100;
  /// Entries in memory at most, about a kilobyte each.
  static constexpr uint64_t kRememberedEntries = 5'000;

  BronzeLog(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table);

  /// The log as it is now; probes the series as durability.md §1.2 says.
  Result<LogSummary> Summary();

  /// Entries with numbers in (after, upto], ascending; purged ones left out.
  Result<std::vector<NumberedEntry>> Entries(uint64_t after, uint64_t upto);

  /// Puts `entry` behind the head and returns its number. `guard` runs right before the put. kConflict when another
  /// node was faster and the entry's `after` no longer fits.
  Result<uint64_t> Append(const LogEntry& entry, const std::function<Status()>& guard);

 private:
  Status Refresh();                          ///< reads entries put since the last look; mutex held
  Status LoadFromCheckpoint(uint64_t head);  ///< first look; mutex held
  Status Remember(uint64_t number, LogEntry entry);
  /// Entries before those in memory with numbers above `after`, newest chunk first; mutex held.
  Result<std::map<uint64_t, LogEntryPtr>> ReadOlder(uint64_t after);
  void Forget();  ///< the oldest entries beyond kRememberedEntries, down to a checkpoint
  Result<LogCheckpoint> ReadCheckpoint(uint64_t number);
  void WriteCheckpoint();  ///< best effort: losing one costs reading, never data
  std::string CheckpointKey(uint64_t number) const;

  store::ObjectStore& store_;
  store::Series series_;
  std::mutex mutex_;
  bool loaded_ = false;
  LogSummary summary_;
  uint64_t first_loaded_ = 1;  ///< number of the oldest entry in entries_
  std::map<uint64_t, LogEntryPtr> entries_;
};

}  // namespace tarn::bronze
