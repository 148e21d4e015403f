// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/parquet_file_writer.h"

#include "duckdb/parser/parsed_data/copy_info.hpp"
#include "engine/duckdb/batch_to_vector.h"
#include "engine/duckdb/parquet_statement.h"
#include "engine/duckdb/type_mapping.h"

namespace tarn::engine {

namespace {

duckdb::CopyInfo CopyInfoFor(const ParquetFileWriter::Target& target, const table::Schema& schema) {
  duckdb::CopyInfo info;
  info.is_from = false;
  info.format = "parquet";
  info.file_path = target.path;
  info.options["compression"] = {duckdb::Value(target.compression)};
  if (target.compression_level) info.options["compression_level"] = {duckdb::Value::INTEGER(*target.compression_level)};
  duckdb::child_list_t<duckdb::Value> ids;
  for (const auto& field : schema.fields) {
    if (field.id > 0) ids.emplace_back(StoredName(field), duckdb::Value::INTEGER(field.id));
  }
  if (!ids.empty()) info.options["field_ids"] = {duckdb::Value::STRUCT(std::move(ids))};
  return info;
}

}  // namespace

ParquetFileWriter::ParquetFileWriter(duckdb::ClientContext& context, const Target& target, const table::Schema& schema)
    : context_(context), parquet_(target.parquet), thread_(context), execution_(context, thread_, nullptr) {
  duckdb::vector<std::string> names;
  for (const auto& field : schema.fields) {
    names.push_back(StoredName(field));
    types_.push_back(ToLogicalType(StoredType(field.type)));
  }
  auto info = CopyInfoFor(target, schema);
  duckdb::CopyFunctionBindInput input(info);
  bind_data_ = parquet_.copy_to_bind(context_, input, names, types_);
  global_ = parquet_.copy_to_initialize_global(context_, *bind_data_, target.path);
  if (target.statistics != nullptr) {
    parquet_.copy_to_get_written_statistics(context_, *bind_data_, *global_, *target.statistics);
  }
  local_ = parquet_.copy_to_initialize_local(execution_, *bind_data_);
  chunk_.Initialize(context_, types_);
}

void ParquetFileWriter::Append(const table::BatchView& batch) {
  chunk_.Reset();
  for (size_t i = 0; i < types_.size(); ++i) FillVector(batch.columns[i], batch.rows, chunk_.data[i]);
  chunk_.SetCardinality(batch.rows);
  parquet_.copy_to_sink(execution_, *bind_data_, *global_, *local_, chunk_);
}

void ParquetFileWriter::Finish() {
  parquet_.copy_to_combine(execution_, *bind_data_, *global_, *local_);
  parquet_.copy_to_finalize(context_, *bind_data_, *global_);
}

}  // namespace tarn::engine
