// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/parser.h"

#include <algorithm>
#include <array>

#include "dbt/jinja/expression_parser.h"
#include "dbt/jinja/utf8.h"

namespace tarn::dbt::jinja {
namespace {

using Kind = Statement::Kind;
using Words = std::vector<std::string_view>;

constexpr std::array<std::string_view, 14> kRefused{"extends",    "include",  "import",          "from",  "block",
                                                    "autoescape", "with",     "trans",           "break", "continue",
                                                    "debug",      "snapshot", "materialization", "docs"};

class TemplateParser {
 public:
  TemplateParser(const SourceText& source, std::vector<Token> tokens)
      : package_(source.package), cursor_(source.path, std::move(tokens)), expressions_(cursor_) {}

  Result<Template> Run() {
    Template made;
    made.path = cursor_.path();
    TARN_ASSIGN(made.body, ParseBody({}));
    for (const auto& statement : made.body) {
      if (statement.kind == Kind::kMacro) made.macros.push_back(statement.macro);
    }
    return made;
  }

  Result<ExpressionPtr> RunExpression() {
    TARN_ASSIGN(auto expression, expressions_.ParseTuple());
    if (cursor_.now().kind == Token::Kind::kPrintEnd) cursor_.Take();
    TARN_TRY(cursor_.Expect(Token::Kind::kEnd, "the end of the expression"));
    return expression;
  }

  TokenCursor& cursor() { return cursor_; }

 private:
  bool IsBlock(const Words& names) const {
    if (cursor_.now().kind != Token::Kind::kBlockBegin || cursor_.after(1).kind != Token::Kind::kName) return false;
    return std::ranges::find(names, cursor_.after(1).text) != names.end();
  }

  /// Statements up to one of the blocks `until`, which stays; the end of the file when there are none.
  Result<Body> ParseBody(const Words& until) {
    if (++depth_ > kMaxNesting) return cursor_.Bad("blocks are nested too deep");
    Body body;
    const int opened = cursor_.line();
    while (!IsBlock(until)) {
      if (cursor_.now().kind == Token::Kind::kEnd) {
        if (until.empty()) break;
        return Fail(ErrorCode::kInvalidArgument,
                    AtLine(cursor_.path(), opened, "this block is not closed by " + std::string(until.back())));
      }
      TARN_ASSIGN(auto statement, ParseStatement());
      body.push_back(std::move(statement));
    }
    --depth_;
    return body;
  }

  Status EndBlock() { return cursor_.Expect(Token::Kind::kBlockEnd, "%}"); }

  Status TakeEnd(std::string_view name) {
    cursor_.Take();
    if (!cursor_.TakeName(name)) return cursor_.Bad("expected " + std::string(name));
    if (cursor_.now().kind == Token::Kind::kName) cursor_.Take();  // {% endmacro name %}
    return EndBlock();
  }

  Result<Statement> ParseStatement() {
    Statement made;
    made.line = cursor_.line();
    if (cursor_.now().kind == Token::Kind::kText) {
      made.text = cursor_.Take().text;
      return made;
    }
    if (cursor_.now().kind == Token::Kind::kPrintBegin) {
      cursor_.Take();
      made.kind = Kind::kPrint;
      TARN_ASSIGN(made.expression, expressions_.ParseTuple());
      TARN_TRY(cursor_.Expect(Token::Kind::kPrintEnd, "}}"));
      return made;
    }
    TARN_TRY(cursor_.Expect(Token::Kind::kBlockBegin, "{%"));
    TARN_ASSIGN(const auto word, cursor_.ExpectName());
    TARN_TRY(ParseBlock(word, made));
    return made;
  }

