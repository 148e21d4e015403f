// SPDX-License-Identifier: Apache-2.0
#pragma once
// Builders for tests of the Delta format: schemas, data files, intents, a table on a memory store, and a stand-in for
// the engine's Parquet codec. For *_test.cc files only.

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/random.h"
#include "table/delta/delta_format.h"
#include "table/table_testing.h"

namespace tarn::table::delta {

inline Schema OrdersSchema() {
  return {.fields = {FieldOf(1, "order_id", Scalar(TypeKind::kString), false), FieldOf(2, "amount", Decimal(38, 9)),
                     FieldOf(3, "items", Scalar(TypeKind::kJson)), FieldOf(4, "at", Scalar(TypeKind::kTimestamp))}};
}

inline DataFile FileOf(const std::string& name, int64_t rows = 3) {
  DataFile file;
  file.path = "data/" + name + ".parquet";
  file.size_bytes = 1000 + rows;
  file.record_count = rows;
  file.modified = kNow;
  return file;
}

/// With a commit id that golden files can name.
inline CommitIntent IntentOf(std::string operation) {
  CommitIntent intent = table::IntentOf(std::move(operation));
  intent.commit_id = "3f0c9f6e-5c1d-4f5e-9a55-1f0a6d7b2c11";
  return intent;
}

inline CommitIntent CreateIntent(Schema schema = OrdersSchema()) {
  CommitIntent intent = IntentOf("CREATE");
  intent.schema = std::move(schema);
  return intent;
}

/// Keeps the rows of "Parquet files" in memory and a marker object in the store. Thread-safe.
class FakeParquet final : public ParquetCodec {
 public:
  Result<uint64_t> Write(store::ObjectStore& store, const std::string& key, const Schema& schema,
                         const RowSupplier& supplier) override {
    File file{.schema = schema, .batches = {}};
    BatchView batch;
    while (true) {
      TARN_ASSIGN(const bool more, supplier(batch));
      if (!more) break;
      file.batches.push_back(std::make_shared<OwnedBatch>(schema, batch));
    }
    TARN_TRY(store.PutIfAbsent(key, "PAR1"));
    const std::lock_guard lock(mutex_);
    files_[key] = std::move(file);
    if (++writes_ % kWritesPerSweep == 0)
      std::erase_if(files_, [&](const auto& one) { return !store.Head(one.first); });
    return 4;
  }

  Status Read(store::ObjectStore& store, const std::string& key, std::span<const std::string> columns,
              const RowConsumer& consumer) override {
    TARN_TRY(store.Head(key));
    const std::lock_guard lock(mutex_);
    const File& file = files_.at(key);
    Schema schema;
    std::vector<size_t> picked;
    for (size_t i = 0; i < file.schema.fields.size(); ++i) {
      if (std::ranges::find(columns, file.schema.fields[i].name) == columns.end()) continue;
      schema.fields.push_back(file.schema.fields[i]);
      picked.push_back(i);
    }
    for (const auto& owned : file.batches) {
      const BatchView whole = owned->builder.View();
      BatchView batch{.rows = whole.rows, .columns = {}};
      for (const size_t i : picked) batch.columns.push_back(whole.columns[i]);
      TARN_TRY(consumer(schema, batch));
    }
    return {};
  }

 private:
  struct OwnedBatch {
    OwnedBatch(const Schema& schema, const BatchView& view) : builder(TypesOf(schema)) {
      for (size_t i = 0; i < view.columns.size(); ++i) Copy(view.columns[i], 0, view.rows, builder.column(i));
    }
    static std::vector<DataType> TypesOf(const Schema& schema) {
      std::vector<DataType> types;
      types.reserve(schema.fields.size());
      for (const Field& field : schema.fields) types.push_back(field.type);
      return types;
    }
    static void Copy(const ColumnView& from, uint64_t begin, uint64_t end, ColumnBuilder& to) {
      for (uint64_t row = begin; row < end; ++row) CopyRow(from, row, to);
    }
    static void CopyRow(const ColumnView& from, uint64_t row, ColumnBuilder& to) {
      if (!from.IsValid(row)) return to.AppendNull();
      switch (from.type->kind) {
        case TypeKind::kString:
          return to.AppendString(from.At<std::string_view>(row));
        case TypeKind::kInt32:
          return to.AppendInt32(from.At<int32_t>(row));
        case TypeKind::kInt64:
          return to.AppendInt64(from.At<int64_t>(row));
        case TypeKind::kBoolean:
          return to.AppendBool(from.At<uint8_t>(row) != 0);
        case TypeKind::kStruct:
          for (size_t i = 0; i < from.children.size(); ++i) CopyRow(from.children[i], row, to.child(i));
          return to.AppendStruct();
        default:
          break;
      }
      const auto entry = from.At<ListEntry>(row);
      for (size_t i = 0; i < from.children.size(); ++i) {
        Copy(from.children[i], entry.offset, entry.offset + entry.length, to.child(i));
      }
      to.AppendEntry();
    }
    BatchBuilder builder;
  };
  struct File {
    Schema schema;
    std::vector<std::shared_ptr<OwnedBatch>> batches;
  };

  static constexpr size_t kWritesPerSweep = 64;  ///< then rows of deleted objects go

  std::mutex mutex_;
  std::map<std::string, File> files_;
  size_t writes_ = 0;
};

}  // namespace tarn::table::delta
