// SPDX-License-Identifier: Apache-2.0
#pragma once
// YAML files of a project, with the Jinja in their strings rendered where dbt does so. Thread-compatible.

#include <string>

#include "codec/json.h"
#include "dbt/render_context.h"

namespace tarn::dbt {

/// Reads one file; an empty one is an empty object. Errors name the file.
Result<codec::OrderedJson> ReadYamlFile(const std::string& path, const std::string& text);

/// Renders strings with Jinja in them, in place, all the way down but below keys that are rendered later: descriptions,
/// tests. A string that is one {{ expression }} becomes its value.
Status RenderStrings(RenderContext& context, const std::string& path, codec::OrderedJson& document);

/// One string, as RenderStrings.
Result<codec::OrderedJson> RenderString(RenderContext& context, const std::string& path, const std::string& text);

}  // namespace tarn::dbt
