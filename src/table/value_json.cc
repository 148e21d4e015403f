// SPDX-License-Identifier: Apache-2.0
#include "table/value_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/time.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/json_text.h"

namespace tarn::table {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

/// Shortest text that reads back to the same value.
template <class Real>
void AppendShortest(std::string& out, Real value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

/// Decimal text without trailing zeros of the fraction.
void AppendDecimal(std::string& out, Int128 value, uint8_t scale) {
  auto text = FormatDecimal(value, scale);
  if (scale > 0) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  out += text;
}

void AppendDate(std::string& out, int32_t days) {
  constexpr int32_t kMostDays = 100'000'000;  // of either sign: beyond, their microseconds do not fit
  if (days > kMostDays || days < -kMostDays) {
    out += std::to_string(days) + " days";
    return;
  }
  const auto text = FormatTimestamp({int64_t{days} * 86'400 * kMicrosPerSecond});
  out.append(text, 0, text.find('T'));
}

/// "2026-01-01T00:00:00[.f]", with Z for instants; the fraction without trailing zeros.
void AppendTimestamp(std::string& out, int64_t micros, bool utc) {
  auto text = FormatTimestamp({micros});
  text.pop_back();
  if (text.contains('.')) text.erase(text.find_last_not_of('0') + 1);
  out += text;
  if (utc) out += 'Z';
}

void AppendInstant(std::string& out, int64_t micros) {
  out += '"';
  AppendTimestamp(out, micros, true);
  out += '"';
}

void AppendNotFinite(std::string& out, double value, JsonUse use) {
  if (use == JsonUse::kAnswer) {
    out += "null";
  } else {
    out += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  }
}

/// JSON text in JSON: of a record it is what others wrote, so it may be none, and must not break the line.
void AppendNested(std::string& out, std::string_view text, JsonUse use) {
  if (text.empty()) {
    out += "null";
  } else if (use == JsonUse::kAnswer) {
    out += text;
  } else if (!codec::ParseJson(text)) {
    codec::AppendJsonString(out, text);
  } else {
    const auto begin = out.size();
    out += text;
    std::replace_if(
        out.begin() + static_cast<int64_t>(begin), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  }
}

void AppendQuotedList(std::string& out, const ColumnView& column, size_t row, JsonUse use) {
  const auto entry = column.At<ListEntry>(row);
  out += '[';
  for (uint64_t i = 0; i < entry.length; ++i) {
    if (i > 0) out += ',';
    AppendJsonValue(out, column.children[0], entry.offset + i, use);
  }
  out += ']';
}

void AppendStruct(std::string& out, const ColumnView& column, size_t row, JsonUse use) {
  out += '{';
  for (size_t i = 0; i < column.children.size(); ++i) {
    if (i > 0) out += ',';
    codec::AppendJsonString(out, column.type->children[i].name);
    out += ':';
    AppendJsonValue(out, column.children[i], row, use);
  }
  out += '}';
}

void AppendMap(std::string& out, const ColumnView& column, size_t row, JsonUse use) {
  const auto entry = column.At<ListEntry>(row);
  out += '{';
  std::string key;
  for (uint64_t i = 0; i < entry.length; ++i) {
    if (i > 0) out += ',';
    key.clear();
    AppendPlainText(key, column.children[0], entry.offset + i);
    codec::AppendJsonString(out, key);
    out += ':';
    AppendJsonValue(out, column.children[1], entry.offset + i, use);
  }
  out += '}';
}

void AppendQuoted(std::string& out, const ColumnView& column, size_t row) {
  out += '"';
  AppendPlainText(out, column, row);
  out += '"';
}

}  // namespace

void AppendJsonValue(std::string& out, const ColumnView& column, size_t row, JsonUse use) {
  if (!column.IsValid(row)) {
    out += "null";
    return;
  }
  switch (column.type->kind) {
    case TypeKind::kBoolean:
    case TypeKind::kInt32:
    case TypeKind::kInt64:
    case TypeKind::kDecimal:
      return AppendPlainText(out, column, row);
    case TypeKind::kFloat:
      if (!std::isfinite(column.At<float>(row))) return AppendNotFinite(out, column.At<float>(row), use);
      return AppendPlainText(out, column, row);
    case TypeKind::kDouble:
      if (!std::isfinite(column.At<double>(row))) return AppendNotFinite(out, column.At<double>(row), use);
      return codec::AppendJsonDouble(out, column.At<double>(row));
    case TypeKind::kString:
      return codec::AppendJsonString(out, column.At<std::string_view>(row));
    case TypeKind::kJson:
      return AppendNested(out, column.At<std::string_view>(row), use);
    case TypeKind::kTimestampNaive:
      if (use == JsonUse::kRecord) return AppendInstant(out, column.At<int64_t>(row));
      return AppendQuoted(out, column, row);
    case TypeKind::kBinary:
    case TypeKind::kDate:
    case TypeKind::kTimestamp:
      return AppendQuoted(out, column, row);
    case TypeKind::kList:
      return AppendQuotedList(out, column, row, use);
    case TypeKind::kStruct:
      return AppendStruct(out, column, row, use);
    case TypeKind::kMap:
      return AppendMap(out, column, row, use);
  }
}

void AppendPlainText(std::string& out, const ColumnView& column, size_t row) {
  if (!column.IsValid(row)) return;
  switch (column.type->kind) {
    case TypeKind::kBoolean:
      out += column.At<uint8_t>(row) != 0 ? "true" : "false";
      return;
    case TypeKind::kInt32:
      return codec::AppendJsonInteger(out, column.At<int32_t>(row));
    case TypeKind::kInt64:
      return codec::AppendJsonInteger(out, column.At<int64_t>(row));
    case TypeKind::kFloat:
      return AppendShortest(out, column.At<float>(row));
    case TypeKind::kDouble:
      return AppendShortest(out, column.At<double>(row));
    case TypeKind::kDecimal:
      return AppendDecimal(out, column.At<Int128>(row), column.type->scale);
    case TypeKind::kString:
    case TypeKind::kJson:
      out += column.At<std::string_view>(row);
      return;
    case TypeKind::kBinary:
      out += codec::Base64Encode(column.At<std::string_view>(row));
      return;
    case TypeKind::kDate:
      return AppendDate(out, column.At<int32_t>(row));
    case TypeKind::kTimestamp:
      return AppendTimestamp(out, column.At<int64_t>(row), true);
    case TypeKind::kTimestampNaive:
      return AppendTimestamp(out, column.At<int64_t>(row), false);
    case TypeKind::kList:
    case TypeKind::kStruct:
    case TypeKind::kMap:
      return AppendJsonValue(out, column, row);
  }
}

}  // namespace tarn::table
