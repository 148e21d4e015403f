// SPDX-License-Identifier: Apache-2.0
#pragma once
// The query engine port: classify a statement, run one SELECT, work in a private session, write Parquet. Implemented by
// engine/duckdb. Thread-safe; streams and workspaces are thread-compatible. Whatever it reads comes through
// NameResolver and RowSource (docs/adr/0007).

#include <chrono>
#include <concepts>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "engine/file_format.h"
#include "engine/names.h"
#include "engine/query_lineage.h"
#include "engine/row_source.h"
#include "table/batch.h"
#include "table/pending_object.h"
#include "table/snapshot.h"
#include "table/value.h"

namespace tarn::engine {

/// What a text is, by its syntax tree alone; tables need not exist.
struct StatementInfo {
  std::vector<TableName> tables;        ///< three-part references outside CTE names, each once, in order of appearance
  std::vector<std::string> parameters;  ///< names ("1", "2", "customer") in order
};

/// A value given to a statement: a scalar, a list (`items`) or an object (`items` named by `names`).
struct Parameter {
  enum class Kind { kScalar, kList, kObject };

  Parameter() = default;
  template <class T>
    requires std::convertible_to<T, table::Value>
  Parameter(T value) : scalar(std::move(value)) {}  // NOLINT: a scalar is a parameter

  Kind kind = Kind::kScalar;
  table::Value scalar;
  std::vector<Parameter> items;
  std::vector<std::string> names;
};

using NoParameters = std::monostate;
using PositionalParameters = std::vector<Parameter>;
using NamedParameters = std::map<std::string, Parameter>;

struct QueryRequest {
  std::string sql;
  std::variant<NoParameters, PositionalParameters, NamedParameters> parameters;
  std::chrono::milliseconds timeout{60'000};
  std::stop_token stop;  ///< cancels: kCancelled
};

struct ResultColumn {
  std::string name;      ///< as the engine names it; may repeat
  std::string sql_type;  ///< e.g. "DECIMAL(9,2)"
  table::DataType type;  ///< physical layout of the column in batches; TIME, INTERVAL, UUID, ENUM come as kString
};

/// Rows of a running query. Destroying it cancels the query.
class ResultStream {
 public:
  virtual ~ResultStream() = default;
  virtual const std::vector<ResultColumn>& columns() const = 0;
  /// Points `batch` at the next rows; false at the end. Errors: kInvalidArgument (SQL failed, message is the engine's,
  /// without paths), kDeadlineExceeded, kCancelled, kResourceExhausted (memory).
  virtual Result<bool> Next(table::BatchView& batch) = 0;
};

struct WriteRequest {
  std::string select;    ///< trusted SELECT whose columns are the schema's fields, in order
  table::Schema schema;  ///< ids become Parquet field ids; values are cast to these types
  std::string location;  ///< table folder; files are named {location}/data/{uuid}.parquet
  uint64_t target_file_size_bytes = 256ULL << 20;
};

struct ExportRequest {
  std::string select;  ///< trusted SELECT; its columns are the file's
  FileFormat format = FileFormat::kCsv;
  std::string key;  ///< of the object, whose place is taken at the end
};

struct PreparedParquet {
  std::vector<table::DataFile> files;
  std::vector<table::PendingObject> pending;  ///< those of the files that are not in the store yet
};

/// Rows that are there already, no statement needed.
struct RowWriteRequest {
  RowSource& rows;              ///< whose first columns are the schema's fields
  const table::Schema& schema;  ///< scalar columns; ids become Parquet field ids
  std::string location;         ///< as in WriteRequest
};

/// Of pinned inputs; with a character that no column of a table of ours can have. To be quoted in SQL.
inline constexpr std::string_view kFileColumn = "file;name";
inline constexpr std::string_view kFileRowColumn = "file;row";

/// A private session for SQL of our own making: temp tables live in it, inputs are bound by name, hidden columns of
/// inputs are ordinary columns. It sees the lake's names behind inputs ("d.gold.t") of that name. Ends when destroyed.
class Workspace {
 public:
  virtual ~Workspace() = default;

  /// Makes `table` readable as `input.{name}`. A pinned table also offers, to be named but not in *, kFileColumn,
  /// ending in "/" + DataFile::path, and kFileRowColumn, the row's position in the file from 0, deleted rows counted.
  virtual Status AddInput(const std::string& name, BoundTablePtr table) = 0;

  /// Runs one statement (CREATE TEMP TABLE … AS, DROP …). Returns the rows it changed.
  virtual Result<uint64_t> Execute(const std::string& sql) = 0;

  virtual Result<std::unique_ptr<ResultStream>> Query(const std::string& sql) = 0;

  /// Columns that a SELECT would give, without running it. HUGEINT shows as DECIMAL(38,0), UBIGINT as DECIMAL(20,0),
  /// UUID, ENUM, INTERVAL, TIME as VARCHAR (lake.md §6.3): the types tables can store. Field ids are 0.
  virtual Result<table::Schema> Describe(const std::string& select) = 0;

  /// Writes the rows as Parquet (zstd) under new names, durable when it returns; no rows = no file. Statistics for
  /// every column that has them.
  virtual Result<std::vector<table::DataFile>> WriteParquet(const WriteRequest& request) = 0;

  /// The same, but a small file (at most kMaxPendingBytes) is handed out instead of put: the caller puts it together
  /// with what else its commit needs, which costs one round of syncs instead of two.
  virtual Result<PreparedParquet> PrepareParquet(const WriteRequest& request) = 0;
  static constexpr uint64_t kMaxPendingBytes = 4ULL << 20;

  /// Writes the rows as one plain file and returns their number. What is there stays until the new one is whole.
  virtual Result<uint64_t> Export(const ExportRequest& request) = 0;
};

struct WorkspaceOptions {
  std::chrono::milliseconds timeout{3'600'000};
  std::stop_token stop;
};

class QueryEngine {
 public:
  virtual ~QueryEngine() = default;

  /// Accepts exactly one statement that is a SELECT (http-api.md §7.2). kInvalidArgument otherwise, message containing
  /// "Only SELECT" (or the parser's text for an unparsable one) or "file access".
  virtual Result<StatementInfo> Classify(const std::string& sql) = 0;

  /// Classifies and binds one SELECT, and says where its columns come from. Errors as Query's.
  virtual Result<QueryLineage> Lineage(const std::string& sql) = 0;

  /// Classifies, binds and starts one SELECT of a user. Errors as ResultStream::Next; an unknown table is
  /// kInvalidArgument with the full reference and "does not exist".
  virtual Result<std::unique_ptr<ResultStream>> Query(const QueryRequest& request) = 0;

  virtual Result<std::unique_ptr<Workspace>> OpenWorkspace(const WorkspaceOptions& options) = 0;

  /// As Workspace::PrepareParquet, on the calling thread and into one file: cheaper for up to some thousand rows.
  virtual Result<PreparedParquet> PrepareRows(const RowWriteRequest& request) = 0;
};

/// Quotes an SQL identifier: order → "order", a"b → "a""b".
std::string QuoteIdentifier(std::string_view name);

/// Quotes an SQL string literal.
std::string QuoteLiteral(std::string_view text);

}  // namespace tarn::engine
