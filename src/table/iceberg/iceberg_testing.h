// SPDX-License-Identifier: Apache-2.0
#pragma once
// Builders for tests of the Iceberg format: schemas, data files, intents, tables on a memory store. For *_test.cc files
// only.

#include <string>

#include "base/random.h"
#include "table/iceberg/iceberg_format.h"
#include "table/iceberg/iceberg_state.h"
#include "table/table_testing.h"

namespace tarn::table::iceberg {

inline Schema OrdersSchema() {
  return {.fields = {FieldOf(1, "order_id", Scalar(TypeKind::kString), false), FieldOf(2, "amount", Decimal(38, 9)),
                     FieldOf(3, "items", Scalar(TypeKind::kJson)), FieldOf(4, "at", Scalar(TypeKind::kTimestamp)),
                     FieldOf(5, "n", Scalar(TypeKind::kInt64))}};
}

inline DataFile DataFileOf(const std::string& name, int64_t rows = 3) {
  DataFile file;
  file.path = "data/" + name + ".parquet";
  file.size_bytes = 1000 + rows;
  file.record_count = rows;
  ColumnStats stats;
  stats.null_count = 1;
  stats.lower = int64_t{-5};
  stats.upper = int64_t{70};
  stats.exact = true;
  file.stats.emplace(5, std::move(stats));
  return file;
}

inline CommitIntent CreateIntent(Schema schema = OrdersSchema()) {
  CommitIntent intent = IntentOf("CREATE");
  intent.schema = std::move(schema);
  return intent;
}

inline CommitIntent Append(const std::string& name, int64_t rows = 3) {
  CommitIntent intent = IntentOf("WRITE");
  intent.add = {DataFileOf(name, rows)};
  return intent;
}

inline const TableMetadata& MetadataOf(const Snapshot& snapshot) { return *StateOf(snapshot).metadata; }

inline const StringMap& SummaryOf(const Snapshot& snapshot) { return MetadataOf(snapshot).CurrentSnapshot()->summary; }

}  // namespace tarn::table::iceberg
