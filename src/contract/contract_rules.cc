// SPDX-License-Identifier: Apache-2.0
#include "contract/contract_rules.h"

#include <algorithm>
#include <unordered_set>

#include "codec/json_text.h"
#include "contract/conversion.h"
#include "contract/field_name.h"
#include "contract/nested_check.h"
#include "lake/name.h"

namespace tarn::contract {
namespace {

using table::Value;

std::string Quoted(std::string_view name) { return "'" + std::string(name.substr(0, 128)) + "'"; }

bool IsScalar(const Column& column) {
  return column.type != ColumnType::kJson && column.type != ColumnType::kArray && !column.is_nested();
}

bool CanBeKey(const Column& column) {
  return IsScalar(column) && column.type != ColumnType::kFloat && column.type != ColumnType::kDouble;
}

/// A default is written as text: JSON text where the column takes objects or lists, else the content of a JSON string.
class DefaultText {
 public:
  explicit DefaultText(const Column& column) {
    if (IsScalar(column)) {
      codec::AppendJsonString(text_, *column.default_text);
    } else {
      text_ = *column.default_text;
    }
    const auto size = text_.size();
    text_.append(64, ' ');  // the scanner may look behind the text
    readable_ =
        scanner_.Index(std::string_view(text_).substr(0, size)) && scanner_.ReadValue(value_, 0) && scanner_.AtEnd();
  }
  bool readable() const { return readable_; }
  const JsonValue& value() const { return value_; }

