// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/row_file.h"

#include <numeric>

#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/object_file_system.h"
#include "engine/duckdb/parquet_file_writer.h"
#include "engine/duckdb/parquet_statement.h"
#include "engine/duckdb/session_state.h"
#include "engine/duckdb/written_file.h"

namespace tarn::engine {

namespace {

Status AppendAll(ParquetFileWriter& writer, RowSource& rows, size_t column_count) {
  std::vector<size_t> columns(column_count);
  std::iota(columns.begin(), columns.end(), size_t{0});
  for (size_t unit = 0; unit < rows.unit_count(); ++unit) {
    TARN_ASSIGN(const auto reader, rows.Open(unit, columns));
    table::BatchView batch;
    for (;;) {
      TARN_ASSIGN(const bool more, reader->Next(batch));
      if (!more) break;
      writer.Append(batch);
    }
  }
  return {};
}

/// A connection that may write the parts.
class WritingConnection {
 public:
  WritingConnection(EngineCore& core, std::shared_ptr<ParquetParts> parts) : connection_(core.pool().Acquire()) {
    auto session = duckdb::make_shared_ptr<SessionState>();
    session->set_parts(std::move(parts));
    connection_->context->registered_state->Insert(SessionState::kName, std::move(session));
  }
  ~WritingConnection() { connection_->context->registered_state->Remove(SessionState::kName); }
  WritingConnection(const WritingConnection&) = delete;
  WritingConnection& operator=(const WritingConnection&) = delete;

  duckdb::ClientContext& context() { return *connection_->context; }

 private:
  std::shared_ptr<duckdb::Connection> connection_;
};

Status WritePart(EngineCore& core, const RowWriteRequest& request, const std::shared_ptr<ParquetParts>& parts) {
  auto& part = parts->Begin();
  const ParquetFileWriter::Target target{core.parquet_copy(), ObjectFileSystem::PathOf(parts->KeyOf(part)), "zstd",
                                         &part.statistics, kMergeZstdLevel};
  return CatchDuckDb([&]() -> Status {
    WritingConnection connection(core, parts);
    Status status;
    connection.context().RunFunctionInTransaction([&] {
      ParquetFileWriter writer(connection.context(), target, request.schema);
      status = AppendAll(writer, request.rows, request.schema.fields.size());
      if (status) writer.Finish();
    });
    return status;
  });
}

}  // namespace

Result<PreparedParquet> PrepareRowFile(EngineCore& core, const RowWriteRequest& request) {
  for (const auto& field : request.schema.fields) {
    if (field.type.is_nested()) return Fail(ErrorCode::kInvalidArgument, "a nested column: " + field.name);
  }
  const ParquetParts::Limits limits{.target_size_bytes = 0, .held_bytes = Workspace::kMaxPendingBytes};
  const auto parts = std::make_shared<ParquetParts>(core.parquet_copy(), request.location, limits);
  if (auto written = WritePart(core, request, parts); !written) {
    DiscardParts(*parts, core.store());
    return Fail(std::move(written).error());
  }
  return TakeParts(*parts, request.schema);
}

}  // namespace tarn::engine
