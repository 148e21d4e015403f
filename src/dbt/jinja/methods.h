// SPDX-License-Identifier: Apache-2.0
#pragma once
// Methods of Python's strings, lists and dicts that templates call. Pure but for lists and dicts that change
// themselves; errors have no place yet.

#include <string>

#include "dbt/jinja/value.h"

namespace tarn::dbt::jinja {

/// kUnsupported when the type has no such method here.
Result<Value> CallMethod(const Value& self, const std::string& method, const Arguments& arguments);

}  // namespace tarn::dbt::jinja
