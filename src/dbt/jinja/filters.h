// SPDX-License-Identifier: Apache-2.0
#pragma once
// Filters and tests of templates: `value | name(…)`, `value is name(…)`. Errors have no place yet; thread-safe but for
// what the interpreter is used for.

#include <string>

#include "dbt/jinja/interpreter.h"

namespace tarn::dbt::jinja {

/// kUnsupported when there is no such filter here.
Result<Value> ApplyFilter(Interpreter& interpreter, const std::string& filter, const Value& value,
                          const Arguments& arguments);

/// kUnsupported when there is no such test here.
Result<bool> ApplyTest(const std::string& test, const Value& value, const Arguments& arguments);

/// (key, value) tuples.
Value PairsOf(const Dict& dict);

/// In order; arguments reverse, case_sensitive, attribute.
Result<std::vector<Value>> SortedItems(std::vector<Value> items, const Arguments& arguments);

/// Each word with a capital letter in front.
std::string Titled(const std::string& text);

/// The attribute or item at a dotted path: "a.b.0".
Result<Value> AttributeAt(const Value& value, const std::string& path);

/// A value as JSON text, non-ASCII as it is. kInvalidArgument for what JSON cannot say.
Result<std::string> JsonText(const Value& value, const Arguments& arguments);

}  // namespace tarn::dbt::jinja
