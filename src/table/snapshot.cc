// SPDX-License-Identifier: Apache-2.0
#include "table/snapshot.h"

namespace tarn::table {

int64_t Snapshot::RecordCount() const {
  int64_t total = 0;
  for (const DataFilePtr& file : files) {
    if (file->record_count < 0) return -1;
    total += file->record_count;
  }
  return total;
}

int64_t Snapshot::SizeBytes() const {
  int64_t total = 0;
  for (const DataFilePtr& file : files) total += file->size_bytes;
  return total;
}

}  // namespace tarn::table
