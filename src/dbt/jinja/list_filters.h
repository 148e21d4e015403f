// SPDX-License-Identifier: Apache-2.0
#pragma once
// Filters that look at sequences: join, map, select, sort, groupby … Used by filters.h alone; thread-safe but for what
// the interpreter is used for.

#include <string>

#include "dbt/jinja/filters.h"

namespace tarn::dbt::jinja {

/// kUnsupported when there is no such filter here.
Result<Value> ApplyListFilter(Interpreter& interpreter, const std::string& filter, const Value& value,
                              const Arguments& arguments);

}  // namespace tarn::dbt::jinja
