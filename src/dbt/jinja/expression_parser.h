// SPDX-License-Identifier: Apache-2.0
#pragma once
// The expression grammar of templates, by Jinja's precedences: conditional, or, and, not, comparison, + - ~, * / // %,
// unary, **, then postfixes and filters. Thread-compatible.

#include <initializer_list>
#include <string>

#include "dbt/jinja/token_cursor.h"

namespace tarn::dbt::jinja {

class ExpressionParser {
 public:
  explicit ExpressionParser(TokenCursor& cursor) : cursor_(cursor) {}

  /// One expression; with a comma behind it, a tuple.
  Result<ExpressionPtr> ParseTuple();
  Result<ExpressionPtr> Parse();
  /// As Parse without `x if y`: what a for loop goes over, before its condition.
  Result<ExpressionPtr> ParseOr();
  /// name(a, b=c) behind the name; none when there is no parenthesis.
  Result<std::vector<CallArgument>> ParseArguments();

 private:
  Result<ExpressionPtr> ParseAnd();
  Result<ExpressionPtr> ParseNot();
  Result<ExpressionPtr> ParseComparison();
  Result<ExpressionPtr> ParseSum();
  Result<ExpressionPtr> ParseConcat();
  Result<ExpressionPtr> ParseProduct();
  Result<ExpressionPtr> ParseUnary();
  Result<ExpressionPtr> ParseSigned();
  Result<ExpressionPtr> ParsePower();
  Result<ExpressionPtr> ParsePrimary();
  Result<ExpressionPtr> ParseNameOrLiteral();
  Result<ExpressionPtr> ParseStrings();
  Result<ExpressionPtr> ParseParenthesis();
  Result<ExpressionPtr> ParseListLiteral();
  Result<ExpressionPtr> ParseDictLiteral();
  Result<ExpressionPtr> ParsePostfixes(ExpressionPtr of);
  Result<ExpressionPtr> ParseSubscript(ExpressionPtr of);
  Result<ExpressionPtr> ParseFiltersAndTests(ExpressionPtr of);
  Result<ExpressionPtr> ParseTest(ExpressionPtr of);
  Result<ExpressionPtr> ParseChain(Result<ExpressionPtr> (ExpressionParser::*next)(),
                                   std::initializer_list<std::string_view> operators);
  bool StartsOperand() const;

  TokenCursor& cursor_;
  int depth_ = 0;
};

}  // namespace tarn::dbt::jinja