  Status ParseBlock(const std::string& word, Statement& made) {
    if (word == "set") return ParseSet(made);
    if (word == "if") return ParseIf(made);
    if (word == "for") return ParseFor(made);
    if (word == "macro") return ParseMacro(made, "endmacro", "");
    if (word == "test" || word == "data_test") return ParseMacro(made, "end" + word, "test_");
    if (word == "call") return ParseCall(made);
    if (word == "filter") return ParseFilterBlock(made);
    if (word == "do") {
      made.kind = Kind::kDo;
      TARN_ASSIGN(made.expression, expressions_.ParseTuple());
      return EndBlock();
    }
    if (std::ranges::find(kRefused, word) != kRefused.end()) {
      return cursor_.Unsupported(made.line, "{% " + word + " %}");
    }
    return Fail(ErrorCode::kInvalidArgument, AtLine(cursor_.path(), made.line, "no such block: {% " + word + " %}"));
  }

  Result<std::vector<std::string>> ParseTargets() {
    std::vector<std::string> targets;
    const bool wrapped = cursor_.TakeOperator("(");
    do {
      TARN_ASSIGN(auto name, cursor_.ExpectName());
      if (cursor_.TakeOperator(".")) {
        TARN_ASSIGN(const auto attribute, cursor_.ExpectName());
        name += "." + attribute;
      }
      targets.push_back(std::move(name));
    } while (cursor_.TakeOperator(",") && cursor_.now().kind == Token::Kind::kName);
    if (wrapped) TARN_TRY(cursor_.ExpectOperator(")"));
    return targets;
  }

  Status ParseSet(Statement& made) {
    TARN_ASSIGN(made.targets, ParseTargets());
    if (cursor_.TakeOperator("=")) {
      made.kind = Kind::kSet;
      TARN_ASSIGN(made.expression, expressions_.ParseTuple());
      return EndBlock();
    }
    made.kind = Kind::kSetBlock;
    if (made.targets.size() != 1) return cursor_.Bad("a block can be set to one name only");
    if (cursor_.IsOperator("|")) return cursor_.Unsupported(made.line, "filters on {% set name %}");
    TARN_TRY(EndBlock());
    TARN_ASSIGN(made.body, ParseBody({"endset"}));
    return TakeEnd("endset");
  }

  Status ParseIf(Statement& made) {
    made.kind = Kind::kIf;
    for (;;) {
      Branch branch;
      TARN_ASSIGN(branch.condition, expressions_.ParseTuple());
      TARN_TRY(EndBlock());
      TARN_ASSIGN(branch.body, ParseBody({"elif", "else", "endif"}));
      made.branches.push_back(std::move(branch));
      if (!IsBlock({"elif"})) break;
      cursor_.Take();
      cursor_.Take();
    }
    TARN_TRY(ParseElse(made, "endif"));
    return TakeEnd("endif");
  }

  Status ParseElse(Statement& made, std::string_view end) {
    if (!IsBlock({"else"})) return {};
    cursor_.Take();
    cursor_.Take();
    TARN_TRY(EndBlock());
    Branch otherwise;
    TARN_ASSIGN(otherwise.body, ParseBody({end}));
    made.branches.push_back(std::move(otherwise));
    return {};
  }

  Status ParseFor(Statement& made) {
    made.kind = Kind::kFor;
    TARN_ASSIGN(made.targets, ParseTargets());
    if (!cursor_.TakeName("in")) return cursor_.Bad("expected in");
    TARN_ASSIGN(made.expression, expressions_.ParseOr());
    if (cursor_.TakeName("if")) {
      TARN_ASSIGN(made.condition, expressions_.ParseOr());
    }
    if (cursor_.IsName("recursive")) return cursor_.Unsupported(made.line, "recursive loops");
    TARN_TRY(EndBlock());
    TARN_ASSIGN(made.body, ParseBody({"else", "endfor"}));
    TARN_TRY(ParseElse(made, "endfor"));
    return TakeEnd("endfor");
  }

