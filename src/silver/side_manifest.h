// SPDX-License-Identifier: Apache-2.0
#pragma once
// The side manifest a silver commit names: tombstones and where they begin, the last truncate, records the merge
// refused, cumulative counters (durability.md §5.2, docs/formats/side-manifest.md). Plain value and its JSON codec.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "bronze/number_ranges.h"
#include "quarantine/entry.h"

namespace tarn::silver {

/// A Parquet file of deleted keys: the key columns, `_sequence`, `_insert_date`.
struct TombstoneFile {
  std::string path;  ///< below the side folder, "data/{uuid}.parquet"
  int64_t size_bytes = 0;
  int64_t record_count = 0;
  bool operator==(const TombstoneFile&) const = default;
};

/// A place in the order of records, as a Parquet file of one row: `_sequence`, `_insert_date`.
struct PlaceFile {
  TombstoneFile file;
  Timestamp insert_date;
  bool operator==(const PlaceFile&) const = default;
};

/// Records the table has ever taken from bronze, by what became of them (lake.md, ledger).
struct Counters {
  uint64_t applied = 0;      ///< upserts that became the row of their key
  uint64_t superseded = 0;   ///< lost against a row, a tombstone or a later record of the same merge
  uint64_t deleted = 0;      ///< deletes and truncates that won
  uint64_t quarantined = 0;  ///< refused at ingest or by the merge
  uint64_t rolled_back = 0;  ///< were one of the first three until a rollback undid their merge (durability.md §5.7)

  uint64_t purged = 0;  ///< were one of the others until their key was erased

  uint64_t Sum() const { return applied + superseded + deleted + quarantined + rolled_back + purged; }
  void Add(const Counters& other) {
    applied += other.applied;
    superseded += other.superseded;
    deleted += other.deleted;
    quarantined += other.quarantined;
    rolled_back += other.rolled_back;
    purged += other.purged;
  }
  bool operator==(const Counters&) const = default;
};

/// How far the table was, and how its counters stood, when the last commit of an hour was planned.
struct HourMark {
  uint64_t through = 0;  ///< number of the last bronze-log entry in the table
  Timestamp at;
  Counters counters;

  bool operator==(const HourMark&) const = default;
};

struct SideManifest {
  static constexpr size_t kMaxObjects = 16;
  static constexpr size_t kMaxTombstoneFiles = kMaxObjects - 2;  ///< beside the two places
  static constexpr size_t kMaxHours = 25;  ///< a day and the hour that runs; the hours before become one interval

  std::vector<TombstoneFile> tombstones;
  std::optional<PlaceFile> truncated{};  ///< of the last truncate: what is older stays dead
  std::optional<PlaceFile> forgotten{};  ///< the greatest of the tombstones that retention has dropped
  std::vector<quarantine::EntryObject> refused;
  Counters counters;
  bronze::NumberRanges undone;  ///< bronze-log entries whose merges were rolled back
  std::vector<HourMark> hours;  ///< ascending; the last one says what `counters` does. Empty in manifests of version 2

  /// Closes or carries on the hour of `at` with the present counters (UTC).
  void MarkHour(uint64_t through, Timestamp at);
  /// Every file it names.
  std::vector<TombstoneFile> Files() const;
  /// The same, for those who copy them under other names.
  std::vector<TombstoneFile*> MutableFiles();
};

std::string EncodeSideManifest(const SideManifest& manifest);
Result<SideManifest> DecodeSideManifest(std::string_view text);

/// The name of a manifest: random, 63 bits.
int64_t NewSideNumber(Randomness& randomness);
/// Object name of the manifest that a commit calls `number` (Delta txn `tarn-side`).
std::string SideManifestName(int64_t number);

}  // namespace tarn::silver