 private:
  std::string text_;
  JsonScanner scanner_;
  JsonValue value_;
  bool readable_ = false;
};

template <class Out, class Convert>
Misfit Cast(Value& value, Convert&& convert) {
  Out out{};
  const auto misfit = convert(out);
  if (misfit == Misfit::kNone) value = Value(out);
  return misfit;
}

Misfit CastNested(const Column& column, const JsonValue& json, Value& value) {
  NestedCheck check;
  const auto& faults = check.Run(column, json, NestedCheck::UnknownFields::kForbidden);
  if (!faults.empty()) return faults.front().misfit;
  value = std::string(json.text());
  return Misfit::kNone;
}

Misfit CastTo(const Column& column, const JsonValue& json, Value& value) {
  Scratch scratch;
  switch (column.type) {
    case ColumnType::kInteger:
    case ColumnType::kBigint:
      return Cast<int64_t>(value, [&](auto& out) { return ToInteger(json, scratch, out); });
    case ColumnType::kFloat:
    case ColumnType::kDouble:
      return Cast<double>(value, [&](auto& out) { return ToDouble(json, scratch, out); });
    case ColumnType::kBoolean:
      return Cast<bool>(value, [&](auto& out) { return ToBoolean(json, scratch, out); });
    case ColumnType::kTimestamp:
      return Cast<table::TimestampValue>(value, [&](auto& out) { return ToTimestamp(json, scratch, out.micros); });
    case ColumnType::kDate:
      return Cast<table::DateValue>(value, [&](auto& out) { return ToDate(json, scratch, out.days); });
    case ColumnType::kDecimal:
      return Cast<table::DecimalValue>(value, [&](auto& out) {
        out.precision = column.precision;
        out.scale = column.scale;
        return ToDecimal(json, scratch, {column.precision, column.scale}, out.unscaled);
      });
    case ColumnType::kString:
    case ColumnType::kVarchar:
    case ColumnType::kJson:
    case ColumnType::kArray:
      break;
    case ColumnType::kList:
    case ColumnType::kStruct:
      return CastNested(column, json, value);
  }
  const auto misfit = CheckValue(column, json, scratch);
  if (misfit == Misfit::kNone) value = *column.default_text;
  return misfit;
}

/// Names of the fields inside a column, and how many they are.
void CheckFields(const Column& column, size_t index, size_t& fields, std::vector<ContractIssue>& issues) {
  const auto refuse = [&](const std::string& message) {
    issues.push_back({index, "type", "value_error", "Value error, " + message});
  };
  fields += column.children.size();
  if (column.type == ColumnType::kStruct && column.children.size() > kMaxStructFields) {
    refuse("a struct has at most " + std::to_string(kMaxStructFields) + " fields");
  }
  std::unordered_set<std::string_view> names;
  for (const auto& child : column.children) {
    if (!lake::IsName(child.name)) {
      refuse("a field of a struct must be snake_case (^[a-z][a-z0-9_]*$): " + Quoted(child.name));
    }
    if (!names.insert(child.name).second) refuse("duplicate field of a struct: " + Quoted(child.name));
    CheckFields(child, index, fields, issues);
  }
}

void CheckColumn(const Column& column, size_t index, std::vector<ContractIssue>& issues) {
  if (!lake::IsName(column.name)) {
    issues.push_back({index, "name", "value_error",
                      "Value error, column name must be snake_case (^[a-z][a-z0-9_]*$): " + Quoted(column.name)});
  }
  if (column.primary_key && !CanBeKey(column)) {
    issues.push_back(
        {index, "type", "value_error",
         "Value error, a column of type " + TypeWord(column) + " cannot be a primary key: " + Quoted(column.name)});
  }
  if (const auto value = CastDefault(column); !value) {
    issues.push_back({index, "default", "value_error", "Value error, " + value.error().message});
  }
}

void CheckOptions(const Contract& contract, std::vector<ContractIssue>& issues) {
  const auto refuse = [&](const char* member, const std::string& message) {
    issues.push_back({std::nullopt, member, "value_error", "Value error, " + message});
  };
  if (contract.envelope == Envelope::kDebezium && (contract.mode != Mode::kManual || !contract.has_key())) {
    refuse("envelope",
           "debezium needs mode = manual and a primary key: it says which row an event changes; other fields come with "
           "unknown_fields = evolve");
  }
  const bool patches = contract.merge_mode == MergeMode::kPatch;
  const bool versions = contract.history == History::kScd2;
  const bool keyed = contract.has_key();
  if (patches && !keyed) refuse("merge_mode", "patch needs a primary key: it says which row a record changes");
  if (contract.soft_delete && !keyed) refuse("soft_delete", "soft_delete needs a primary key");
  if (!versions) return;
  if (!keyed) refuse("history", "scd2 needs a primary key");
  if (patches) refuse("history", "scd2 and merge_mode = patch exclude each other");
  if (contract.soft_delete)
    refuse("history", "scd2 and soft_delete exclude each other: valid_to says what was deleted");
  for (size_t i = 0; i < contract.columns.size(); ++i) {
    const auto& name = contract.columns[i].name;
    if (name == kValidFromColumn || name == kValidToColumn || name == kIsCurrentColumn) {
      issues.push_back({i, "name", "value_error", "Value error, scd2 adds a column of this name: " + Quoted(name)});
    }
  }
}

}  // namespace

std::vector<ContractIssue> CheckContract(const Contract& contract) {
  std::vector<ContractIssue> issues;
  const auto& columns = contract.columns;
  if (columns.size() > kMaxColumns) {
    issues.push_back(
        {std::nullopt, "columns", "too_long",
         "List should have at most " + std::to_string(kMaxColumns) + " items, not " + std::to_string(columns.size())});
    return issues;
  }
  std::unordered_set<std::string_view> names;
  size_t fields = columns.size();
  for (size_t i = 0; i < columns.size(); ++i) {
    CheckColumn(columns[i], i, issues);
    CheckFields(columns[i], i, fields, issues);
    if (!names.insert(columns[i].name).second) {
      issues.push_back({i, "name", "value_error", "Value error, duplicate column name: " + Quoted(columns[i].name)});
    }
  }
  if (fields > kMaxColumns) {
    issues.push_back({std::nullopt, "columns", "too_long",
                      "Columns and fields within them should be at most " + std::to_string(kMaxColumns) + ", not " +
                          std::to_string(fields)});
  }
  if (const auto& sequence = contract.sequence_by) {
    const auto found = std::ranges::find(columns, *sequence, &Column::name);
    if (found == columns.end() || !IsScalar(*found)) {
      issues.push_back({std::nullopt, "sequence_by", "value_error",
                        "Value error, sequence_by must name a scalar column of this schema: " + Quoted(*sequence)});
    }
  }
  CheckOptions(contract, issues);
  return issues;
}

std::string_view WhyNoTruncate(const Contract& contract) {
  if (contract.soft_delete) return "truncate and soft_delete exclude each other: delete the keys";
  if (contract.history == History::kScd2) return "truncate and history = scd2 exclude each other: delete the keys";
  return "";
}

Result<Value> CastDefault(const Column& column) {
  Value value;
  if (!column.default_text) return value;
  const DefaultText text(column);
  const auto misfit = text.readable() ? CastTo(column, text.value(), value) : Misfit::kJsonInvalid;
  if (misfit != Misfit::kNone) {
    return Fail(ErrorCode::kInvalidArgument, "default of column " + Quoted(column.name) + " cannot be cast to " +
                                                 TypeWord(column) + ": " + Quoted(*column.default_text));
  }
  return value;
}

bool HasSameKey(const Contract& a, const Contract& b) {
  return std::ranges::equal(a.key_columns(), b.key_columns(), [](const Column* x, const Column* y) {
    return x->name == y->name && StorageType(*x) == StorageType(*y);
  });
}

}  // namespace tarn::contract
