// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/row_scan.h"

#include <atomic>

#include "engine/duckdb/batch_to_vector.h"
#include "engine/duckdb/error_mapping.h"

namespace tarn::engine {

namespace {

using duckdb::ClientContext;
using duckdb::DataChunk;

// Guessed rows of a unit whose source does not know its count; only join orders depend on it.
constexpr duckdb::idx_t kGuessedRowsPerUnit = 10'000;

struct RowBindData final : duckdb::TableFunctionData {
  RowBindData(ScanTargetPtr scan_target, duckdb::TableCatalogEntry& table_entry)
      : target(std::move(scan_target)), entry(table_entry) {}

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    return duckdb::make_uniq<RowBindData>(target, entry);
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    return target->rows() == other.Cast<RowBindData>().target->rows();
  }
  bool SupportStatementCache() const override { return false; }

  ScanTargetPtr target;
  duckdb::TableCatalogEntry& entry;
};

/// What all threads of one scan share.
struct RowGlobalState final : duckdb::GlobalTableFunctionState {
  duckdb::idx_t MaxThreads() const override { return std::max<duckdb::idx_t>(1, unit_count); }

  size_t unit_count = 0;
  std::atomic<size_t> next_unit{0};
  std::vector<size_t> source_columns;                // what readers are asked for
  std::vector<std::optional<size_t>> chunk_columns;  // per scanned column: index into source_columns; none = no data
  duckdb::vector<duckdb::LogicalType> chunk_types;
  duckdb::vector<duckdb::idx_t> projection;  // scanned columns the output keeps; empty = all
  duckdb::optional_ptr<duckdb::TableFilterSet> filters;
};

struct RowLocalState final : duckdb::LocalTableFunctionState {
  std::unique_ptr<RowReader> reader;
  size_t unit = 0;
  table::BatchView batch;
  DataChunk chunk;
  std::map<duckdb::idx_t, duckdb::unique_ptr<duckdb::TableFilterState>> filter_states;
};

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> InitGlobal(ClientContext&, duckdb::TableFunctionInitInput& input) {
  const auto& target = *input.bind_data->Cast<RowBindData>().target;
  auto state = duckdb::make_uniq<RowGlobalState>();
  state->unit_count = target.rows()->unit_count();
  state->filters = input.filters;
  if (input.CanRemoveFilterColumns()) state->projection = input.projection_ids;
  for (const auto id : input.column_ids) {
    const auto slot = target.Slot(id);
    state->chunk_types.push_back(slot ? target.type(*slot) : duckdb::LogicalType::BOOLEAN);
    if (!slot) {
      state->chunk_columns.emplace_back();
      continue;
    }
    state->chunk_columns.emplace_back(state->source_columns.size());
    state->source_columns.push_back(*slot);
  }
  return state;
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> InitLocal(duckdb::ExecutionContext& context,
                                                              duckdb::TableFunctionInitInput&,
                                                              duckdb::GlobalTableFunctionState* global) {
  auto state = duckdb::make_uniq<RowLocalState>();
  state->chunk.Initialize(context.client, global->Cast<RowGlobalState>().chunk_types);
  return state;
}

/// Points the local batch at the next rows of any unit; false when all units are taken.
bool NextBatch(const ScanTarget& target, RowGlobalState& global, RowLocalState& local) {
  while (true) {
    if (local.reader != nullptr) {
      if (ValueOrThrow(local.reader->Next(local.batch))) return true;
      local.reader.reset();
    }
    const size_t unit = global.next_unit.fetch_add(1);
    if (unit >= global.unit_count) return false;
    local.unit = unit;
    local.reader = ValueOrThrow(target.rows()->Open(unit, global.source_columns));
  }
}

void FillChunk(const RowGlobalState& global, RowLocalState& local) {
  local.chunk.Reset();
  for (size_t i = 0; i < global.chunk_columns.size(); ++i) {
    auto& vector = local.chunk.data[i];
    if (!global.chunk_columns[i]) {
      vector.Reference(duckdb::Value(duckdb::LogicalType::BOOLEAN));
      continue;
    }
    FillVector(local.batch.columns[*global.chunk_columns[i]], local.batch.rows, vector);
  }
  local.chunk.SetCardinality(local.batch.rows);
}

void ApplyFilters(ClientContext& context, const RowGlobalState& global, RowLocalState& local) {
  if (!global.filters) return;
  auto& chunk = local.chunk;
  const duckdb::idx_t rows = chunk.size();
  duckdb::idx_t passed = rows;
  duckdb::SelectionVector selection(0, rows);
  for (const auto& [column, filter] : global.filters->filters) {
    auto& state = local.filter_states[column];
    if (!state) state = duckdb::TableFilterState::Initialize(context, *filter);
    duckdb::UnifiedVectorFormat format;
    chunk.data[column].ToUnifiedFormat(rows, format);
    // The count that comes back in `passed` is the answer; the return value is not.
    duckdb::ColumnSegment::FilterSelection(selection, chunk.data[column], format, *filter, *state, rows, passed);
    if (passed == 0) break;
  }
  if (passed != rows) chunk.Slice(selection, passed);
  chunk.SetCardinality(passed);
}

void Scan(ClientContext& context, duckdb::TableFunctionInput& input, DataChunk& output) {
  const auto& target = *input.bind_data->Cast<RowBindData>().target;
  auto& global = input.global_state->Cast<RowGlobalState>();
  auto& local = input.local_state->Cast<RowLocalState>();
  // An empty chunk tells DuckDB that this thread is done, so chunks without a match are skipped here.
  while (NextBatch(target, global, local)) {
    FillChunk(global, local);
    ApplyFilters(context, global, local);
    if (local.chunk.size() == 0) continue;
    if (global.projection.empty()) {
      output.Reference(local.chunk);
    } else {
      output.ReferenceColumns(local.chunk, global.projection);
    }
    return;
  }
}

duckdb::unique_ptr<duckdb::NodeStatistics> GetCardinality(ClientContext&, const duckdb::FunctionData* bind_data) {
  const auto& rows = *bind_data->Cast<RowBindData>().target->rows();
  if (const auto count = rows.row_count()) return duckdb::make_uniq<duckdb::NodeStatistics>(*count, *count);
  return duckdb::make_uniq<duckdb::NodeStatistics>(rows.unit_count() * kGuessedRowsPerUnit);
}

duckdb::vector<duckdb::PartitionStatistics> GetPartitionStatistics(ClientContext&,
                                                                   duckdb::GetPartitionStatsInput& input) {
  duckdb::vector<duckdb::PartitionStatistics> partitions;
  if (const auto count = input.bind_data->Cast<RowBindData>().target->rows()->row_count()) {
    duckdb::PartitionStatistics all;
    all.row_start = 0;
    all.count = *count;
    all.count_type = duckdb::CountType::COUNT_EXACT;
    partitions.push_back(std::move(all));
  }
  return partitions;
}

}  // namespace

duckdb::TableFunction MakeRowScan(ScanTargetPtr target, duckdb::TableCatalogEntry& entry,
                                  duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  duckdb::TableFunction function("lake_rows", {}, Scan, nullptr, InitGlobal, InitLocal);
  function.projection_pushdown = true;
  function.filter_pushdown = true;
  function.filter_prune = true;
  function.verify_serialization = false;
  function.get_virtual_columns = [](ClientContext&, duckdb::optional_ptr<duckdb::FunctionData> data) {
    return data->Cast<RowBindData>().target->VirtualColumns();
  };
  function.get_bind_info = [](const duckdb::optional_ptr<duckdb::FunctionData> data) {
    return duckdb::BindInfo(data->Cast<RowBindData>().entry);
  };
  function.get_partition_data = [](ClientContext&, duckdb::TableFunctionGetPartitionInput& input) {
    return duckdb::OperatorPartitionData(input.local_state->Cast<RowLocalState>().unit);
  };
  function.cardinality = GetCardinality;
  function.get_partition_stats = GetPartitionStatistics;
  bind_data = duckdb::make_uniq<RowBindData>(std::move(target), entry);
  return function;
}

}  // namespace tarn::engine
