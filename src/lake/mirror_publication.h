// SPDX-License-Identifier: Apache-2.0
#pragma once
// One commit that brings a mirror to a version of its table: the difference between both, deletes in the mirror's own
// form, and the proof that its readers will count the table's rows (docs/adr/0018). Thread-compatible.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "table/deleted_rows.h"
#include "table/format.h"

namespace tarn::lake {

/// Table property of a mirror: the format of the table it shows. Nobody takes it for the table.
inline constexpr const char* kMirrorOfProperty = "tarn.mirror-of";
/// Transaction of a mirror: number of the table's version it shows (Snapshot::version).
inline constexpr const char* kMirroredVersion = "tarn-mirror";
/// Transaction of a mirror: that version's name in the table's history (Snapshot::snapshot_id).
inline constexpr const char* kMirroredSnapshot = "tarn-mirror-snapshot";

bool IsMirror(const table::Snapshot& snapshot);

/// The columns by their own names only: a mirror finds them by field id, or by the name they always had.
table::Schema PlainSchema(const table::Schema& schema);

/// A file whose deletes in the table and in its mirror were found to be of the same rows.
struct AgreedFile {
  table::DataFilePtr in_table;
  table::DataFilePtr in_mirror;  ///< nullptr: the mirror left it out, because none of its rows is live
  int64_t live_rows = 0;
};
using AgreedFiles = std::map<std::string, AgreedFile, std::less<>>;  ///< by path

class MirrorPublication {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    table::TableFormat& format;  ///< the mirror's
    const std::string& location;
    Clock& clock;
    Randomness& randomness;
    table::ParquetCodec* parquet = nullptr;
    table::PositionDeleteCache& position_deletes;
  };

  /// `mirror`: what is built on. `agreed` spares comparing again; all of it is referred to.
  MirrorPublication(const Dependencies& dependencies, const AgreedFiles& agreed, const table::Snapshot& primary,
                    const table::SnapshotPtr& mirror);

  /// nullopt when the mirror shows this version, or a later one. kUnsupported names what the other format cannot show;
  /// kInternal: it would show other rows than the table has.
  Result<std::optional<table::CommitIntent>> Plan();

  /// What both hold after the commit.
  AgreedFiles AgreedAfter(const table::Snapshot& committed) const;

 private:
  Status CheckShowable() const;
  Status CheckFile(const table::DataFile& file) const;
  Result<codec::Bitmap64> DeletedRows(const table::DataFile& file);
  const AgreedFile* Known(const table::DataFilePtr& in_table, const table::DataFile* in_mirror) const;
  Status PlanFiles();
  Status Add(const table::DataFilePtr& file);
  Status Compare(const table::DataFilePtr& in_table, const table::DataFile& in_mirror);
  void AddFile(const table::DataFile& file, codec::Bitmap64 rows);
  Status WriteDeletes();
  Status ProveRows();

  const Dependencies& dependencies_;
  const AgreedFiles& agreed_;
  const table::Snapshot& primary_;
  const table::SnapshotPtr mirror_;
  table::CommitIntent intent_;
  std::vector<table::DataFilePtr> added_;
  std::unordered_set<std::string> renewed_;  ///< paths of files that leave the mirror and enter it again
  std::vector<table::RowDeletion> deletions_;
  std::map<std::string, int64_t, std::less<>> live_rows_;  ///< of the table's files, by path
};

}  // namespace tarn::lake
