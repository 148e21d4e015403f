// SPDX-License-Identifier: Apache-2.0
#include "engine/spark/spark_script.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace tarn::engine {
namespace {

/// Later ones win over those of the command itself.
constexpr auto kSettings = std::to_array<std::string_view>({
    "spark.sql.ansi.enabled=true",
    // Quoted names are quoted in the way that our parser knows.
    "spark.sql.ansi.doubleQuotedIdentifiers=true",
    // A doubled quote is one, as everywhere.
    "spark.sql.legacy.consecutiveStringLiterals.enabled=false",
    "spark.sql.parser.escapedStringLiterals=false",
    "spark.sql.variable.substitute=false",
    "spark.sql.session.timeZone=UTC",
    "spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInWrite=CORRECTED",
    "spark.sql.parquet.writeLegacyFormat=false",
});

/// Code points of well-formed UTF-8; of anything else its bytes.
char32_t NextCodePoint(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  const size_t more = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  if (first < 0x80 || more == 0 || at + more > text.size()) return first;
  char32_t point = first & (0x3FU >> more);
  for (size_t i = 0; i < more; ++i) point = (point << 6U) | (byte(at++) & 0x3FU);
  return point;
}

/// \uXXXX of a unit of UTF-16.
void AppendUnit(std::string& out, uint32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) out += kDigits[(unit >> shift) & 0xFU];
}

bool IsPlain(char32_t point) {
  return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') || (point >= '0' && point <= '9') ||
         point == ' ' || point == '_' || point == '.' || point == ',' || point == '(' || point == ')' || point == '=';
}

}  // namespace

std::string SparkLiteral(std::string_view text) {
  std::string out = "'";
  for (size_t at = 0; at < text.size();) {
    const auto point = NextCodePoint(text, at);
    if (IsPlain(point)) {
      out += static_cast<char>(point);
    } else if (point < 0x10000) {
      AppendUnit(out, point);
    } else {
      AppendUnit(out, 0xD800U + ((point - 0x10000U) >> 10U));
      AppendUnit(out, 0xDC00U + ((point - 0x10000U) & 0x3FFU));
    }
  }
  return out + "'";
}

std::string SparkName(std::string_view name) {
  std::string out = "`";
  for (const char c : name) out.append(c == '`' ? 2 : 1, c);
  return out + "`";
}

std::vector<std::string> SparkArguments(const std::string& script_path) {
  std::vector<std::string> words;
  for (const auto setting : kSettings) {
    words.emplace_back("--conf");
    words.emplace_back(setting);
  }
  words.emplace_back("-f");
  words.push_back(script_path);
  return words;
}

std::string SparkScript(const std::string& select, const std::string& folder_uri) {
  const auto statement = "INSERT OVERWRITE DIRECTORY " + SparkLiteral(folder_uri) + " USING parquet\n" + select;
  return "EXECUTE IMMEDIATE " + SparkLiteral(statement) + "\n";
}

}  // namespace tarn::engine
