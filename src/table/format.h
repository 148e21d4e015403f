// SPDX-License-Identifier: Apache-2.0
#pragma once
// The table format port: a pure planner that turns (snapshot, intent) into objects to put and the one conditional put
// that decides, and a loader that reads what is there. Implemented by table/delta and table/iceberg; thread-safe.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "codec/bitmap64.h"
#include "store/object_store.h"
#include "table/pending_object.h"
#include "table/history.h"
#include "table/snapshot.h"

namespace tarn::table {

/// More rows of a live data file are deleted. The object that says which is already in the store.
struct FileDeletes {
  std::string path;  ///< of a file in the snapshot that is built on, or of one in CommitIntent::add
  DeleteFile file;
  bool replaces = false;          ///< holds all that the file's earlier vectors and position deletes do
  int64_t object_size_bytes = 0;  ///< kDeletionVector: of the whole object that holds it; 0 = not known
};

/// Which rows of one live data file shall be deleted.
struct RowDeletion {
  std::string path;
  codec::Bitmap64 rows;   ///< all deleted positions after the commit, those deleted before included
  codec::Bitmap64 added;  ///< the new ones among them
};

/// What one commit shall change. Data files are already in the store, or among `pending`.
struct CommitIntent {
  std::string operation;         ///< "CREATE", "WRITE", "MERGE", "OVERWRITE" …, for the history
  std::string format{};          ///< TableFormat::name a table that is created gets; empty = the default
  std::optional<Schema> schema;  ///< set: create the table or change its schema (ids already assigned)
  std::vector<DataFile> add;
  std::vector<std::string> remove;  ///< paths of the snapshot's files
  std::vector<FileDeletes> deletes;
  /// Put in one round with the format's own objects, before the put that decides (durability.md §1.4).
  std::vector<PendingObject> pending;
  /// Where the rows of `remove` were read, when that is not the snapshot the commit builds on (compaction): a file
  /// whose deletes changed since makes the commit fail with kConflict, so that none comes back (durability.md §5.4).
  SnapshotPtr rewritten_from;
  bool data_change = true;  ///< false for compaction
  std::map<std::string, int64_t> transactions;
  std::map<std::string, std::string> properties;  ///< merged over the snapshot's
  std::map<std::string, std::string> metrics;     ///< free figures for the history
  /// Set: the table gets the files of this earlier snapshot of it, with the rows they had then, in place of its own;
  /// `add`, `remove` and `deletes` are empty (rollback, durability.md §5.7).
  SnapshotPtr restore{};
  /// Versions that leave the history (Table::Expire). kConflict when one of them has come to be needed.
  std::vector<int64_t> expire;
  Timestamp now;
  std::string commit_id;  ///< unique; recognises our own commit after a lost answer
};

/// Objects a plan needs and the put that decides.
struct CommitPlan {
  struct Object {
    std::string key;  ///< below the table's location
    std::string body;
  };
  std::vector<Object> objects;             ///< put before, in any order, under unique names
  Object decisive;                         ///< put-if-absent; its presence is the commit
  int64_t version = 0;                     ///< the version it makes
  std::shared_ptr<const void> prepared{};  ///< what the format keeps for Apply
};

/// How a format lets versions go.
struct ExpiryPlan {
  std::vector<int64_t> versions;     ///< of those asked for, the ones that can go now
  bool by_commit = false;            ///< they leave by the commit of an intent that names them in `expire`
  std::vector<std::string> objects;  ///< metadata only they need, below the table's location
  /// Objects that hold a number of the series: gone a day later (durability.md §1.3), of no use to anybody before.
  std::vector<std::string> numbers;
  /// Set: what stands for such an object (deleted and put) from when `objects` go until it goes itself.
  std::optional<std::string> number_stub;
};

class TableFormat {
 public:
  virtual ~TableFormat() = default;

  /// "delta" or "iceberg".
  virtual std::string_view name() const = 0;

  /// Newest snapshot of the table at `location` (key prefix without a trailing slash). `known` (may be null) is an
  /// older snapshot to go on from. A table that does not exist gives a snapshot with version -1, never kNotFound.
  /// kUnsupported names a feature we cannot read, kCorrupt a broken log.
  virtual Result<SnapshotPtr> Load(store::ObjectStore& store, const std::string& location,
                                   const SnapshotPtr& known) = 0;

  /// The snapshot whose id is `version`, of the table whose newest snapshot (which exists) is `newest`; kNotFound when
  /// it is not (any more) in its history.
  virtual Result<SnapshotPtr> LoadVersion(store::ObjectStore& store, const std::string& location,
                                          const SnapshotPtr& newest, int64_t version) = 0;

  /// Puts what the commit of `rows` needs before it is planned: one object of deletion vectors, or one position delete
  /// file. `base` is the snapshot the positions were found in; the result goes into CommitIntent::deletes.
  virtual Result<std::vector<FileDeletes>> WriteDeletes(store::ObjectStore& store, const std::string& location,
                                                        const Snapshot& base, std::span<const RowDeletion> rows,
                                                        Randomness& randomness) = 0;

  /// The plan for the version after `base`. Pure: no I/O. kUnsupported names a feature we cannot write.
  virtual Result<CommitPlan> Plan(const Snapshot& base, const std::string& location, const CommitIntent& intent) = 0;

  /// The snapshot that the plan's success makes, without reading it back.
  virtual Result<SnapshotPtr> Apply(const SnapshotPtr& base, const CommitIntent& intent, const CommitPlan& plan) = 0;

  /// Work off the commit path after `snapshot` was committed (checkpoints every 10 versions). Losing it loses nothing.
  virtual Status AfterCommit(store::ObjectStore& store, const std::string& location, const SnapshotPtr& snapshot) = 0;

  /// What belongs to the step of a commit without deciding it, such as a mirror: done once `snapshot` is committed,
  /// before anybody is told. It keeps what goes wrong to itself, because the commit stands.
  virtual void OnCommitted(store::ObjectStore& store, const std::string& location, const SnapshotPtr& snapshot);

  /// Ids of the versions that can still be loaded, oldest first. `newest` as in LoadVersion, here and below.
  virtual Result<std::vector<int64_t>> History(store::ObjectStore& store, const std::string& location,
                                               const SnapshotPtr& newest) = 0;

  /// What `version` of the history did to the version before it; kNotFound as LoadVersion.
  virtual Result<VersionChange> LoadChange(store::ObjectStore& store, const std::string& location,
                                           const SnapshotPtr& newest, int64_t version) = 0;

  /// The version of the history that was the newest at that instant; nullopt when none that is left is as old.
  virtual Result<std::optional<int64_t>> VersionAt(store::ObjectStore& store, const std::string& location,
                                                   const SnapshotPtr& newest, Timestamp at);

  /// Makes `kept` loadable without `expired` (together the whole history) and says what goes with the latter. Puts
  /// metadata if it must, deletes nothing; doing it twice is doing it once.
  virtual Result<ExpiryPlan> PrepareExpiry(store::ObjectStore& store, const std::string& location,
                                           const SnapshotPtr& newest, const std::set<int64_t>& kept,
                                           const std::set<int64_t>& expired) = 0;

  /// Objects of metadata below the table's location that some version needs, for the removal of orphans; nullopt: every
  /// object of the format's own is to be left alone.
  virtual Result<std::optional<std::set<std::string>>> MetadataInUse(store::ObjectStore& store,
                                                                     const std::string& location,
                                                                     const SnapshotPtr& newest);
};

}  // namespace tarn::table
