// SPDX-License-Identifier: Apache-2.0
#include "table/snapshot.h"

#include <limits>

namespace tarn::table {
namespace {

/// Foreign logs may hold any number.
int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<int64_t>::max() : sum;
}

}  // namespace

int64_t Snapshot::RecordCount() const {
  int64_t total = 0;
  for (const DataFilePtr& file : files) {
    if (file->record_count < 0) return -1;
    total = SaturatingAdd(total, file->record_count);
  }
  return total;
}

int64_t Snapshot::SizeBytes() const {
  int64_t total = 0;
  for (const DataFilePtr& file : files) total = SaturatingAdd(total, file->size_bytes);
  return total;
}

}  // namespace tarn::table
