// SPDX-License-Identifier: Apache-2.0
#include "contract/inference.h"

#include <algorithm>

#include "codec/json_text.h"
#include "contract/conversion.h"
#include "contract/field_name.h"
#include "contract/time_text.h"

namespace tarn::contract {
namespace {

constexpr size_t kSampleCharacters = 100;

/// The first characters of UTF-8 text.
std::string_view FirstCharacters(std::string_view text) {
  size_t bytes = 0;
  for (size_t count = 0; count < kSampleCharacters && bytes < text.size(); ++count) {
    bytes += std::max<size_t>(1, codec::Utf8SequenceSize(text.substr(bytes)));
  }
  return text.substr(0, bytes);
}

void ProposeForString(const JsonValue& value, Column& column) {
  Scratch scratch;
  const auto time = ReadTimeText(StringOf(value, scratch));
  if (!time) return;
  if (!time->has_time) {
    column.type = ColumnType::kDate;
  } else if (time->has_seconds) {
    column.type = ColumnType::kTimestamp;
  }
}

void ProposeForNumber(const JsonValue& value, Column& column) {
  Scratch scratch;
  if (!value.integer) {
    double number = 0;
    const bool finite = ToDouble(value, scratch, number) == Misfit::kNone;
    column.type = finite ? ColumnType::kFloat : ColumnType::kString;
    return;
  }
  int64_t number = 0;
  if (ToInteger(value, scratch, number) == Misfit::kNone) {
    column.type = ColumnType::kInteger;
    return;
  }
  column.type = ColumnType::kDecimal;
  table::Int128 unscaled = 0;
  if (ToDecimal(value, scratch, {column.precision, column.scale}, unscaled) == Misfit::kNone) return;
  column.scale = 0;
  column.plain_decimal = false;
  if (ToDecimal(value, scratch, {column.precision, column.scale}, unscaled) == Misfit::kNone) return;
  column = Column();  // no number type holds it
}

struct Member {
  std::string key;
  JsonValue value;
};

Result<std::vector<Member>> ReadMembers(std::string_view object) {
  JsonScanner scanner;
  std::vector<Member> members;
  JsonValue whole;
  const auto keep = [&](size_t, const JsonValue& key, const JsonValue& value) {
    Scratch scratch;
    const auto name = StringOf(key, scratch);
    const auto earlier = std::ranges::find(members, name, &Member::key);
    if (earlier != members.end()) {
      earlier->value = value;
    } else {
      members.push_back({std::string(name), value});
    }
    return true;
  };
  if (!scanner.Index(object) || !scanner.ReadObject(whole, 0, keep) || !scanner.AtEnd()) {
    return Fail(ErrorCode::kInvalidArgument, "not a JSON object: " + scanner.FaultText());
  }
  return members;
}

std::vector<std::string> KeysOf(const std::vector<Member>& members) {
  std::vector<std::string> keys;
  for (const auto& member : members) keys.push_back(member.key);
  return keys;
}

}  // namespace

void ProposeType(const JsonValue& value, Column& column) {
  switch (value.kind) {
    case JsonKind::kNull:
      column.type = ColumnType::kString;
      break;
    case JsonKind::kBoolean:
      column.type = ColumnType::kBoolean;
      break;
    case JsonKind::kNumber:
      ProposeForNumber(value, column);
      break;
    case JsonKind::kString:
      ProposeForString(value, column);
      break;
    case JsonKind::kObject:
      column.type = ColumnType::kJson;
      break;
    case JsonKind::kArray:
      column.type = ColumnType::kArray;
      break;
  }
}

Result<std::vector<ProposedColumn>> ProposeColumns(std::string_view object) {
  TARN_ASSIGN(const auto members, ReadMembers(object));
  const auto names = UniqueSnakeCase(KeysOf(members));
  std::vector<ProposedColumn> columns;
  for (size_t i = 0; i < members.size(); ++i) {
    ProposedColumn proposed;
    proposed.key = members[i].key;
    ProposeType(members[i].value, proposed.column);
    proposed.column.name = names[i];
    proposed.column.primary_key = names[i] == "id" || names[i] == "uuid" || names[i] == "key";
    proposed.has_sample = members[i].value.kind != JsonKind::kNull;
    proposed.column.required = proposed.has_sample;
    Scratch scratch;
    const auto& value = members[i].value;
    if (proposed.has_sample)
      proposed.sample = FirstCharacters(value.kind == JsonKind::kString ? StringOf(value, scratch) : value.text());
    columns.push_back(std::move(proposed));
  }
  return columns;
}

Result<std::vector<Column>> FixedColumns(const Contract& contract, std::string_view record) {
  TARN_ASSIGN(const auto members, ReadMembers(record));
  auto columns = contract.columns;
  const auto names = UniqueSnakeCase(KeysOf(members));
  for (size_t i = 0; i < members.size() && columns.size() < kMaxColumns; ++i) {
    const bool reserved = !CanBeColumn(members[i].key) && members[i].key.starts_with('_');
    const auto fills = [&](const Column& column) { return column.name == members[i].key || column.name == names[i]; };
    if (reserved || members[i].key == "_op" || std::ranges::any_of(columns, fills)) continue;
    Column column;
    ProposeType(members[i].value, column);
    column.name = names[i];
    column.inferred = true;
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace tarn::contract
