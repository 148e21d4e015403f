// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/equality_deletes.h"

#include <algorithm>
#include <map>

#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/session_state.h"
#include "engine/query_engine.h"

namespace tarn::engine {

namespace {

using FieldIds = std::vector<int32_t>;

constexpr const char* kStored = "stored";

/// The columns of that ids, as the snapshot knows them.
Result<table::Schema> FieldsOf(const table::Snapshot& snapshot, const FieldIds& ids) {
  table::Schema schema;
  for (const int32_t id : ids) {
    const auto& fields = snapshot.schema.fields;
    const auto found = std::ranges::find(fields, id, &table::Field::id);
    if (found == fields.end()) {
      return Fail(ErrorCode::kUnsupported, "equality deletes on a column that is dropped or nested");
    }
    schema.fields.push_back(*found);
  }
  return schema;
}

/// These files as a table of their own, with nothing deleted and nothing known about values.
BoundTablePtr AsTable(const ScanTarget& target, table::Schema columns, std::vector<table::DataFilePtr> files) {
  auto bound = std::make_shared<BoundTable>();
  bound->visible = std::move(columns);
  bound->source = table::PinnedTable{target.pinned().location, target.pinned().snapshot, std::move(files)};
  return bound;
}

table::DataFilePtr WithoutDeletes(const table::DataFile& file) {
  auto copy = std::make_shared<table::DataFile>(file);
  copy->deletes.clear();
  return copy;
}

table::DataFilePtr ValuesOf(const table::DeleteFile& deletes) {
  auto file = std::make_shared<table::DataFile>();
  file->path = deletes.path;
  file->size_bytes = deletes.size_bytes;
  file->record_count = deletes.record_count;
  return file;
}

std::string ValuesName(size_t group) { return "deleted" + std::to_string(group); }

std::string Positions(const table::Schema& columns, const std::string& values) {
  std::string condition;
  for (const auto& field : columns.fields) {
    const auto name = QuoteIdentifier(field.name);
    condition += (condition.empty() ? "" : " AND ") + ("s." + name + " IS NOT DISTINCT FROM d." + name);
  }
  return "SELECT s.\"file;row\" FROM input." + std::string(kStored) + " s SEMI JOIN input." + values + " d ON " +
         condition;
}

/// Works for a statement that itself is at work on this thread.
Result<codec::Bitmap64> Collect(duckdb::Connection& connection, duckdb::ClientContext& asking, const std::string& sql) {
  auto pending = connection.PendingQuery(sql, false);
  if (pending->HasError()) return Fail(FromDuckDb(pending->GetErrorObject()));
  auto state = duckdb::PendingExecutionResult::RESULT_NOT_READY;
  while (!duckdb::PendingQueryResult::IsResultReady(state)) {
    if (asking.IsInterrupted()) connection.Interrupt();
    state = pending->ExecuteTask();
    if (state == duckdb::PendingExecutionResult::BLOCKED ||
        state == duckdb::PendingExecutionResult::NO_TASKS_AVAILABLE) {
      pending->WaitForTask();
    }
  }
  if (pending->HasError()) return Fail(FromDuckDb(pending->GetErrorObject()));
  const auto result = pending->Execute();
  if (result->HasError()) return Fail(FromDuckDb(result->GetErrorObject()));
  codec::Bitmap64 positions;
  while (const auto chunk = result->Fetch()) {
    if (chunk->size() == 0) break;
    chunk->Flatten();
    const auto* values = duckdb::FlatVector::GetData<int64_t>(chunk->data[0]);
    for (size_t i = 0; i < chunk->size(); ++i) positions.Add(static_cast<uint64_t>(values[i]));
  }
  return positions;
}

}  // namespace

Result<codec::Bitmap64> FindEqualityDeletes(duckdb::DuckDB& database, duckdb::ClientContext& asking,
                                            const ScanTarget& target, const table::DataFile& file) {
  std::map<FieldIds, std::vector<table::DataFilePtr>> groups;
  for (const auto& deletes : file.deletes) {
    if (deletes->content == table::DeleteContent::kEquality) {
      groups[deletes->equality_ids].push_back(ValuesOf(*deletes));
    }
  }
  const auto session = duckdb::make_shared_ptr<SessionState>();
  const auto& snapshot = *target.pinned().snapshot;
  session->AddInput(kStored, AsTable(target, snapshot.schema, {WithoutDeletes(file)}));
  std::string sql;
  size_t number = 0;
  for (auto& [ids, files] : groups) {
    TARN_ASSIGN(auto columns, FieldsOf(snapshot, ids));
    if (columns.fields.empty()) return Fail(ErrorCode::kCorrupt, "equality deletes without columns");
    const auto name = ValuesName(number++);
    sql += (sql.empty() ? "" : " UNION ALL ") + Positions(columns, name);
    session->AddInput(name, AsTable(target, std::move(columns), std::move(files)));
  }
  return CatchDuckDb([&]() -> Result<codec::Bitmap64> {
    duckdb::Connection connection(database);
    connection.context->registered_state->Insert(SessionState::kName, session);
    return Collect(connection, asking, sql);
  });
}

}  // namespace tarn::engine
