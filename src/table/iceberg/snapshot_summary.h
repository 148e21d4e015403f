// SPDX-License-Identifier: Apache-2.0
#pragma once
// The summary of a snapshot (Iceberg spec, Appendix F "Optional Snapshot Summary Fields"): what the commit changed and
// what the table holds after it. Pure.

#include <cstdint>
#include <string>

#include "table/format.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::table::iceberg {

/// Files, rows and bytes of one kind that a commit adds and removes.
struct FileCounts {
  int64_t files = 0;
  int64_t records = 0;
  int64_t bytes = 0;

  void Add(int64_t more_records, int64_t more_bytes) {
    ++files;
    records += more_records;
    bytes += more_bytes;
  }
};

struct SnapshotChanges {
  FileCounts added_data;
  FileCounts removed_data;
  FileCounts added_deletes;  ///< position delete files and deletion vectors
  FileCounts removed_deletes;
  FileCounts removed_equality_deletes;
  bool adds_vectors = false;  ///< the deletes are deletion vectors
};

/// `base` is the snapshot that is built on: its totals go on, or are counted from its files when its writer gave none.
StringMap SummaryOf(const SnapshotChanges& changes, const CommitIntent& intent, const Snapshot& base);

}  // namespace tarn::table::iceberg
