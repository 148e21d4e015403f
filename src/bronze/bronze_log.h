// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bronze log of one endpoint: the series that decides what is in bronze (durability.md §4). Loads the newest
// checkpoint and the entries behind it; older entries are read when somebody asks for them, replaced ones not at all,
// and only the newest are remembered. Thread-safe.

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

/// An entry whose objects count.
struct NumberedEntry {
  uint64_t number = 0;  ///< in the log
  LogEntryPtr entry;
  uint64_t skip_rows = 0;  ///< of its first rows, which the reader has already

  /// Numbers that its first and last rows have: a replacing entry's rows keep theirs.
  uint64_t first_position() const;
  uint64_t last_position() const;
  uint64_t rows() const { return entry->rows() - skip_rows; }
};

/// What is in bronze at one moment.
struct LogView {
  LogSummary summary;
  std::vector<NumberedEntry> entries;  ///< in the order of their rows
};

class BronzeLog {
 public:
  static constexpr uint64_t kCheckpointInterval = 100;
  /// Entries in memory at most, about a kilobyte each.
  static constexpr uint64_t kRememberedEntries = 5'000;

  BronzeLog(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table);

  /// The log as it is now; probes the series as durability.md §1.2 says.
  Result<LogSummary> Summary();

  /// Entries with rows behind position `after`; an entry that has rows before it as well skips those.
  Result<LogView> View(uint64_t after = 0);

  /// Replacing entries whose `gone` is still to be deleted, ascending.
  Result<std::vector<NumberedEntry>> Unswept();

  /// Puts `entry` behind the head and returns its number. `guard` runs right before the put. kConflict when another
  /// node was faster and the entry's `after` no longer fits, or what it replaces is no longer live.
  Result<uint64_t> Append(const LogEntry& entry, const std::function<Status()>& guard);

  /// Summary of the checkpoint at `number`; kNotFound when there is none.
  Result<LogSummary> CheckpointSummary(uint64_t number);

  /// Keys of an entry and of the checkpoint at its number.
  std::string EntryKey(uint64_t number) const { return series_.name().KeyOf(number); }
  std::string CheckpointKey(uint64_t number) const;

 private:
  using Entries = std::map<uint64_t, LogEntryPtr>;

  Status Refresh();                          ///< reads entries put since the last look; mutex held
  Status LoadFromCheckpoint(uint64_t head);  ///< first look; mutex held
  Status Remember(uint64_t number, LogEntry entry);
  /// Makes sure that `older` and entries_ together hold all that count behind `after`; mutex held.
  Status ReadOlder(uint64_t after, Entries& older);
  /// Reads `number` and what is beside it in its checkpoint; returns the smallest number that was looked at.
  Result<uint64_t> ReadChunk(uint64_t number, Entries& older);
  /// The greatest number up to `number` that View or Unswept may ask for.
  uint64_t LastNeeded(uint64_t number) const;
  bool IsNeeded(uint64_t number, const LogEntry& entry) const;
  void Forget();  ///< what is not needed, and the oldest entries beyond kRememberedEntries
  Result<LogCheckpoint> ReadCheckpoint(uint64_t number);
  void WriteCheckpoint();  ///< best effort: losing one costs reading, never data

  store::ObjectStore& store_;
  store::Series series_;
  std::mutex mutex_;
  bool loaded_ = false;
  LogSummary summary_;
  uint64_t missing_checkpoint_ = 0;  ///< the last one that was not found
  uint64_t first_loaded_ = 1;        ///< all that is needed from this number on is in entries_
  Entries entries_;
};

}  // namespace tarn::bronze
