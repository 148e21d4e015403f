// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an endpoint promises: the contract document (http-api.md §3, lake.md §2). Plain values; contract_yaml.h is the
// codec.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "lake/export.h"
#include "table/types.h"

namespace tarn::contract {

enum class Mode { kManual, kAutoInference, kSingleColumn };
enum class UnknownFields { kEvolve, kRescue, kQuarantine, kIgnore };
enum class MergeMode {
  kReplace,  ///< a record is the whole row
  kPatch     ///< fields that a record does not have keep their values
};
enum class History {
  kNone,
  kScd2  ///< a row for every version of a key: valid_from, valid_to, is_current
};
enum class Envelope {
  kNone,     ///< a record is a row
  kDebezium  ///< a record is a change event around the row (change_event.h)
};
enum class ColumnType {
  kString,
  kVarchar,
  kInteger,
  kBigint,
  kFloat,
  kDouble,
  kBoolean,
  kTimestamp,
  kDate,
  kJson,
  kArray,
  kDecimal,
  kList,   ///< one child, "element"
  kStruct  ///< children: its fields
};

/// Lists and structs within each other, at most.
inline constexpr size_t kMaxTypeDepth = 8;
/// Fields of one struct, at most.
inline constexpr size_t kMaxStructFields = 256;

struct Column {
  std::string name;
  ColumnType type = ColumnType::kString;
  uint8_t precision = 38;     ///< kDecimal
  uint8_t scale = 9;          ///< kDecimal; plain `decimal` is (38,9)
  bool plain_decimal = true;  ///< written as `decimal`, not `decimal(p,s)`
  bool required = false;
  bool primary_key = false;
  std::optional<std::string> description;
  std::optional<std::string> default_text;
  bool pii = false;
  bool inferred = false;  ///< found by auto_inference: widens instead of failing for type (http-api.md §3.6)
  std::vector<Column> children = {};  ///< kList, kStruct: of these only names and types count

  bool is_nested() const { return type == ColumnType::kList || type == ColumnType::kStruct; }
  bool operator==(const Column&) const = default;
};

/// "string", "decimal(10,2)", "list<struct<sku:string,qty:integer>>", …: the word clients see.
std::string TypeWord(const Column& column);

/// Reads a type word or alias in any letter case into the type members of `column`; false for any other text. Names of
/// struct fields are taken as they are: CheckContract judges them.
bool ReadTypeWord(std::string_view word, Column& column);

/// "manual", "auto_inference", "single_column".
std::string_view ModeWord(Mode mode);
std::optional<Mode> ReadMode(std::string_view word);  ///< any letter case

/// "evolve", "rescue", "quarantine", "ignore".
std::string_view UnknownFieldsWord(UnknownFields unknown_fields);
std::optional<UnknownFields> ReadUnknownFields(std::string_view word);  ///< any letter case

/// "replace", "patch".
std::string_view MergeModeWord(MergeMode merge_mode);
std::optional<MergeMode> ReadMergeMode(std::string_view word);  ///< any letter case

/// "none", "scd2".
std::string_view HistoryWord(History history);
std::optional<History> ReadHistory(std::string_view word);  ///< any letter case

/// "none", "debezium".
std::string_view EnvelopeWord(Envelope envelope);
std::optional<Envelope> ReadEnvelope(std::string_view word);  ///< any letter case

/// Storage type of http-api.md §5 "SQL types".
table::DataType StorageType(const Column& column);

/// Columns that silver has because of an option, not because a record brings them.
inline constexpr std::string_view kDeletedColumn = "_deleted";      ///< boolean; soft_delete
inline constexpr std::string_view kValidFromColumn = "valid_from";  ///< timestamp; history: scd2
inline constexpr std::string_view kValidToColumn = "valid_to";      ///< timestamp, NULL in the current row
inline constexpr std::string_view kIsCurrentColumn = "is_current";  ///< boolean

/// How long refused records that were dealt with are kept unless the contract says otherwise.
inline constexpr std::chrono::milliseconds kQuarantineRetention = std::chrono::days(90);

struct Contract {
  std::string domain;
  std::string name;
  uint64_t generation = 1;         ///< grows with each create after a delete
  uint64_t version = 1;            ///< within the generation
  uint64_t folder_generation = 1;  ///< generation whose silver folder is used (re-creation with the same key adopts it)
  uint64_t rebuild_version = 0;    ///< version whose change stored rows did not fit: silver is rebuilt for it; 0 = none
  Mode mode = Mode::kManual;
  std::vector<Column> columns;
  bool columns_fixed = false;  ///< auto_inference: the first stored record has fixed them
  std::optional<std::string> description;
  std::optional<std::string> sequence_by;
  UnknownFields unknown_fields = UnknownFields::kEvolve;
  MergeMode merge_mode = MergeMode::kReplace;
  bool soft_delete = false;  ///< a deleted row stays, marked in kDeletedColumn
  History history = History::kNone;
  Envelope envelope = Envelope::kNone;
  std::string format;                                      ///< "delta" or "iceberg"; fixed when the table is created
  std::optional<std::string> mirror;                       ///< the other format, if published too; fixed likewise
  std::optional<std::chrono::milliseconds> land_interval;  ///< nullopt = the store's default
  std::optional<std::chrono::milliseconds> tombstone_retention;  ///< nullopt = by rule of durability.md §5.3
  std::vector<lake::Export> exports;                             ///< plain files that upkeep writes after commits
  std::optional<std::chrono::milliseconds> bronze_retention;     ///< nullopt = for ever
  /// Of refused records that were dealt with; nullopt = for ever.
  std::optional<std::chrono::milliseconds> quarantine_retention = kQuarantineRetention;
  Timestamp created_at;
  Timestamp updated_at;
  std::string created_by;

  std::vector<const Column*> key_columns() const;
  bool has_key() const;
  /// Columns are declared or fixed: values are checked against them. False for `manual` without columns, an
  /// auto_inference endpoint before its first record (unless some were declared), and single_column.
  bool checks_columns() const;
  /// What happens to fields without a column: `unknown_fields` once there are columns that a field could be missing in,
  /// else evolve.
  UnknownFields unknown_fields_in_force() const;
  std::string id() const { return domain + "/" + name; }
};

}  // namespace tarn::contract
