// SPDX-License-Identifier: Apache-2.0
#pragma once
// Mirrors: the metadata of another format over the same data files, for readers that know only that one (lake.md §5.1,
// docs/adr/0018). The table alone decides about commits; its mirror is derived from it, carries the version it shows,
// and never holds a commit up. Owned by app; thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lake/mirror_publication.h"
#include "table/table.h"

namespace tarn::lake {

/// Table property of a mirrored table: the format of its mirror.
inline constexpr const char* kMirrorProperty = "tarn.mirror";

/// The format a table asks to be mirrored into; empty = none.
std::string MirrorFormatOf(const table::Snapshot& snapshot);

class Mirrors {
 public:
  struct Dependencies {
    Clock& clock;
    Randomness& randomness;
    table::ParquetCodec* parquet = nullptr;  ///< reads position delete files
    std::vector<table::TableFormat*> formats;
  };

  explicit Mirrors(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  /// Brings the mirror of the table at `location` to `newest`, a snapshot of it; nothing to do when there is none, or
  /// when it shows that snapshot or a later one. What goes wrong is logged and kept as FailureOf: the table does not
  /// wait for its mirror.
  void Publish(store::ObjectStore& store, const std::string& location, const table::SnapshotPtr& newest);

  /// As its format's AfterCommit, of the mirror.
  Status Maintain(store::ObjectStore& store, const std::string& location, const table::Snapshot& primary);

  /// The mirror as a table of its own, for those who read, check or expire it; nullptr when `primary` has none. May not
  /// exist yet.
  std::shared_ptr<table::Table> TableOf(store::ObjectStore& store, const std::string& location,
                                        const table::Snapshot& primary);

  /// Why the last Publish of this process left the mirror where it was; nullopt when it did not.
  std::optional<Error> FailureOf(const std::string& location);

 private:
  struct State {
    std::mutex turn;  ///< held by the one publication in flight, which alone uses what follows
    AgreedFiles agreed;
    std::shared_ptr<table::Table> table;  ///< set once
    std::optional<Error> failure;         ///< guarded by mutex_
  };
  State& StateOf(const std::string& location);
  Result<table::TableFormat*> FormatOf(const table::Snapshot& primary) const;
  Result<std::shared_ptr<table::Table>> Open(store::ObjectStore& store, const std::string& location,
                                             const table::Snapshot& primary);
  Status TryPublish(store::ObjectStore& store, const std::string& location, const table::SnapshotPtr& newest);
  void Remember(State& state, const std::string& location, const Status& outcome);

  const Dependencies dependencies_;
  table::PositionDeleteCache position_deletes_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<State>> states_;  ///< by location
};

}  // namespace tarn::lake
