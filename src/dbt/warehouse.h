// SPDX-License-Identifier: Apache-2.0
#pragma once
// The port between a dbt project and where its tables are: questions of templates and tests, and building what models
// describe. Implemented by app (a lake's folder, a server); calls block. Implementations say whether they are
// thread-safe; a run uses one from one thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dbt/jinja/value.h"
#include "dbt/node.h"

namespace tarn::dbt {

struct QueryRows {
  std::vector<std::string> columns;
  std::vector<std::vector<jinja::Value>> rows;
};

struct ColumnInfo {
  std::string name;
  std::string type;  ///< of SQL: "DECIMAL(9,2)"
};

/// How rows of a model reach its table.
enum class WriteKind {
  kView,       ///< no rows: the SELECT is bound where it is used
  kOverwrite,  ///< the table is the result
  kAppend,     ///< rows are added
  kMerge,      ///< rows replace those with the same key
  kSnapshot    ///< rows that changed end the version of their key and begin another one
};

struct Materialization {
  Relation relation;
  WriteKind write = WriteKind::kOverwrite;
  std::string select;
  std::vector<std::string> unique_key;  ///< of kMerge and kSnapshot
  codec::OrderedJson snapshot{};        ///< of kSnapshot: SnapshotOf
};

struct Built {
  std::optional<uint64_t> rows;  ///< of the result; none for views
};

class Warehouse {
 public:
  virtual ~Warehouse() = default;

  /// Runs one SELECT. Errors are the engine's, kInvalidArgument for SQL that is wrong.
  virtual Result<QueryRows> Query(const std::string& sql) = 0;

  /// Columns of a table; nullopt when there is none of that name.
  virtual Result<std::optional<std::vector<ColumnInfo>>> ColumnsOf(const Relation& relation) = 0;

  /// Publishes the model's result in one commit, or leaves the table as it is.
  virtual Result<Built> Build(const Materialization& materialization) = 0;
};

}  // namespace tarn::dbt
