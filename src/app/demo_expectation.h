// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the demo's tables must hold, computed anew from the posted bytes with maps and integers: no SQL engine, no code
// of the server but its JSON parser. Money is whole cents throughout. Plain values and pure functions.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/demo_data.h"
#include "app/result_table.h"
#include "base/result.h"

namespace tarn::app {

/// "903.08", "310", "-0.5" as cents; kInvalidArgument for other text or a third decimal other than 0.
Result<int64_t> CentsOf(std::string_view decimal);

enum class CellKind {
  kText,   ///< equal texts
  kCents,  ///< equal as money
  kReal,   ///< equal up to the rounding of a double
};

/// A table as it should be, rows in any order.
struct ExpectedTable {
  struct Column {
    std::string name;
    CellKind kind = CellKind::kText;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  ///< kCents cells hold cents
};

/// The first difference in words; nullopt when the tables are equal as bags of rows.
std::optional<std::string> Difference(const ExpectedTable& expected, const ResultTable& actual);

struct DemoExpectation {
  struct Counts {
    uint64_t posted = 0;
    uint64_t invalid = 0;
  };
  Counts orders;
  Counts users;
  Counts events;

  ExpectedTable silver_orders;    ///< order_id, customer_id, amount, order_date
  ExpectedTable clean_orders;     ///< the same, amount > 200 with customer and date
  ExpectedTable customer_orders;  ///< customer_id, order_count, total_spent, avg_order_value
  ExpectedTable daily_revenue;    ///< date, revenue
  ExpectedTable dim_users;        ///< user_id, username, email, created_at, country
  ExpectedTable fct_events;       ///< events left join users
};

/// kInvalidArgument for input that MakeDemoInput would not make.
Result<DemoExpectation> Expect(const DemoInput& input);

}  // namespace tarn::app
