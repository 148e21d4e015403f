// SPDX-License-Identifier: Apache-2.0
#pragma once
// A data test: what every row of a table must be, how many may fail and what follows (lake.md §6.4, http-api.md §8.3).
// Plain values.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "engine/names.h"
#include "quality/threshold.h"

namespace tarn::quality {

enum class TestType : uint8_t {
  kNotNull,         ///< no column is null
  kUnique,          ///< no two rows have the same values; rows with a null among them are left out
  kAcceptedValues,  ///< the column is null or one of `values`
  kRelationships,   ///< the column is null or occurs as `field` of the table `to`
  kRange,           ///< the column is null or between `min` and `max`
  kRegex,           ///< the column is null or `pattern` matches somewhere in its text
  kRowCount,        ///< the number of rows is between `min` and `max`
  kFreshness,       ///< the newest value of the column is at most `max_age` old
  kExpression,      ///< `expression` is true or null
  kSql              ///< `query` gives no rows
};

inline constexpr std::array<std::pair<std::string_view, TestType>, 10> kTestTypes{
    {{"not_null", TestType::kNotNull},
     {"unique", TestType::kUnique},
     {"accepted_values", TestType::kAcceptedValues},
     {"relationships", TestType::kRelationships},
     {"range", TestType::kRange},
     {"regex", TestType::kRegex},
     {"row_count", TestType::kRowCount},
     {"freshness", TestType::kFreshness},
     {"expression", TestType::kExpression},
     {"sql", TestType::kSql}}};

std::string_view TestTypeName(TestType type);
std::optional<TestType> TestTypeOf(std::string_view name);

enum class Severity : uint8_t {
  kError,  ///< a failure keeps the result from being published
  kWarn    ///< a failure is reported
};

struct Test {
  TestType type = TestType::kSql;
  std::string name;  ///< unique among the tests of a table
  std::vector<std::string> columns;
  std::string where;   ///< SQL condition: only rows that fulfil it are tested; empty = all
  Threshold warn_if;   ///< of the number of failures
  Threshold error_if;  ///< likewise; of no meaning with Severity::kWarn
  Severity severity = Severity::kError;
  bool store_failures = false;  ///< the first failing rows are kept with the result

  std::vector<codec::Json> values;  ///< kAcceptedValues: strings, numbers, booleans
  engine::TableName to;             ///< kRelationships
  std::string field;                ///< kRelationships: column of `to`
  std::optional<codec::Json> min;   ///< kRange, kRowCount: number or text, inclusive
  std::optional<codec::Json> max;
  std::string pattern;                   ///< kRegex: RE2
  std::chrono::milliseconds max_age{0};  ///< kFreshness
  std::string expression;                ///< kExpression: SQL
  std::string query;                     ///< kSql: a SELECT of failing rows
  /// SQL over the failing rows that gives their number.
  std::string fail_calc = "count(*)";
};

/// The columns for people: "a", "a, b"; empty when it has none.
std::string ColumnText(const Test& test);

/// Gives every test without a name the one of its kind: "not_null_daily_day", with "_2", "_3" for later ones.
void NameTests(std::string_view table, std::vector<Test>& tests);

}  // namespace tarn::quality
