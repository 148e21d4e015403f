// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a parser stands in a template's tokens. Owned by the parser; thread-compatible.

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dbt/jinja/lexer.h"
#include "dbt/jinja/syntax.h"

namespace tarn::dbt::jinja {

class TokenCursor {
 public:
  TokenCursor(std::string path, std::vector<Token> tokens) : path_(std::move(path)), tokens_(std::move(tokens)) {}

  const std::string& path() const { return path_; }
  const Token& now() const { return tokens_[at_]; }
  const Token& after(size_t count) const { return tokens_[std::min(at_ + count, tokens_.size() - 1)]; }
  int line() const { return now().line; }

  Token Take() {
    if (now().kind == Token::Kind::kName) names_.insert(now().text);
    return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_];
  }

  bool IsOperator(std::string_view text) const { return now().kind == Token::Kind::kOperator && now().text == text; }
  bool IsName(std::string_view text) const { return now().kind == Token::Kind::kName && now().text == text; }

  bool TakeOperator(std::string_view text) {
    if (!IsOperator(text)) return false;
    Take();
    return true;
  }
  bool TakeName(std::string_view text) {
    if (!IsName(text)) return false;
    Take();
    return true;
  }

  Status Expect(Token::Kind kind, std::string_view what) {
    if (now().kind != kind) return Bad("expected " + std::string(what) + ", not " + Shown());
    Take();
    return {};
  }
  Status ExpectOperator(std::string_view text) {
    if (!TakeOperator(text)) return Bad("expected '" + std::string(text) + "', not " + Shown());
    return {};
  }
  Result<std::string> ExpectName() {
    if (now().kind != Token::Kind::kName) return Bad("expected a name, not " + Shown());
    return Take().text;
  }

  std::unexpected<Error> Bad(const std::string& message) const {
    return Fail(ErrorCode::kInvalidArgument, AtLine(path_, line(), message));
  }
  std::unexpected<Error> Unsupported(int line, const std::string& what) const {
    return Fail(ErrorCode::kUnsupported, AtLine(path_, line, "not supported: " + what));
  }

  /// Names taken since the last call, for what a macro's body reads.
  std::set<std::string>& names() { return names_; }

 private:
  std::string Shown() const {
    if (now().kind == Token::Kind::kEnd) return "the end of the file";
    return "'" + now().text + "'";
  }

  std::string path_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  std::set<std::string> names_;
};

}  // namespace tarn::dbt::jinja
