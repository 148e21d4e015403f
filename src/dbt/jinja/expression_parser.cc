// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/expression_parser.h"

#include <algorithm>

#include "dbt/jinja/parser.h"

namespace tarn::dbt::jinja {
namespace {

using Kind = Expression::Kind;

std::unique_ptr<Expression> Make(Kind kind, int line, std::string name = {}) {
  auto made = std::make_unique<Expression>();
  made->kind = kind;
  made->line = line;
  made->name = std::move(name);
  return made;
}

std::unique_ptr<Expression> Make(Kind kind, int line, std::string name, ExpressionPtr first, ExpressionPtr second) {
  auto made = Make(kind, line, std::move(name));
  made->children.push_back(std::move(first));
  made->children.push_back(std::move(second));
  return made;
}

std::unique_ptr<Expression> Literal(Value value, int line) {
  auto made = Make(Kind::kLiteral, line);
  made->literal = std::move(value);
  return made;
}

class Deeper {
 public:
  explicit Deeper(int& depth) : depth_(++depth) {}
  ~Deeper() { --depth_; }

 private:
  int& depth_;
};

}  // namespace

Result<ExpressionPtr> ExpressionParser::ParseTuple() {
  const int line = cursor_.line();
  TARN_ASSIGN(auto first, Parse());
  if (!cursor_.IsOperator(",")) return first;
  auto tuple = Make(Kind::kTuple, line);
  tuple->children.push_back(std::move(first));
  while (cursor_.TakeOperator(",")) {
    if (!StartsOperand()) break;
    TARN_ASSIGN(auto next, Parse());
    tuple->children.push_back(std::move(next));
  }
  return ExpressionPtr(std::move(tuple));
}

bool ExpressionParser::StartsOperand() const {
  const auto kind = cursor_.now().kind;
  if (kind == Token::Kind::kName || kind == Token::Kind::kString || kind == Token::Kind::kInt ||
      kind == Token::Kind::kFloat) {
    return true;
  }
  return cursor_.IsOperator("(") || cursor_.IsOperator("[") || cursor_.IsOperator("{") || cursor_.IsOperator("-") ||
         cursor_.IsOperator("+");
}

Result<ExpressionPtr> ExpressionParser::Parse() {
  const Deeper deeper(depth_);
  if (depth_ > kMaxNesting) return cursor_.Bad("expressions are nested too deep");
  TARN_ASSIGN(auto value, ParseOr());
  while (cursor_.IsName("if")) {
    const int line = cursor_.line();
    cursor_.Take();
    TARN_ASSIGN(auto condition, ParseOr());
    auto made = Make(Kind::kConditional, line, {}, std::move(value), std::move(condition));
    ExpressionPtr otherwise;
    if (cursor_.TakeName("else")) {
      TARN_ASSIGN(otherwise, Parse());
    }
    made->children.push_back(std::move(otherwise));
    value = std::move(made);
  }
  return value;
}

Result<ExpressionPtr> ExpressionParser::ParseChain(Result<ExpressionPtr> (ExpressionParser::*next)(),
                                                   std::initializer_list<std::string_view> operators) {
  TARN_ASSIGN(auto left, (this->*next)());
  for (;;) {
    const auto found = std::ranges::find_if(
        operators, [&](std::string_view word) { return cursor_.IsOperator(word) || cursor_.IsName(word); });
    if (found == operators.end()) return left;
    const int line = cursor_.line();
    cursor_.Take();
    TARN_ASSIGN(auto right, (this->*next)());
    left = Make(Kind::kBinary, line, std::string(*found), std::move(left), std::move(right));
  }
}

Result<ExpressionPtr> ExpressionParser::ParseOr() { return ParseChain(&ExpressionParser::ParseAnd, {"or"}); }
Result<ExpressionPtr> ExpressionParser::ParseAnd() { return ParseChain(&ExpressionParser::ParseNot, {"and"}); }

Result<ExpressionPtr> ExpressionParser::ParseNot() {
  if (!cursor_.IsName("not")) return ParseComparison();
  const Deeper deeper(depth_);
  if (depth_ > kMaxNesting) return cursor_.Bad("expressions are nested too deep");
  auto made = Make(Kind::kUnary, cursor_.line(), "not");
  cursor_.Take();
  TARN_ASSIGN(auto value, ParseNot());
  made->children.push_back(std::move(value));
  return ExpressionPtr(std::move(made));
}

Result<ExpressionPtr> ExpressionParser::ParseComparison() {
  TARN_ASSIGN(auto left, ParseSum());
  bool compared = false;
  for (;;) {
    std::string word;
    for (const std::string_view sign : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (cursor_.IsOperator(sign)) word = sign;
    }
    if (cursor_.IsName("in")) word = "in";
    if (cursor_.IsName("not") && cursor_.after(1).kind == Token::Kind::kName && cursor_.after(1).text == "in") {
      cursor_.Take();
      word = "not in";
    }
    if (word.empty()) return left;
    if (compared) return cursor_.Unsupported(cursor_.line(), "chained comparisons");
    const int line = cursor_.line();
    cursor_.Take();
    TARN_ASSIGN(auto right, ParseSum());
    left = Make(Kind::kBinary, line, word, std::move(left), std::move(right));
    compared = true;
  }
}

Result<ExpressionPtr> ExpressionParser::ParseSum() { return ParseChain(&ExpressionParser::ParseConcat, {"+", "-"}); }
Result<ExpressionPtr> ExpressionParser::ParseConcat() { return ParseChain(&ExpressionParser::ParseProduct, {"~"}); }
Result<ExpressionPtr> ExpressionParser::ParseProduct() {
  return ParseChain(&ExpressionParser::ParsePower, {"*", "/", "//", "%"});
}
Result<ExpressionPtr> ExpressionParser::ParsePower() { return ParseChain(&ExpressionParser::ParseUnary, {"**"}); }

Result<ExpressionPtr> ExpressionParser::ParseUnary() {
  TARN_ASSIGN(auto value, ParseSigned());
  return ParseFiltersAndTests(std::move(value));
}

/// Signs bind closer than ** does, and than filters.
Result<ExpressionPtr> ExpressionParser::ParseSigned() {
  const Deeper deeper(depth_);
  if (depth_ > kMaxNesting) return cursor_.Bad("expressions are nested too deep");
  if (!cursor_.IsOperator("-") && !cursor_.IsOperator("+")) {
    TARN_ASSIGN(auto value, ParsePrimary());
    return ParsePostfixes(std::move(value));
  }
  const int line = cursor_.line();
  auto made = Make(Kind::kUnary, line, cursor_.Take().text);
  TARN_ASSIGN(auto value, ParseSigned());
  made->children.push_back(std::move(value));
  return ExpressionPtr(std::move(made));
}

Result<ExpressionPtr> ExpressionParser::ParsePrimary() {
  const auto& token = cursor_.now();
  const int line = token.line;
  if (token.kind == Token::Kind::kInt || token.kind == Token::Kind::kFloat) {
    return ExpressionPtr(Literal(cursor_.Take().number, line));
  }
  if (token.kind == Token::Kind::kString) return ParseStrings();
  if (token.kind == Token::Kind::kName) return ParseNameOrLiteral();
  if (cursor_.IsOperator("(")) return ParseParenthesis();
  if (cursor_.IsOperator("[")) return ParseListLiteral();
  if (cursor_.IsOperator("{")) return ParseDictLiteral();
  return cursor_.Bad("expected an expression, not '" + token.text + "'");
}

Result<ExpressionPtr> ExpressionParser::ParseStrings() {
  const int line = cursor_.line();
  std::string text;
  while (cursor_.now().kind == Token::Kind::kString) text += cursor_.Take().text;
  return ExpressionPtr(Literal(Value(std::move(text)), line));
}

Result<ExpressionPtr> ExpressionParser::ParseNameOrLiteral() {
  const int line = cursor_.line();
  const auto name = cursor_.Take().text;
  if (name == "true" || name == "True") return ExpressionPtr(Literal(Value(true), line));
  if (name == "false" || name == "False") return ExpressionPtr(Literal(Value(false), line));
  if (name == "none" || name == "None") return ExpressionPtr(Literal(Value(), line));
  return ExpressionPtr(Make(Kind::kName, line, name));
}

Result<ExpressionPtr> ExpressionParser::ParseParenthesis() {
  const int line = cursor_.line();
  TARN_TRY(cursor_.ExpectOperator("("));
  if (cursor_.TakeOperator(")")) return ExpressionPtr(Make(Kind::kTuple, line));
  TARN_ASSIGN(auto inner, ParseTuple());
  TARN_TRY(cursor_.ExpectOperator(")"));
  return inner;
}

Result<ExpressionPtr> ExpressionParser::ParseListLiteral() {
  auto list = Make(Kind::kList, cursor_.line());
  TARN_TRY(cursor_.ExpectOperator("["));
  while (!cursor_.TakeOperator("]")) {
    TARN_ASSIGN(auto item, Parse());
    list->children.push_back(std::move(item));
    if (!cursor_.IsOperator("]")) TARN_TRY(cursor_.ExpectOperator(","));
  }
  return ExpressionPtr(std::move(list));
}

Result<ExpressionPtr> ExpressionParser::ParseDictLiteral() {
  auto dict = Make(Kind::kDict, cursor_.line());
  TARN_TRY(cursor_.ExpectOperator("{"));
  while (!cursor_.TakeOperator("}")) {
    TARN_ASSIGN(auto key, Parse());
    TARN_TRY(cursor_.ExpectOperator(":"));
    TARN_ASSIGN(auto value, Parse());
    dict->children.push_back(std::move(key));
    dict->children.push_back(std::move(value));
    if (!cursor_.IsOperator("}")) TARN_TRY(cursor_.ExpectOperator(","));
  }
  return ExpressionPtr(std::move(dict));
}

Result<ExpressionPtr> ExpressionParser::ParsePostfixes(ExpressionPtr of) {
  for (;;) {
    const int line = cursor_.line();
    if (cursor_.TakeOperator(".")) {
      std::string name;
      if (cursor_.now().kind == Token::Kind::kInt) {
        auto index = Literal(cursor_.Take().number, line);
        of = Make(Kind::kItem, line, {}, std::move(of), std::move(index));
        continue;
      }
      TARN_ASSIGN(name, cursor_.ExpectName());
      auto made = Make(Kind::kAttribute, line, std::move(name));
      made->children.push_back(std::move(of));
      of = std::move(made);
    } else if (cursor_.IsOperator("[")) {
      TARN_ASSIGN(of, ParseSubscript(std::move(of)));
    } else if (cursor_.IsOperator("(")) {
      auto made = Make(Kind::kCall, line);
      TARN_ASSIGN(made->arguments, ParseArguments());
      made->children.push_back(std::move(of));
      of = std::move(made);
    } else {
      return of;
    }
  }
}

Result<ExpressionPtr> ExpressionParser::ParseSubscript(ExpressionPtr of) {
  const int line = cursor_.line();
  TARN_TRY(cursor_.ExpectOperator("["));
  std::vector<ExpressionPtr> parts(1);
  bool is_slice = false;
  while (!cursor_.IsOperator("]")) {
    if (cursor_.TakeOperator(":")) {
      is_slice = true;
      parts.emplace_back();
      if (parts.size() > 3) return cursor_.Bad("a slice has at most three parts");
      continue;
    }
    TARN_ASSIGN(parts.back(), ParseTuple());
    if (!cursor_.IsOperator("]") && !cursor_.IsOperator(":")) return cursor_.Bad("expected ']' or ':'");
  }
  cursor_.Take();
  if (!is_slice) {
    if (!parts[0]) return cursor_.Bad("expected an index between [ and ]");
    return ExpressionPtr(Make(Kind::kItem, line, {}, std::move(of), std::move(parts[0])));
  }
  parts.resize(3);
  auto slice = Make(Kind::kSlice, line);
  slice->children.push_back(std::move(of));
  for (auto& part : parts) slice->children.push_back(std::move(part));
  return ExpressionPtr(std::move(slice));
}

Result<std::vector<CallArgument>> ExpressionParser::ParseArguments() {
  std::vector<CallArgument> arguments;
  if (!cursor_.TakeOperator("(")) return arguments;
  while (!cursor_.TakeOperator(")")) {
    CallArgument argument;
    if (cursor_.TakeOperator("**")) {
      argument.stars = 2;
    } else if (cursor_.TakeOperator("*")) {
      argument.stars = 1;
    } else if (cursor_.now().kind == Token::Kind::kName && cursor_.after(1).kind == Token::Kind::kOperator &&
               cursor_.after(1).text == "=") {
      argument.name = cursor_.Take().text;
      cursor_.Take();
    }
    TARN_ASSIGN(argument.value, Parse());
    arguments.push_back(std::move(argument));
    if (!cursor_.IsOperator(")")) TARN_TRY(cursor_.ExpectOperator(","));
  }
  return arguments;
}

Result<ExpressionPtr> ExpressionParser::ParseFiltersAndTests(ExpressionPtr of) {
  for (;;) {
    const int line = cursor_.line();
    if (cursor_.TakeOperator("|")) {
      TARN_ASSIGN(auto name, cursor_.ExpectName());
      auto made = Make(Kind::kFilter, line, std::move(name));
      TARN_ASSIGN(made->arguments, ParseArguments());
      made->children.push_back(std::move(of));
      of = std::move(made);
      TARN_ASSIGN(of, ParsePostfixes(std::move(of)));
    } else if (cursor_.IsName("is")) {
      TARN_ASSIGN(of, ParseTest(std::move(of)));
    } else {
      return of;
    }
  }
}

Result<ExpressionPtr> ExpressionParser::ParseTest(ExpressionPtr of) {
  const int line = cursor_.line();
  cursor_.Take();
  const bool negated = cursor_.TakeName("not");
  TARN_ASSIGN(auto name, cursor_.ExpectName());
  auto made = Make(Kind::kTest, line, std::move(name));
  made->negated = negated;
  if (cursor_.IsOperator("(")) {
    TARN_ASSIGN(made->arguments, ParseArguments());
  } else if (StartsOperand() && !cursor_.IsName("and") && !cursor_.IsName("or") && !cursor_.IsName("if") &&
             !cursor_.IsName("else") && !cursor_.IsName("is") && !cursor_.IsName("in") && !cursor_.IsName("not") &&
             !cursor_.IsOperator("-") && !cursor_.IsOperator("+")) {
    CallArgument argument;
    TARN_ASSIGN(argument.value, ParsePrimary());
    TARN_ASSIGN(argument.value, ParsePostfixes(std::move(argument.value)));
    made->arguments.push_back(std::move(argument));
  }
  made->children.push_back(std::move(of));
  return ExpressionPtr(std::move(made));
}

}  // namespace tarn::dbt::jinja
