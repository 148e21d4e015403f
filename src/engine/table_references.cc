// SPDX-License-Identifier: Apache-2.0
#include "engine/table_references.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/ascii.h"

namespace tarn::engine {
namespace {

constexpr size_t kParts = 3;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_' || c == '$';
}

/// Reads a dotted name and what may stand between its parts.
class NameScanner {
 public:
  NameScanner(std::string_view sql, size_t offset) : sql_(sql), at_(offset) {}

  size_t at() const { return at_; }

  std::optional<std::string> Part() {
    if (at_ < sql_.size() && sql_[at_] == '"') return Quoted();
    const auto begin = at_;
    while (at_ < sql_.size() && IsWordByte(sql_[at_])) ++at_;
    if (at_ == begin) return std::nullopt;
    return std::string(sql_.substr(begin, at_ - begin));
  }

  bool Dot() {
    SkipBetween();
    if (at_ >= sql_.size() || sql_[at_] != '.') return false;
    ++at_;
    SkipBetween();
    return true;
  }

 private:
  std::optional<std::string> Quoted() {
    std::string text;
    for (++at_; at_ < sql_.size(); ++at_) {
      if (sql_[at_] == '"' && sql_.substr(at_ + 1, 1) != "\"") {
        ++at_;
        return text;
      }
      if (sql_[at_] == '"') ++at_;
      text += sql_[at_];
    }
    return std::nullopt;
  }

  void SkipBetween() {
    for (auto before = at_ + 1; before != at_;) {
      before = at_;
      while (at_ < sql_.size() && IsBlank(sql_[at_])) ++at_;
      if (sql_.substr(at_, 2) == "--") at_ = std::min(sql_.find('\n', at_), sql_.size());
      if (sql_.substr(at_, 2) == "/*") SkipComment();
    }
  }

  /// Block comments nest.
  void SkipComment() {
    size_t depth = 0;
    while (at_ < sql_.size()) {
      const auto two = sql_.substr(at_, 2);
      const bool is_mark = two == "/*" || two == "*/";
      if (two == "/*") ++depth;
      if (two == "*/") --depth;
      at_ += is_mark ? 2 : 1;
      if (depth == 0) return;
    }
  }

  const std::string_view sql_;
  size_t at_;
};

}  // namespace

Result<size_t> ReferenceLength(std::string_view sql, const TableReference& reference) {
  NameScanner scanner(sql, reference.offset);
  const std::string_view wanted[kParts] = {reference.name.domain, reference.name.layer, reference.name.table};
  for (size_t i = 0; i < kParts; ++i) {
    const bool follows = i == 0 || scanner.Dot();
    const auto part = follows ? scanner.Part() : std::nullopt;
    if (!part || !EqualIgnoringCase(*part, wanted[i])) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the place of a table's name in the query was not found; write it as domain.layer.table, with plain "
                  "blanks around it: " +
                      reference.name.ToString());
    }
  }
  return scanner.at() - reference.offset;
}

Result<std::string> ReplaceReferences(
    std::string_view sql, std::span<const TableReference> references,
    const std::function<Result<std::string>(const TableReference& reference)>& replacement) {
  std::string text;
  size_t done = 0;
  for (const auto& reference : references) {
    if (reference.offset < done) {
      return Fail(ErrorCode::kInternal, "references overlap: " + reference.name.ToString());
    }
    TARN_ASSIGN(const auto length, ReferenceLength(sql, reference));
    TARN_ASSIGN(const auto name, replacement(reference));
    text += sql.substr(done, reference.offset - done);
    text += name;
    done = reference.offset + length;
  }
  text += sql.substr(done);
  return text;
}

}  // namespace tarn::engine