  Result<std::vector<Parameter>> ParseParameters() {
    std::vector<Parameter> parameters;
    if (!cursor_.TakeOperator("(")) return parameters;
    while (!cursor_.TakeOperator(")")) {
      Parameter parameter;
      TARN_ASSIGN(parameter.name, cursor_.ExpectName());
      if (cursor_.TakeOperator("=")) {
        TARN_ASSIGN(parameter.fallback, expressions_.Parse());
      } else if (!parameters.empty() && parameters.back().fallback) {
        return cursor_.Bad("a parameter without a default stands behind one with a default: " + parameter.name);
      }
      parameters.push_back(std::move(parameter));
      if (!cursor_.IsOperator(")")) TARN_TRY(cursor_.ExpectOperator(","));
    }
    return parameters;
  }

  Status ParseMacro(Statement& made, std::string_view end, const std::string& prefix) {
    made.kind = Kind::kMacro;
    auto macro = std::make_shared<Macro>();
    TARN_ASSIGN(const auto name, cursor_.ExpectName());
    macro->name = prefix + name;
    macro->package = package_;
    macro->path = cursor_.path();
    macro->line = made.line;
    TARN_ASSIGN(macro->parameters, ParseParameters());
    TARN_TRY(EndBlock());
    auto outside = std::exchange(cursor_.names(), {});
    TARN_ASSIGN(auto body, ParseBody({end}));
    macro->takes_more_positional = cursor_.names().contains("varargs");
    macro->takes_more_named = cursor_.names().contains("kwargs");
    cursor_.names().merge(outside);
    macro->body = std::make_shared<const Body>(std::move(body));
    made.macro = std::move(macro);
    return TakeEnd(end);
  }

  Status ParseCall(Statement& made) {
    made.kind = Kind::kCall;
    TARN_ASSIGN(made.parameters, ParseParameters());
    TARN_ASSIGN(made.expression, expressions_.Parse());
    if (made.expression->kind != Expression::Kind::kCall) return cursor_.Bad("{% call %} needs a call of a macro");
    TARN_TRY(EndBlock());
    TARN_ASSIGN(made.body, ParseBody({"endcall"}));
    return TakeEnd("endcall");
  }

  /// The body is what the filters are applied to: as if it were the literal in front of them.
  Status ParseFilterBlock(Statement& made) {
    made.kind = Kind::kFilterBlock;
    auto filter = std::make_unique<Expression>();
    filter->kind = Expression::Kind::kFilter;
    filter->line = made.line;
    TARN_ASSIGN(filter->name, cursor_.ExpectName());
    TARN_ASSIGN(filter->arguments, expressions_.ParseArguments());
    if (cursor_.IsOperator("|")) return cursor_.Unsupported(made.line, "several filters in {% filter %}");
    made.expression = std::move(filter);
    TARN_TRY(EndBlock());
    TARN_ASSIGN(made.body, ParseBody({"endfilter"}));
    return TakeEnd("endfilter");
  }

  const std::string& package_;
  TokenCursor cursor_;
  ExpressionParser expressions_;
  int depth_ = 0;
};

}  // namespace

Result<Template> ParseTemplate(const SourceText& source) {
  TARN_ASSIGN(auto tokens, Tokenize(source.path, source.text));
  return TemplateParser(source, std::move(tokens)).Run();
}

Result<ExpressionPtr> ParseLoneExpression(const SourceText& source) {
  const auto text = StripLeft(StripRight(source.text, ""), "");
  if (!text.starts_with("{{") || !text.ends_with("}}")) return ExpressionPtr();
  TARN_ASSIGN(auto tokens, Tokenize(source.path, text));
  const auto ends = std::ranges::count_if(tokens, [](const auto& t) { return t.kind == Token::Kind::kPrintEnd; });
  if (ends != 1 || tokens[tokens.size() - 2].kind != Token::Kind::kPrintEnd) return ExpressionPtr();
  tokens.erase(tokens.begin());
  return TemplateParser(source, std::move(tokens)).RunExpression();
}

Result<ExpressionPtr> ParseExpression(const SourceText& source) {
  return ParseLoneExpression({source.path, source.package, "{{" + std::string(source.text) + "}}"});
}

}  // namespace tarn::dbt::jinja
