// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/parquet_files.h"

#include <algorithm>

#include "engine/duckdb/batch_from_chunk.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/source_file_system.h"
#include "engine/query_engine.h"

namespace tarn::engine {

namespace {

/// What DuckDB says about a file it cannot read; errors of the store and of memory stay what they are.
Error Unreadable(Error error) {
  switch (error.code) {
    case ErrorCode::kUnavailable:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kPermissionDenied:
    case ErrorCode::kNotFound:
      return error;
    default:
      return Error{ErrorCode::kInvalidArgument, "the Parquet file cannot be read: " + error.message, {}};
  }
}

constexpr const char* kRowNumber = "file_row_number";

/// The filter passes over row groups, unless a column of the file has the name of the row's number.
Result<std::string> SelectFrom(duckdb::Connection& connection, const std::string& path, uint64_t first_row) {
  const auto scan = "SELECT * FROM parquet_scan(" + QuoteLiteral(path) + ", hive_partitioning = false)";
  if (first_row == 0) return scan;
  const auto prepared = connection.Prepare(scan);
  if (prepared->HasError()) return Fail(Unreadable(FromDuckDb(prepared->error)));
  const auto& names = prepared->GetNames();
  const bool is_taken = std::ranges::any_of(
      names, [](const std::string& name) { return duckdb::StringUtil::CIEquals(name, kRowNumber); });
  if (is_taken) return scan + " OFFSET " + std::to_string(first_row);
  return scan + " WHERE " + kRowNumber + " >= " + std::to_string(first_row);
}

}  // namespace

class DuckDbParquetFiles::Instance {
 public:
  Instance() {
    duckdb::DBConfig options;
    options.SetOptionByName("threads", duckdb::Value::BIGINT(1));
    options.SetOptionByName("memory_limit", duckdb::Value(kMemoryLimit));
    options.SetOptionByName("temp_directory", duckdb::Value(""));
    options.SetOptionByName("autoload_known_extensions", duckdb::Value::BOOLEAN(false));
    options.SetOptionByName("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
    database_ = duckdb::make_uniq<duckdb::DuckDB>(nullptr, &options);
    auto sources = duckdb::make_uniq<SourceFileSystem>();
    sources_ = sources.get();
    database_->instance->GetFileSystem().RegisterSubSystem(std::move(sources));
    duckdb::Connection connection(*database_);
    if (auto result = connection.Query("SET enable_external_file_cache=false"); result->HasError())
      result->ThrowError();
  }

  duckdb::DuckDB& database() { return *database_; }
  SourceFileSystem& sources() { return *sources_; }

 private:
  duckdb::unique_ptr<duckdb::DuckDB> database_;
  SourceFileSystem* sources_ = nullptr;  // owned by database_
};

class DuckDbParquetFiles::Reader final : public RowReader {
 public:
  Reader(std::shared_ptr<Instance> instance, std::shared_ptr<store::ObjectReader> object, bool on_disk)
      : instance_(std::move(instance)),
        path_(instance_->sources().Lend(std::move(object), on_disk)),
        connection_(instance_->database()) {}
  ~Reader() override {
    chunk_.reset();
    result_.reset();
    instance_->sources().TakeBack(path_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Result<table::Schema> Begin(uint64_t first_row) {
    return CatchDuckDb([&]() -> Result<table::Schema> {
      TARN_ASSIGN(const auto sql, SelectFrom(connection_, path_, first_row));
      result_ = connection_.SendQuery(sql);
      if (result_->HasError()) return Fail(Unreadable(FromDuckDb(result_->GetErrorObject())));
      view_ = std::make_unique<ChunkView>(result_->types);
      table::Schema schema;
      for (size_t i = 0; i < result_->names.size(); ++i) {
        schema.fields.push_back(table::Field{0, result_->names[i], view_->type(i), true});
      }
      return schema;
    });
  }

  Result<std::map<std::string, std::string>> Notes() {
    return CatchDuckDb([&]() -> Result<std::map<std::string, std::string>> {
      const auto rows = connection_.Query("SELECT key, value FROM parquet_kv_metadata(" + QuoteLiteral(path_) + ")");
      if (rows->HasError()) return Fail(Unreadable(FromDuckDb(rows->GetErrorObject())));
      std::map<std::string, std::string> notes;
      for (duckdb::idx_t row = 0; row < rows->RowCount(); ++row) {
        const auto value = rows->GetValue(1, row);
        if (!value.IsNull()) notes[duckdb::StringValue::Get(rows->GetValue(0, row))] = duckdb::StringValue::Get(value);
      }
      return notes;
    });
  }

  Result<bool> Next(table::BatchView& batch) override {
    return CatchDuckDb([&]() -> Result<bool> {
      duckdb::ErrorData error;
      if (!result_->TryFetch(chunk_, error)) return Fail(Unreadable(FromDuckDb(error)));
      if (!chunk_ || chunk_->size() == 0) return false;
      view_->View(*chunk_, batch);
      return true;
    });
  }

 private:
  const std::shared_ptr<Instance> instance_;
  const std::string path_;
  duckdb::Connection connection_;
  duckdb::unique_ptr<duckdb::QueryResult> result_;
  std::unique_ptr<ChunkView> view_;
  duckdb::unique_ptr<duckdb::DataChunk> chunk_;
};

DuckDbParquetFiles::DuckDbParquetFiles(store::ObjectStore& store) : store_(store) {}
DuckDbParquetFiles::~DuckDbParquetFiles() = default;

Result<std::shared_ptr<DuckDbParquetFiles::Instance>> DuckDbParquetFiles::Start() {
  const std::lock_guard lock(mutex_);
  return CatchDuckDb([&]() -> Result<std::shared_ptr<Instance>> {
    if (instance_ == nullptr) instance_ = std::make_shared<Instance>();
    return instance_;
  });
}

Result<ParquetFiles::OpenedFile> DuckDbParquetFiles::Open(const std::string& key, uint64_t first_row) {
  TARN_ASSIGN(auto object, store_.OpenReader(key));
  TARN_ASSIGN(auto instance, Start());
  return CatchDuckDb([&]() -> Result<OpenedFile> {
    const bool on_disk = store_.max_staleness().count() == 0;
    auto reader = std::make_unique<Reader>(std::move(instance), std::move(object), on_disk);
    OpenedFile opened;
    TARN_ASSIGN(opened.schema, reader->Begin(first_row));
    opened.rows = std::move(reader);
    return opened;
  });
}

Result<std::map<std::string, std::string>> DuckDbParquetFiles::Notes(const std::string& key) {
  TARN_ASSIGN(auto object, store_.OpenReader(key));
  TARN_ASSIGN(auto instance, Start());
  return CatchDuckDb([&]() -> Result<std::map<std::string, std::string>> {
    return Reader(std::move(instance), std::move(object), store_.max_staleness().count() == 0).Notes();
  });
}

}  // namespace tarn::engine
