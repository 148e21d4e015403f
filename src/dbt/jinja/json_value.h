// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values of templates and JSON documents (of YAML files, artifacts, tojson and fromjson) as each other. Pure functions;
// thread-safe.

#include "codec/json.h"
#include "dbt/jinja/value.h"

namespace tarn::dbt::jinja {

Value ValueOf(const codec::OrderedJson& document);

/// kInvalidArgument for what JSON cannot say; undefined values and objects are their text.
Result<codec::OrderedJson> JsonOf(const Value& value);

}  // namespace tarn::dbt::jinja
