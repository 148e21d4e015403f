// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/parquet_statement.h"

#include <algorithm>

#include "duckdb/parser/statement/copy_statement.hpp"
#include "engine/duckdb/object_file_system.h"
#include "engine/duckdb/parquet_parts.h"
#include "engine/duckdb/statement_gate.h"
#include "engine/duckdb/type_mapping.h"

namespace tarn::engine {

namespace {

using table::DataType;
using table::Field;

// No group is cut smaller than this for the sake of threads.
constexpr uint64_t kLeastRowGroupRows = 16'384;

uint64_t DivideUp(uint64_t number, uint64_t by) { return (number + by - 1) / by; }

bool AreRenamed(const std::vector<Field>& fields) {
  return std::ranges::any_of(
      fields, [](const Field& field) { return StoredName(field) != field.name || AreRenamed(field.type.children); });
}

std::string FieldIds(const std::vector<Field>& fields) {
  std::string ids;
  for (const auto& field : fields) {
    if (field.id == 0) continue;
    if (!ids.empty()) ids += ", ";
    ids += QuoteIdentifier(StoredName(field)) + ": ";
    const auto children = FieldIds(field.type.children);
    if (children.empty()) {
      ids += std::to_string(field.id);
    } else {
      ids += "{__duckdb_field_id: " + std::to_string(field.id) + ", " + children + "}";
    }
  }
  return ids;
}

/// The COPY with a SELECT of nothing in the place of the rows.
std::string CopyText(const table::Schema& schema, const ParquetShape& shape) {
  std::string columns;
  std::string names;
  for (const auto& field : schema.fields) {
    const auto name = QuoteIdentifier(field.name);
    const auto* separator = columns.empty() ? "" : ", ";
    columns += separator + ("CAST(" + name + " AS " + ToLogicalType(StoredType(field.type)).ToString() + ") AS " +
                            QuoteIdentifier(StoredName(field)));
    names += separator + name;
  }
  const auto ids = FieldIds(schema.fields);
  // The parts have names of their own; this one only says whose files they are.
  return "COPY (SELECT " + columns + " FROM (SELECT 0) AS source(" + names + ")) TO " +
         QuoteLiteral(ObjectFileSystem::PathOf("parts")) + " (FORMAT " + kPartsFormat +
         ", COMPRESSION zstd, COMPRESSION_LEVEL " + std::to_string(shape.zstd_level) + ", ROW_GROUP_SIZE " +
         std::to_string(shape.row_group_rows) + ", USE_TMP_FILE false, WRITE_EMPTY_FILE false" +
         (ids.empty() ? "" : ", FIELD_IDS {" + ids + "}") + ")";
}

}  // namespace

const std::string& StoredName(const Field& field) {
  return field.stored_names.empty() ? field.name : field.stored_names.front();
}

DataType StoredType(DataType type) {
  if (type.kind == table::TypeKind::kJson) type.kind = table::TypeKind::kString;
  for (auto& child : type.children) child.type = StoredType(std::move(child.type));
  return type;
}

ParquetShape ShapeForMerge(uint64_t rows, size_t threads) {
  ParquetShape shape;
  shape.zstd_level = kMergeZstdLevel;
  const auto groups = DivideUp(rows, shape.row_group_rows);
  if (groups == 0) return shape;
  const auto even = DivideUp(groups, threads) * threads;
  const auto most = std::max(groups, rows / kLeastRowGroupRows);
  const auto group_rows = DivideUp(rows, std::min(even, most));
  shape.row_group_rows = DivideUp(group_rows, STANDARD_VECTOR_SIZE) * STANDARD_VECTOR_SIZE;
  return shape;
}

Result<duckdb::unique_ptr<duckdb::SQLStatement>> ParquetCopyStatement(const WriteRequest& request,
                                                                      duckdb::unique_ptr<duckdb::SQLStatement> select,
                                                                      const ParquetShape& shape) {
  if (select->type != duckdb::StatementType::SELECT_STATEMENT) {
    return Fail(ErrorCode::kInvalidArgument, "only the rows of a SELECT can be written");
  }
  for (const auto& field : request.schema.fields) {
    if (AreRenamed(field.type.children)) {
      return Fail(ErrorCode::kUnsupported, "writing a nested column that has another name in files: " + field.name);
    }
  }
  TARN_ASSIGN(auto parsed, ParseTrusted(CopyText(request.schema, shape)));
  // Put into the tree, the SELECT may end with what it likes: a comment, a semicolon.
  auto& node = parsed.statement->Cast<duckdb::CopyStatement>().info->select_statement->Cast<duckdb::SelectNode>();
  node.from_table->Cast<duckdb::SubqueryRef>().subquery =
      duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(std::move(select));
  return std::move(parsed.statement);
}

}  // namespace tarn::engine
