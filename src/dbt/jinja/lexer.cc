// SPDX-License-Identifier: Apache-2.0
#include "dbt/jinja/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "dbt/jinja/syntax.h"
#include "dbt/jinja/utf8.h"

namespace tarn::dbt::jinja {
namespace {

constexpr std::array<std::string_view, 24> kOperators{"**", "//", "==", "!=", "<=", ">=", "(", ")", "[", "]", "{", "}",
                                                      ",",  ":",  ".",  "|",  "=",  "<",  ">", "+", "-", "*", "/", "%"};

bool IsNameStart(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c); }

class Lexer {
 public:
  Lexer(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  Result<std::vector<Token>> Run() {
    if (text_.size() > kMaxTemplateBytes) return Bad("the file is larger than a template may be");
    if (text_.ends_with('\n')) text_.remove_suffix(1);
    while (at_ < text_.size()) TARN_TRY(Text());
    Add(Token::Kind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  std::unexpected<Error> Bad(const std::string& message) const {
    return Fail(ErrorCode::kInvalidArgument, AtLine(path_, line_, message));
  }

  void Add(Token::Kind kind, std::string text) {
    Token token;
    token.kind = kind;
    token.line = line_;
    token.text = std::move(text);
    tokens_.push_back(std::move(token));
  }

  bool Looking(std::string_view word) const { return text_.substr(at_).starts_with(word); }

  void Skip(size_t count) {
    const auto skipped = text_.substr(at_, count);
    line_ += static_cast<int>(std::ranges::count(skipped, '\n'));
    at_ += skipped.size();
  }

  size_t NextDelimiter() const {
    for (size_t i = at_; i + 1 < text_.size(); ++i) {
      if (text_[i] == '{' && (text_[i + 1] == '{' || text_[i + 1] == '%' || text_[i + 1] == '#')) return i;
    }
    return text_.size();
  }

  /// Text up to the next delimiter, and what that opens.
  Status Text() {
    const auto end = NextDelimiter();
    auto piece = text_.substr(at_, end - at_);
    const int line = line_;
    if (trims_next_) piece = StripLeft(piece, "");
    trims_next_ = false;
    const bool opens = end < text_.size();
    if (opens && end + 2 < text_.size() && text_[end + 2] == '-') piece = StripRight(piece, "");
    if (!piece.empty()) {
      Add(Token::Kind::kText, std::string(piece));
      tokens_.back().line = line;
    }
    Skip(end - at_);
    if (!opens) return {};
    const char sort = text_[at_ + 1];
    if (sort == '#') return Comment();
    if (sort == '{') return Print();
    return Block();
  }

  void SkipSign() {
    if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) Skip(1);
  }

  Status Comment() {
    const auto end = text_.find("#}", at_ + 2);
    if (end == std::string_view::npos) return Bad("a comment is not closed: {#");
    trims_next_ = end > at_ + 2 && text_[end - 1] == '-';
    Skip(end + 2 - at_);
    return {};
  }

  Status Print() {
    Add(Token::Kind::kPrintBegin, "{{");
    Skip(2);
    SkipSign();
    return Inside("}}", Token::Kind::kPrintEnd);
  }

  Status Block() {
    const auto before = tokens_.size();
    Add(Token::Kind::kBlockBegin, "{%");
    Skip(2);
    SkipSign();
    TARN_TRY(Inside("%}", Token::Kind::kBlockEnd));
    if (tokens_.size() == before + 3 && tokens_[before + 1].text == "raw") {
      tokens_.resize(before);
      return Raw();
    }
    return {};
  }

  /// What stands between raw and endraw, as it is.
  Status Raw() {
    const int line = line_;
    for (auto from = at_; from < text_.size();) {
      const auto open = text_.find("{%", from);
      if (open == std::string_view::npos) break;
      auto rest = text_.substr(open + 2);
      const bool trims = rest.starts_with('-');
      if (trims || rest.starts_with('+')) rest.remove_prefix(1);
      rest = StripLeft(rest, "");
      if (!rest.starts_with("endraw")) {
        from = open + 2;
        continue;
      }
      auto piece = text_.substr(at_, open - at_);
      if (trims_next_) piece = StripLeft(piece, "");
      if (trims) piece = StripRight(piece, "");
      if (!piece.empty()) Add(Token::Kind::kText, std::string(piece));
      const auto close = text_.find("%}", open);
      if (close == std::string_view::npos) return Bad("a block is not closed: {% endraw");
      trims_next_ = text_[close - 1] == '-';
      Skip(close + 2 - at_);
      return {};
    }
    line_ = line;
    return Bad("raw is not closed by endraw");
  }

  /// Tokens up to the closing delimiter.
  Status Inside(std::string_view close, Token::Kind end_kind) {
    const int opened = line_;
    int braces = 0;
    for (;;) {
      Skip(text_.substr(at_).size() - StripLeft(text_.substr(at_), "").size());
      if (at_ >= text_.size()) {
        line_ = opened;
        return Bad("this is not closed by " + std::string(close));
      }
      const bool signed_close = (text_[at_] == '-' || text_[at_] == '+') && text_.substr(at_ + 1).starts_with(close);
      if (braces == 0 && (signed_close || Looking(close))) {
        trims_next_ = signed_close && text_[at_] == '-';
        Add(end_kind, std::string(close));
        Skip(close.size() + (signed_close ? 1 : 0));
        return {};
      }
      TARN_TRY(One());
      if (tokens_.back().kind == Token::Kind::kOperator) {
        if (tokens_.back().text == "{") ++braces;
        if (tokens_.back().text == "}") --braces;
      }
    }
  }

  Status One() {
    const char c = text_[at_];
    if (IsNameStart(c)) {
      auto end = at_;
      while (end < text_.size() && IsNamePart(text_[end])) ++end;
      Add(Token::Kind::kName, std::string(text_.substr(at_, end - at_)));
      at_ = end;
      return {};
    }
    if (IsDigit(c)) return Number();
    if (c == '\'' || c == '"') return String(c);
    if (c == '~') {
      Add(Token::Kind::kOperator, "~");
      ++at_;
      return {};
    }
    for (const auto word : kOperators) {
      if (!Looking(word)) continue;
      Add(Token::Kind::kOperator, std::string(word));
      at_ += word.size();
      return {};
    }
    return Bad("this character does not belong here: " + std::string(1, c));
  }

  Status Number() {
    auto end = at_;
    bool is_float = false;
    while (end < text_.size()) {
      const char c = text_[end];
      if (c == '.' && !is_float && end + 1 < text_.size() && IsDigit(text_[end + 1])) {
        is_float = true;
      } else if ((c == 'e' || c == 'E') && end + 1 < text_.size() &&
                 (IsDigit(text_[end + 1]) || ((text_[end + 1] == '-' || text_[end + 1] == '+') &&
                                              end + 2 < text_.size() && IsDigit(text_[end + 2])))) {
        is_float = true;
        ++end;
      } else if (!IsDigit(c) && c != '_') {
        break;
      }
      ++end;
    }
    const auto digits = ReplaceAll(text_.substr(at_, end - at_), "_", "", SIZE_MAX);
    Add(is_float ? Token::Kind::kFloat : Token::Kind::kInt, digits);
    const auto* last = digits.data() + digits.size();
    double number = 0;
    int64_t whole = 0;
    const auto read =
        is_float ? std::from_chars(digits.data(), last, number) : std::from_chars(digits.data(), last, whole);
    if (read.ec != std::errc() || read.ptr != last) return Bad("this number is out of range: " + digits);
    tokens_.back().number = is_float ? Value(number) : Value(whole);
    at_ = end;
    return {};
  }

  Status String(char quote) {
    const int line = line_;
    std::string value;
    auto at = at_ + 1;
    for (; at < text_.size() && text_[at] != quote; ++at) {
      if (text_[at] == '\n') ++line_;
      if (text_[at] != '\\' || at + 1 >= text_.size()) {
        value += text_[at];
        continue;
      }
      AppendEscape(value, text_[++at]);
    }
    if (at >= text_.size()) {
      line_ = line;
      return Bad("a string is not closed");
    }
    Add(Token::Kind::kString, std::move(value));
    tokens_.back().line = line;
    at_ = at + 1;
    return {};
  }

  static void AppendEscape(std::string& value, char c) {
    static constexpr std::string_view kLetters = "ntrfv0";
    static constexpr std::string_view kMeant("\n\t\r\f\v\0", 6);
    if (const auto known = kLetters.find(c); known != std::string_view::npos) {
      value += kMeant[known];
    } else if (c == '\\' || c == '\'' || c == '"') {
      value += c;
    } else if (c != '\n') {
      value += '\\';
      value += c;
    }
  }

  const std::string& path_;
  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  bool trims_next_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::string AtLine(const std::string& path, int line, const std::string& message) {
  return path + ":" + std::to_string(line) + ": " + message;
}

Result<std::vector<Token>> Tokenize(const std::string& path, std::string_view text) { return Lexer(path, text).Run(); }

}  // namespace tarn::dbt::jinja
