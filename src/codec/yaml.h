// SPDX-License-Identifier: Apache-2.0
#pragma once
// YAML text of contracts, jobs and the configuration file (http-api.md §3.3), as JSON documents. Plain scalars are
// typed by the YAML 1.2 core schema (null, bool, int, float, else string); what WriteYaml writes keeps its type in
// YAML 1.1 readers too. Thread-safe.

#include <string>
#include <string_view>

#include "codec/json.h"

namespace tarn::codec {

/// Most values in one document, aliases counted as often as they are used.
inline constexpr size_t kMaxYamlValues = 1'000'000;

/// Reads one document; empty text is null. kInvalidArgument when malformed, not UTF-8, deeper than
/// kMaxJsonDepth, larger than kMaxYamlValues, or with a mapping key that is not a scalar.
Result<OrderedJson> ParseYaml(std::string_view text);

/// Block style, two blanks a level; strings that another type could be read from are quoted, those of several lines
/// are written as literal blocks where that loses nothing.
std::string WriteYaml(const OrderedJson& document);

}  // namespace tarn::codec
