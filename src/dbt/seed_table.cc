// SPDX-License-Identifier: Apache-2.0
#include "dbt/seed_table.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "codec/csv_record.h"
#include "dbt/jinja/syntax.h"
#include "dbt/jinja/utf8.h"
#include "dbt/sql_text.h"

namespace tarn::dbt {
namespace {

using Row = std::vector<std::string>;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsWhole(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.size() <= 18 && std::ranges::all_of(text, IsDigit);
}

bool IsNumber(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  size_t dots = 0;
  size_t digits = 0;
  for (const char c : text) {
    if (c == '.') {
      ++dots;
    } else if (IsDigit(c)) {
      ++digits;
    } else {
      return false;
    }
  }
  return digits > 0 && dots <= 1;
}

/// Digits at 0 of the pattern, anything else as it is.
bool HasShape(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == '0' ? !IsDigit(text[i]) : text[i] != shape[i]) return false;
  }
  return true;
}

bool IsDate(std::string_view text) { return HasShape(text, "0000-00-00"); }

bool IsTimestamp(std::string_view text) {
  if (text.size() < 19 || !IsDate(text.substr(0, 10)) || (text[10] != ' ' && text[10] != 'T')) return false;
  if (!HasShape(text.substr(11, 8), "00:00:00")) return false;
  auto rest = text.substr(19);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    while (!rest.empty() && IsDigit(rest[0])) rest.remove_prefix(1);
  }
  return rest.empty() || rest == "Z";
}

bool IsBoolean(std::string_view text) {
  const auto lower = Lower(text);
  return lower == "true" || lower == "false";
}

bool IsNull(std::string_view text) { return text.empty() || Lower(text) == "null"; }

std::string TypeOf(const std::vector<Row>& rows, size_t column) {
  static constexpr std::array<std::pair<bool (*)(std::string_view), const char*>, 5> kTypes{{{IsWhole, "bigint"},
                                                                                             {IsNumber, "double"},
                                                                                             {IsDate, "date"},
                                                                                             {IsTimestamp, "timestamp"},
                                                                                             {IsBoolean, "boolean"}}};
  for (const auto& [fits, type] : kTypes) {
    bool any = false;
    const bool all = std::ranges::all_of(rows, [&](const auto& row) {
      any = any || !IsNull(row[column]);
      return IsNull(row[column]) || fits(row[column]);
    });
    if (all && any) return type;
  }
  return "varchar";
}

Result<std::vector<Row>> ReadRows(const Node& seed, std::string_view csv) {
  codec::CsvDialect dialect;
  if (const auto delimiter = seed.Setting("delimiter"); !delimiter.empty()) dialect.delimiter = delimiter[0];
  if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
  std::vector<Row> rows;
  std::vector<codec::CsvField> fields;
  std::string scratch;
  int line = 1;
  while (!csv.empty()) {
    fields.clear();
    const auto scan = codec::ScanCsvRecord(csv, dialect, true, fields);
    if (scan.outcome == codec::CsvOutcome::kBadQuote || scan.outcome == codec::CsvOutcome::kMore) {
      return Fail(ErrorCode::kInvalidArgument, jinja::AtLine(seed.path, line, "a quote is not where it may be"));
    }
    if (scan.outcome == codec::CsvOutcome::kRecord) {
      Row row;
      for (const auto& field : fields) row.emplace_back(codec::ValueOf(field, dialect.quote, scratch));
      if (!rows.empty() && row.size() != rows[0].size()) {
        return Fail(ErrorCode::kInvalidArgument,
                    jinja::AtLine(seed.path, line,
                                  "the row has " + std::to_string(row.size()) + " columns, the first line " +
                                      std::to_string(rows[0].size())));
      }
      rows.push_back(std::move(row));
    }
    line += static_cast<int>(std::ranges::count(csv.substr(0, scan.consumed), '\n'));
    csv.remove_prefix(scan.consumed);
  }
  if (rows.empty()) return Fail(ErrorCode::kInvalidArgument, jinja::AtLine(seed.path, 1, "the seed has no header"));
  return rows;
}

std::string TypeFor(const Node& seed, const std::string& column, const std::vector<Row>& rows, size_t at) {
  const auto types = seed.config.find("column_types");
  if (types != seed.config.end() && types->is_object()) {
    const auto found = types->find(column);
    if (found != types->end() && found->is_string()) return found->get<std::string>();
  }
  return TypeOf(rows, at);
}

}  // namespace

Result<std::string> SeedSelect(const Node& seed, std::string_view csv) {
  if (csv.size() > kMaxSeedBytes) {
    return Fail(ErrorCode::kUnsupported,
                jinja::AtLine(seed.path, 1, "not supported: a seed of more than 8 MiB; use tarn import"));
  }
  TARN_ASSIGN(auto rows, ReadRows(seed, csv));
  const auto header = std::move(rows[0]);
  rows.erase(rows.begin());
  std::string columns;
  std::string names;
  for (size_t i = 0; i < header.size(); ++i) {
    const auto comma = i > 0 ? ", " : "";
    const auto name = QuotedName(header[i]);
    names += comma + name;
    columns += comma + std::string("cast(") + (rows.empty() ? "null" : name) + " as " +
               TypeFor(seed, header[i], rows, i) + ") as " + name;
  }
  if (rows.empty()) return "select " + columns + " where false";
  std::string values;
  for (const auto& row : rows) {
    values += values.empty() ? "\n(" : ",\n(";
    for (size_t i = 0; i < row.size(); ++i) {
      values += (i > 0 ? ", " : "") + (IsNull(row[i]) ? std::string("null") : QuotedText(row[i]));
    }
    values += ")";
  }
  return "select " + columns + "\nfrom (values " + values + ") as seed(" + names + ")";
}

}  // namespace tarn::dbt
