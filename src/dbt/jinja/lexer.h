// SPDX-License-Identifier: Apache-2.0
#pragma once
// Splits a template into text, delimiters and the tokens between them, with their lines; applies whitespace control and
// raw blocks. Pure function; thread-safe (lake.md §6.7).

#include <string>
#include <string_view>
#include <vector>

#include "dbt/jinja/value.h"

namespace tarn::dbt::jinja {

struct Token {
  enum class Kind {
    kText,
    kPrintBegin,
    kPrintEnd,
    kBlockBegin,
    kBlockEnd,
    kName,
    kString,
    kInt,
    kFloat,
    kOperator,
    kEnd
  };
  Kind kind = Kind::kEnd;
  int line = 0;
  std::string text;  ///< of names, operators, text and strings (without quotes and escapes)
  Value number;
};

/// Bytes of the longest template.
inline constexpr size_t kMaxTemplateBytes = 4U << 20;

/// Ends with kEnd. kInvalidArgument with path and line for what is not closed or no token.
Result<std::vector<Token>> Tokenize(const std::string& path, std::string_view text);

}  // namespace tarn::dbt::jinja
