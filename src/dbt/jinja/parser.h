// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads templates and single expressions into their syntax trees. What Jinja has and this has not (extends, include,
// import, autoescape, loop controls …) is refused by name with file and line. Pure functions; thread-safe.

#include <string>
#include <string_view>

#include "dbt/jinja/syntax.h"

namespace tarn::dbt::jinja {

/// How deep expressions and blocks may nest.
inline constexpr int kMaxNesting = 100;

struct SourceText {
  std::string path;     ///< from the project's root; in every error
  std::string package;  ///< whose macros it makes
  std::string_view text;
};

/// kInvalidArgument: malformed; kUnsupported: a construct that is not known. Both begin with path:line.
Result<Template> ParseTemplate(const SourceText& source);

/// The expression when the text is nothing but one {{ … }}; null otherwise.
Result<ExpressionPtr> ParseLoneExpression(const SourceText& source);

/// The text as one expression, without delimiters.
Result<ExpressionPtr> ParseExpression(const SourceText& source);

}  // namespace tarn::dbt::jinja
