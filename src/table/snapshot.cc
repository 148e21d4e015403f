// SPDX-License-Identifier: Apache-2.0
#include "table/snapshot.h"

#include <algorithm>
#include <limits>

namespace tarn::table {
namespace {

/// Foreign logs may hold any number.
int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<int64_t>::max() : sum;
}

}  // namespace

int64_t DataFile::LiveRecordCount() const {
  if (deletes.empty()) return record_count;
  const DeleteFile& first = *deletes.front();
  if (deletes.size() > 1 || first.content != DeleteContent::kDeletionVector) return -1;
  if (record_count < 0 || first.record_count < 0 || first.record_count > record_count) return -1;
  return record_count - first.record_count;
}

bool DataFile::SameRows(const DataFile& other) const {
  return path == other.path &&
         std::ranges::equal(deletes, other.deletes,
                            [](const DeleteFilePtr& a, const DeleteFilePtr& b) { return a == b || *a == *b; });
}

int64_t Snapshot::RecordCount() const {
  int64_t total = 0;
  for (const DataFilePtr& file : files) {
    const int64_t rows = file->LiveRecordCount();
    if (rows < 0) return -1;
    total = SaturatingAdd(total, rows);
  }
  return total;
}

int64_t Snapshot::SizeBytes() const {
  int64_t total = 0;
  for (const DataFilePtr& file : files) total = SaturatingAdd(total, file->size_bytes);
  return total;
}

}  // namespace tarn::table
