// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files of a table a merge reads, rewrites or marks (lake.md §4.4,
// docs/adr/0013). Pure functions over a snapshot's statistics; knows nothing of
// SQL or of how rows are marked.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "table/snapshot.h"
#include "table/value.h"

namespace tarn::silver {

/// Values of one column lie in [lower, upper]; both are NULL while there are none.
struct KeyRange {
  std::string column;
  table::Value lower;
  table::Value upper;
};
using KeyRanges = std::vector<KeyRange>;

/// Widens `range` by one value that is not NULL.
void Include(KeyRange& range, const table::Value& value);

/// Files whose statistics leave room for a key in `keys`.
std::vector<table::DataFilePtr> CandidateFiles(const table::Snapshot& snapshot, const KeyRanges& keys);

/// Whether every row of `files` has a value of the column that is below `range`.
bool AllBelow(const table::Snapshot& snapshot, const std::vector<table::DataFilePtr>& files, const KeyRange& range);

/// Rows of one file that a commit takes out.
struct FileHits {
  table::DataFilePtr file;
  uint64_t rows = 0;
  /// Deleted before; unset: what the metadata says. A position delete file counts the rows of all its data files.
  std::optional<uint64_t> deleted = std::nullopt;
};

/// How a table's rows are taken out.
enum class RemovalMode {
  kRewriteAll,  ///< every file of the table is written anew, as a widened column
                ///< wants it
  kRewrite,     ///< copy-on-write: the files that hold them are written anew
  kMark         ///< merge-on-read: the rows are marked as deleted where that is cheaper
};

struct FilePlan {
  std::vector<table::DataFilePtr> drop;     ///< no row is left: taken out of the table unread
  std::vector<table::DataFilePtr> rewrite;  ///< what is left of them is written again
  std::vector<table::DataFilePtr> mark;
};

/// What marking is worth (docs/adr/0013).
struct CostRule {
  /// Rewriting a file below this costs no more than reading it to find the rows.
  int64_t always_rewrite_bytes = 64LL << 10;
  /// A file is rewritten from this share of deleted rows on: one in so many.
  uint64_t rewrite_share = 3;
  /// A file of fewer rows gets no key filter: opening it costs no more than reading one.
  int64_t min_filtered_rows = 1024;
};

/// Applies the cost rule: a file is rewritten when it is small, when so
/// large a share of its rows is deleted that reading around them costs more
/// than writing the rest once, or when it has many delete files. Small files of
/// a full tier are rewritten along (FilesToAbsorb).
FilePlan PlanRemovals(const table::Snapshot& snapshot, const std::vector<FileHits>& hits, RemovalMode mode,
                      const CostRule& rule);

/// Small files that a commit which writes anyway folds in: as many as a tier
/// holds, once it is full. Tiers grow by a constant factor of rows, so each row
/// is folded a bounded number of times, however many commits there are.
std::vector<table::DataFilePtr> FilesToAbsorb(const table::Snapshot& snapshot);

}  // namespace tarn::silver
