// SPDX-License-Identifier: Apache-2.0
#include "table/types.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/ascii.h"

namespace tarn::table {
namespace {

// Words the engine's grammar reserves: as field names of a STRUCT they need quotes.
constexpr auto kReservedWords = std::to_array<std::string_view>(
    {"all",        "analyse",      "analyze",     "and",       "any",       "array",    "as",         "asc",
     "asymmetric", "both",         "case",        "cast",      "check",     "collate",  "column",     "constraint",
     "create",     "default",      "deferrable",  "desc",      "describe",  "distinct", "do",         "else",
     "end",        "except",       "false",       "fetch",     "for",       "foreign",  "from",       "group",
     "having",     "in",           "initially",   "intersect", "into",      "lambda",   "lateral",    "leading",
     "limit",      "not",          "null",        "offset",    "on",        "only",     "or",         "order",
     "pivot",      "pivot_longer", "pivot_wider", "placing",   "primary",   "qualify",  "references", "returning",
     "select",     "show",         "some",        "summarize", "symmetric", "table",    "then",       "to",
     "trailing",   "true",         "union",       "unique",    "unpivot",   "using",    "variadic",   "when",
     "where",      "window",       "with"});

bool NeedsQuotes(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return true;
  std::string lower;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (std::isalnum(byte) == 0 && c != '_')) return true;
    lower += Lower(c);
  }
  return std::ranges::find(kReservedWords, lower) != kReservedWords.end();
}

std::string QuotedIfNeeded(std::string_view name) {
  if (!NeedsQuotes(name)) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string StructName(const DataType& type) {
  std::string name = "STRUCT(";
  for (const Field& child : type.children) {
    if (&child != &type.children.front()) name += ", ";
    name += QuotedIfNeeded(child.name) + " " + SqlTypeName(child.type);
  }
  return name + ")";
}

int32_t MaxIdOf(const std::vector<Field>& fields) {
  int32_t max_id = 0;
  for (const Field& field : fields) max_id = std::max({max_id, field.id, MaxIdOf(field.type.children)});
  return max_id;
}

void AssignIn(std::vector<Field>& fields, int32_t& last_id) {
  for (Field& field : fields) {
    if (field.id == 0) field.id = ++last_id;
    AssignIn(field.type.children, last_id);
  }
}

}  // namespace

std::optional<size_t> Schema::IndexOf(std::string_view name) const {
  const auto found = std::ranges::find(fields, name, &Field::name);
  if (found == fields.end()) return std::nullopt;
  return static_cast<size_t>(found - fields.begin());
}

int32_t Schema::MaxFieldId() const { return MaxIdOf(fields); }

int32_t AssignFieldIds(Schema& schema, int32_t last_id) {
  int32_t last = std::max(last_id, schema.MaxFieldId());
  AssignIn(schema.fields, last);
  return last;
}

std::string SqlTypeName(const DataType& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return "BOOLEAN";
    case TypeKind::kInt32:
      return "INTEGER";
    case TypeKind::kInt64:
      return "BIGINT";
    case TypeKind::kFloat:
      return "FLOAT";
    case TypeKind::kDouble:
      return "DOUBLE";
    case TypeKind::kDecimal:
      if (type.precision > 38) return "HUGEINT";
      return "DECIMAL(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case TypeKind::kString:
      return "VARCHAR";
    case TypeKind::kJson:
      return "JSON";
    case TypeKind::kBinary:
      return "BLOB";
    case TypeKind::kDate:
      return "DATE";
    case TypeKind::kTimestamp:
      return "TIMESTAMP WITH TIME ZONE";
    case TypeKind::kTimestampNaive:
      return "TIMESTAMP";
    case TypeKind::kList:
      return SqlTypeName(type.children.at(0).type) + "[]";
    case TypeKind::kStruct:
      return StructName(type);
    case TypeKind::kMap:
      return "MAP(" + SqlTypeName(type.children.at(0).type) + ", " + SqlTypeName(type.children.at(1).type) + ")";
  }
  return "VARCHAR";
}

DataType Scalar(TypeKind kind) { return {.kind = kind, .precision = 0, .scale = 0, .children = {}}; }

DataType Decimal(uint8_t precision, uint8_t scale) {
  return {.kind = TypeKind::kDecimal, .precision = precision, .scale = scale, .children = {}};
}

}  // namespace tarn::table
