// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/parquet_codec.h"

#include <algorithm>
#include <atomic>

#include "duckdb/catalog/catalog_entry/copy_function_catalog_entry.hpp"
#include "engine/duckdb/batch_from_chunk.h"
#include "engine/duckdb/buffer_file_system.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/parquet_file_writer.h"
#include "engine/duckdb/type_mapping.h"
#include "engine/query_engine.h"

namespace tarn::engine {

namespace {

/// What DuckDB says about a file it cannot read; our own errors stay what they are.
Error Corrupt(Error error) {
  if (error.code == ErrorCode::kResourceExhausted) return error;
  return Error{ErrorCode::kCorrupt, "not a readable Parquet file: " + error.message, {}};
}

}  // namespace

class DuckDbParquetCodec::Instance {
 public:
  Instance() {
    duckdb::DBConfig options;
    options.SetOptionByName("threads", duckdb::Value::BIGINT(1));
    options.SetOptionByName("autoload_known_extensions", duckdb::Value::BOOLEAN(false));
    options.SetOptionByName("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
    database_ = duckdb::make_uniq<duckdb::DuckDB>(nullptr, &options);
    auto buffers = duckdb::make_uniq<BufferFileSystem>();
    buffers_ = buffers.get();
    database_->instance->GetFileSystem().RegisterSubSystem(std::move(buffers));
    duckdb::Connection connection(*database_);
    if (auto result = connection.Query("SET enable_external_file_cache=false"); result->HasError())
      result->ThrowError();
  }

  duckdb::DuckDB& database() { return *database_; }
  BufferFileSystem& buffers() { return *buffers_; }
  std::string NewName() { return std::to_string(next_name_.fetch_add(1)); }

 private:
  duckdb::unique_ptr<duckdb::DuckDB> database_;
  BufferFileSystem* buffers_ = nullptr;  // owned by database_
  std::atomic<uint64_t> next_name_{0};
};

namespace {

/// A name in the buffers whose content goes when this does.
template <class Buffers>
class ScopedBuffer {
 public:
  ScopedBuffer(Buffers& buffers, std::string name, std::string content) : buffers_(buffers), name_(std::move(name)) {
    buffers_.Put(name_, std::move(content));
  }
  ~ScopedBuffer() { buffers_.Take(name_); }
  ScopedBuffer(const ScopedBuffer&) = delete;
  ScopedBuffer& operator=(const ScopedBuffer&) = delete;

  std::string path() const { return Buffers::PathOf(name_); }
  std::string Take() { return buffers_.Take(name_); }

 private:
  Buffers& buffers_;
  const std::string name_;
};

Status WriteRows(duckdb::Connection& connection, const std::string& path, const table::Schema& schema,
                 const table::ParquetCodec::RowSupplier& supplier) {
  Status status;
  connection.context->RunFunctionInTransaction([&] {
    auto& context = *connection.context;
    auto& entry =
        duckdb::Catalog::GetEntry<duckdb::CopyFunctionCatalogEntry>(context, SYSTEM_CATALOG, DEFAULT_SCHEMA, "parquet");
    ParquetFileWriter writer(context, {.parquet = entry.function, .path = path}, schema);
    table::BatchView batch;
    while (true) {
      auto more = supplier(batch);
      if (!more) {
        status = Fail(std::move(more).error());
        return;
      }
      if (!*more) break;
      writer.Append(batch);
    }
    writer.Finish();
  });
  return status;
}

/// The columns of the file at `path` that `wanted` names; empty when it has none of them.
Result<std::string> SelectList(duckdb::Connection& connection, const std::string& path,
                               std::span<const std::string> wanted) {
  const auto prepared = connection.Prepare("SELECT * FROM parquet_scan(" + QuoteLiteral(path) + ")");
  if (prepared->HasError()) return Fail(Corrupt(FromDuckDb(prepared->error)));
  std::string list;
  for (const auto& name : prepared->GetNames()) {
    if (std::ranges::find(wanted, name) != wanted.end()) list += (list.empty() ? "" : ", ") + QuoteIdentifier(name);
  }
  return list;
}

Status ReadRows(duckdb::Connection& connection, const std::string& path, std::span<const std::string> wanted,
                const table::ParquetCodec::RowConsumer& consumer) {
  TARN_ASSIGN(const auto list, SelectList(connection, path, wanted));
  if (list.empty()) return {};
  const auto result = connection.SendQuery("SELECT " + list + " FROM parquet_scan(" + QuoteLiteral(path) + ")");
  if (result->HasError()) return Fail(Corrupt(FromDuckDb(result->GetErrorObject())));
  ChunkView view(result->types);
  table::Schema schema;
  for (size_t i = 0; i < result->names.size(); ++i) {
    schema.fields.push_back(table::Field{0, result->names[i], view.type(i), true});
  }
  duckdb::unique_ptr<duckdb::DataChunk> chunk;
  table::BatchView batch;
  while (true) {
    duckdb::ErrorData error;
    if (!result->TryFetch(chunk, error)) return Fail(Corrupt(FromDuckDb(error)));
    if (!chunk || chunk->size() == 0) return {};
    view.View(*chunk, batch);
    TARN_TRY(consumer(schema, batch));
  }
}

}  // namespace

DuckDbParquetCodec::DuckDbParquetCodec() = default;
DuckDbParquetCodec::~DuckDbParquetCodec() = default;

Result<std::shared_ptr<DuckDbParquetCodec::Instance>> DuckDbParquetCodec::Start() {
  const std::lock_guard lock(mutex_);
  return CatchDuckDb([&]() -> Result<std::shared_ptr<Instance>> {
    if (instance_ == nullptr) instance_ = std::make_shared<Instance>();
    return instance_;
  });
}

Result<uint64_t> DuckDbParquetCodec::Write(store::ObjectStore& store, const std::string& key,
                                           const table::Schema& schema, const RowSupplier& supplier) {
  TARN_ASSIGN(const auto instance, Start());
  ScopedBuffer buffer(instance->buffers(), instance->NewName(), "");
  TARN_TRY(CatchDuckDb([&]() -> Status {
    duckdb::Connection connection(instance->database());
    return WriteRows(connection, buffer.path(), schema, supplier);
  }));
  TARN_ASSIGN(const auto writer, store.OpenWriter(key));
  TARN_TRY(writer->Append(buffer.Take()));
  return writer->Finish();
}

Status DuckDbParquetCodec::Read(store::ObjectStore& store, const std::string& key, std::span<const std::string> columns,
                                const RowConsumer& consumer) {
  TARN_ASSIGN(auto content, store.Get(key));
  TARN_ASSIGN(const auto instance, Start());
  ScopedBuffer buffer(instance->buffers(), instance->NewName(), std::move(content));
  return CatchDuckDb([&]() -> Status {
    duckdb::Connection connection(instance->database());
    return ReadRows(connection, buffer.path(), columns, consumer);
  });
}

}  // namespace tarn::engine
