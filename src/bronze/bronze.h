// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bronze layer: its logs, what SQL sees of it (landed objects and the un-landed tail, pinned together), what a
// merge reads from it (durability.md §4, lake.md §3). Owned by app; thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/random.h"
#include "bronze/bronze_log.h"
#include "bronze/bronze_rows.h"
#include "bronze/cut.h"
#include "bronze/file_units.h"
#include "bronze/tail_units.h"
#include "contract/registry.h"
#include "ingest/tail.h"
#include "lake/catalog.h"
#include "quarantine/quarantine.h"
#include "quarantine/state_log.h"

namespace tarn::bronze {

struct FileCut;

/// What became of a dropped file.
struct TakenFile {
  std::string domain;
  std::string table;
  std::string key;  ///< of its object; empty when it has no rows
  FilePart part;    ///< of its last entry
  uint64_t first_entry = 0;
  uint64_t last_entry = 0;
  Timestamp taken_at;  ///< its last entry
};

class Bronze final : public lake::LayerTables {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    ingest::Tail& tail;
    contract::Registry& registry;
    Clock& clock;
    Randomness& randomness;
    std::string source;  ///< "node:{id}"
    uint64_t incarnation = 0;
    std::function<Status()> seat_check;       ///< before every entry (durability.md §2.1)
    quarantine::StateLogs& reviews;           ///< where replays are decided
    engine::ParquetFiles* parquet = nullptr;  ///< as FileSources::parquet
  };

  explicit Bronze(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  /// Newest contract, also of a deleted endpoint; nullptr when there never was one.
  contract::EndpointPtr EndpointOf(const std::string& domain, const std::string& table) const {
    return dependencies_.registry.FindLast(domain, table);
  }

  /// All endpoints whose data can be asked for.
  std::vector<ingest::EndpointKey> Endpoints() const;

  /// The endpoint's log; lives as long as this object.
  BronzeLog& LogOf(const std::string& domain, const std::string& table);

  /// Last offset of this node that the endpoint's log holds.
  Result<std::optional<lake::Offset>> LandedOffset(const std::string& domain, const std::string& table);

  struct Landed {
    uint64_t entry = 0;  ///< its number
    lake::Offset upto;   ///< last record it covers
    uint64_t rows = 0;
    bool more = false;  ///< a change of generation left frames for another cut
  };
  /// Lands at most `max_bytes` of the endpoint's tail as one entry and releases them from the log; nullopt when there
  /// was nothing to land.
  Result<std::optional<Landed>> LandOnce(const std::string& domain, const std::string& table, uint64_t max_bytes);

  /// Appends the replays of refused records that the quarantine log has decided and bronze lacks (durability.md §6).
  /// Returns the number of the last entry; nullopt when there was nothing to append.
  Result<std::optional<uint64_t>> AppendReplays(const std::string& domain, const std::string& table);

  /// Appends the next entry of a dropped file (LogEntry::file says which) with the quarantine objects it names; returns
  /// its number. kConflict when the endpoint's log has other rows of files by now.
  Result<uint64_t> AppendFilePart(const std::string& domain, const std::string& table, FileCut cut);
  /// Dropped files that are in bronze, in the order they were taken.
  Result<std::vector<TakenFile>> FilesOf(const std::string& domain, const std::string& table);
  /// What dropped files are read with, and readers of some that wait; for those that scan them.
  FileSources file_sources() const { return {dependencies_.store, dependencies_.parquet}; }
  ParkedFiles& parked_files() { return parked_files_; }

  /// Entries with rows behind position `after`, with at most about `max_object_bytes` of compressed objects (at least
  /// one entry).
  Result<std::vector<NumberedEntry>> EntriesToMerge(const std::string& domain, const std::string& table, uint64_t after,
                                                    uint64_t max_object_bytes);
  /// Rows of entries for a merge, in order.
  std::shared_ptr<engine::RowSource> RowsToMerge(const std::vector<NumberedEntry>& entries, RowLayout layout);

  /// Whether bronze or this node's log holds a record of the endpoint.
  Result<bool> HasRecords(const std::string& domain, const std::string& table);

  /// The last `rows` records, landed or not, oldest first.
  struct LastRecords {
    std::vector<RecordUnit> units;
    uint64_t skip = 0;  ///< records of the first unit that are before them
  };
  Result<LastRecords> Last(const std::string& domain, const std::string& table, uint64_t rows);

  /// Puts the entry after which everything before is gone (http-api.md §3.4 `purge`). Returns its number.
  Result<uint64_t> Purge(const std::string& domain, const std::string& table);

  /// Puts a replacing entry (BuildReplacement) and returns its number. kConflict when what it replaces is gone.
  Result<uint64_t> Replace(const std::string& domain, const std::string& table, LogEntry entry);

  /// What bronze holds at one moment: the log, and how many records of this node's log are still to land.
  struct Holdings {
    LogView log;
    uint64_t tail_rows = 0;
  };
  Result<Holdings> HoldingsOf(const std::string& domain, const std::string& table);

  /// Refused records named by the log, then those of the synced tail.
  Result<std::vector<quarantine::EntryUnit>> QuarantineUnits(const std::string& domain, const std::string& table);

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain) override;

  /// The records of these entries, lines and dropped files alike.
  std::vector<RecordUnit> UnitsOf(const std::vector<NumberedEntry>& entries);

 private:
  struct Pinned {
    TailPinPtr tail;
    size_t first_unlanded = 0;
    LogView log;
  };
  /// Tail first, then the log, so that a record that lands between the two is seen once (lake.md §3.3).
  Result<Pinned> Pin(const std::string& domain, const std::string& table);
  Result<std::vector<ObservedField>> FieldsOf(const contract::EndpointPtr& endpoint, const Pinned& pinned);
  Status PublishWidened(const std::string& domain, const std::string& table, const VersionRange& range,
                        const WiderColumns& widened);
  Status PutObjects(const std::vector<Cut::Object>& objects);
  Result<uint64_t> AppendReplay(const std::string& domain, const std::string& table, const quarantine::Replay& replay,
                                const std::optional<lake::Offset>& after);
  /// Signs the entry and puts it; returns its number.
  Result<uint64_t> Append(const std::string& domain, const std::string& table, LogEntry& entry);

  /// Unknown fields of the tail, observed once per frame.
  struct TailFields {
    std::optional<lake::Offset> upto;
    std::vector<ObservedField> fields;
  };

  Dependencies dependencies_;
  std::mutex mutex_;
  std::map<ingest::EndpointKey, std::unique_ptr<BronzeLog>> logs_;
  std::map<ingest::EndpointKey, TailFields> tail_fields_;
  ParkedFiles parked_files_;
};

}  // namespace tarn::bronze
