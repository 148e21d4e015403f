// SPDX-License-Identifier: Apache-2.0
#include "dbt/sql_text.h"

namespace tarn::dbt {
namespace {

std::string Quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace

std::string QuotedName(std::string_view name) { return Quoted(name, '"'); }
std::string QuotedText(std::string_view text) { return Quoted(text, '\''); }

std::string BareStatement(std::string_view sql) {
  const auto last = sql.find_last_not_of(" \t\r\n;");
  return std::string(sql.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

std::string WithTables(const std::vector<std::pair<std::string, std::string>>& tables, const std::string& sql) {
  if (tables.empty()) return sql;
  std::string out = "with ";
  for (size_t i = 0; i < tables.size(); ++i) {
    if (i > 0) out += ", ";
    out += tables[i].first + " as (\n" + BareStatement(tables[i].second) + "\n)";
  }
  return out + "\nselect * from (\n" + BareStatement(sql) + "\n)";
}

}  // namespace tarn::dbt
