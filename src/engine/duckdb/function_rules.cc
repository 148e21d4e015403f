// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/function_rules.h"

#include <algorithm>
#include <array>

namespace tarn::engine {

namespace {

using namespace std::string_view_literals;

constexpr std::array kAllowedTableFunctions{
    "range"sv,
    "generate_series"sv,
    "unnest"sv,
    "repeat"sv,
    "json_each"sv,
    "json_tree"sv,
    "duckdb_tables"sv,
    "duckdb_columns"sv,
    "duckdb_views"sv,
    "duckdb_schemas"sv,
    "duckdb_databases"sv,
    "duckdb_types"sv,
    "duckdb_functions"sv,
    "duckdb_constraints"sv,
    "duckdb_keywords"sv,
    "pg_timezone_names"sv,
};

constexpr std::array kRefusedScalarFunctions{
    "getenv"sv,
    "current_setting"sv,
    "getvariable"sv,
    "write_log"sv,
    "json_serialize_plan"sv,
    "json_deserialize_sql"sv,
    "json_execute_serialized_sql"sv,
    "nextval"sv,
    "currval"sv,
    "txid_current"sv,
    "parse_duckdb_log_message"sv,
    "add_parquet_key"sv,
    "query"sv,
    "query_table"sv,
    "set_config"sv,
    "pg_read_file"sv,
};

bool Contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

bool IsAllowedTableFunction(std::string_view name) { return Contains(kAllowedTableFunctions, name); }

std::span<const std::string_view> RefusedScalarFunctions() { return kRefusedScalarFunctions; }

bool IsRefusedScalarFunction(std::string_view name) { return Contains(kRefusedScalarFunctions, name); }

bool IsFileFunction(std::string_view name) {
  return name.starts_with("read_") || name.starts_with("parquet_") || name.ends_with("_scan") ||
         name.starts_with("scan_") || name.starts_with("sniff_") || name == "glob" || name.starts_with("st_read") ||
         name.starts_with("load_");
}

bool ListsCatalog(std::string_view table_function) { return table_function.starts_with("duckdb_"); }

}  // namespace tarn::engine
