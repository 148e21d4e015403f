// SPDX-License-Identifier: Apache-2.0
#pragma once
// Python's operators, items and slices on values. Pure functions; errors have no place yet. Thread-safe.

#include <optional>
#include <string>

#include "dbt/jinja/value.h"

namespace tarn::dbt::jinja {

/// Any binary operator but `and` and `or`, which do not look at both sides.
Result<Value> Operate(const std::string& sign, const Value& left, const Value& right);

/// value[key]: undefined when it is not there.
Result<Value> ItemOf(const Value& value, const Value& key);

struct Slice {
  std::optional<int64_t> from;
  std::optional<int64_t> to;
  int64_t step = 1;
};
Result<Value> SliceOf(const Value& value, const Slice& slice);

/// "%s and %05.2f" with its values, as of %, |format.
Result<std::string> PercentFormat(const std::string& pattern, const std::vector<Value>& values);

/// "{} and {name:>5}" with its values, as of str.format.
Result<std::string> BraceFormat(const std::string& pattern, const Arguments& values);

}  // namespace tarn::dbt::jinja
