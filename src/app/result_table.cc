// SPDX-License-Identifier: Apache-2.0
#include "app/result_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/json.h"
#include "codec/json_text.h"

namespace tarn::app {
namespace {

/// Collects `columns`, `data` and `truncated` from the parser's events, so that numbers keep their text.
class AnswerReader final : public codec::Json::json_sax_t {
 public:
  explicit AnswerReader(ResultTable& table) : table_(table) {}

  bool null() override { return Scalar(std::nullopt, "null"); }
  bool boolean(bool value) override { return Scalar(value ? "true" : "false", value ? "true" : "false"); }
  bool number_integer(int64_t value) override { return Number(std::to_string(value)); }
  bool number_unsigned(uint64_t value) override { return Number(std::to_string(value)); }
  bool number_float(double, const std::string& text) override { return Number(text); }
  bool string(std::string& value) override {
    std::string quoted;
    codec::AppendJsonString(quoted, value);
    return Scalar(value, quoted);
  }
  bool binary(codec::Json::binary_t&) override { return false; }

  bool start_object(size_t) override { return Open('{'); }
  bool end_object() override { return Close('}'); }
  bool start_array(size_t) override { return Open('['); }
  bool end_array() override { return Close(']'); }

  bool key(std::string& name) override {
    if (depth_ == 1) member_ = name;
    if (depth_ == 3) field_ = name;
    if (depth_ > kCellDepth) {
      Separate();
      codec::AppendJsonString(nested_, name);
      nested_ += ':';
      after_key_ = true;
    }
    return true;
  }

  bool parse_error(size_t, const std::string&, const codec::Json::exception&) override { return false; }

 private:
  /// {"data": [ {"name": CELL} ]}: cells lie three levels deep.
  static constexpr int kCellDepth = 3;

  bool Number(const std::string& text) { return Scalar(text, text); }

  /// A value with its plain text and its JSON text.
  bool Scalar(std::optional<std::string> text, const std::string& json) {
    if (depth_ > kCellDepth) {
      Separate();
      nested_ += json;
    } else if (depth_ == kCellDepth) {
      Cell(std::move(text));
    } else if (depth_ == 1 && member_ == "truncated") {
      table_.truncated = text == "true";
    }
    return true;
  }

  void Cell(std::optional<std::string> text) {
    if (member_ == "columns" && !table_.columns.empty()) {
      if (field_ == "name") table_.columns.back().name = text.value_or("");
      if (field_ == "type") table_.columns.back().type = text.value_or("");
    } else if (member_ == "data" && !table_.rows.empty()) {
      table_.rows.back().push_back(std::move(text));
    }
  }

  bool Open(char bracket) {
    if (depth_ >= kCellDepth) {
      if (depth_ > kCellDepth) Separate();
      nested_ += bracket;
    }
    ++depth_;
    if (depth_ == kCellDepth && member_ == "columns") table_.columns.emplace_back();
    if (depth_ == kCellDepth && member_ == "data") table_.rows.emplace_back();
    return true;
  }

  bool Close(char bracket) {
    --depth_;
    if (depth_ >= kCellDepth) nested_ += bracket;
    if (depth_ == kCellDepth) Cell(std::exchange(nested_, {}));
    return true;
  }

  /// A comma unless this is the first element or the value of a key.
  void Separate() {
    const bool first = nested_.empty() || nested_.back() == '{' || nested_.back() == '[' || after_key_;
    if (!first) nested_ += ',';
    after_key_ = false;
  }

  ResultTable& table_;
  int depth_ = 0;
  std::string member_;
  std::string field_;
  std::string nested_;
  bool after_key_ = false;
};

struct CodeRange {
  char32_t first;
  char32_t last;
};

constexpr std::array<CodeRange, 7> kZeroWidth{{{0x0300, 0x036F},
                                               {0x0483, 0x0489},
                                               {0x0591, 0x05BD},
                                               {0x064B, 0x065F},
                                               {0x200B, 0x200F},
                                               {0x20D0, 0x20FF},
                                               {0xFE00, 0xFE0F}}};
constexpr std::array<CodeRange, 10> kDoubleWidth{{{0x1100, 0x115F},
                                                  {0x2E80, 0x303E},
                                                  {0x3041, 0xA4CF},
                                                  {0xAC00, 0xD7A3},
                                                  {0xF900, 0xFAFF},
                                                  {0xFE30, 0xFE6F},
                                                  {0xFF00, 0xFF60},
                                                  {0xFFE0, 0xFFE6},
                                                  {0x1F300, 0x1FAFF},
                                                  {0x20000, 0x3FFFD}}};

bool IsIn(std::span<const CodeRange> ranges, char32_t code) {
  return std::ranges::any_of(ranges, [&](const CodeRange& range) { return range.first <= code && code <= range.last; });
}

char32_t CodeOf(std::string_view sequence) {
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(sequence[i])); };
  constexpr std::array<char32_t, 5> kLeadMask{0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t code = byte(0) & kLeadMask[sequence.size()];
  for (size_t i = 1; i < sequence.size(); ++i) code = (code << 6U) | (byte(i) & 0x3FU);
  return code;
}

size_t WidthOf(char32_t code) {
  if (IsIn(kZeroWidth, code)) return 0;
  return IsIn(kDoubleWidth, code) ? 2 : 1;
}

/// Calls `visit(sequence, width)` for each character; a byte that is no UTF-8 counts as one of width 1.
template <class Visit>
void ForEachCharacter(std::string_view text, Visit&& visit) {
  for (size_t at = 0; at < text.size();) {
    const auto size = std::max<size_t>(codec::Utf8SequenceSize(text.substr(at)), 1);
    const auto sequence = text.substr(at, size);
    const bool whole = size > 1 || static_cast<unsigned char>(sequence[0]) < 0x80;
    visit(sequence, whole ? WidthOf(CodeOf(sequence)) : size_t{1});
    at += size;
  }
}

/// One character as a terminal may show it: control characters and stray bytes as escapes.
std::string ShownCharacter(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() > 1) return std::string(sequence);
  if (first == '\n') return "\\n";
  if (first == '\t') return "\\t";
  if (first >= 0x80) return "?";
  if (first >= 0x20 && first != 0x7F) return std::string(sequence);
  constexpr std::string_view kHex = "0123456789abcdef";
  return std::string("\\x") + kHex[first >> 4U] + kHex[first & 15U];
}

/// A text of at most `max_columns`, an ellipsis at its end when it was longer.
std::string Presentable(std::string_view text, size_t max_columns) {
  std::string shown;
  size_t width = 0;
  size_t kept = 0;  ///< bytes that leave room for the ellipsis
  bool cut = false;
  ForEachCharacter(text, [&](std::string_view sequence, size_t columns) {
    if (cut) return;
    const auto piece = ShownCharacter(sequence);
    width += sequence.size() == 1 ? piece.size() : columns;
    cut = width > max_columns;
    if (cut) return;
    shown += piece;
    if (width < max_columns) kept = shown.size();
  });
  return cut ? shown.substr(0, kept) + "…" : shown;
}

bool IsNumeric(std::string_view type) {
  constexpr std::array<std::string_view, 13> kNumbers{"TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",  "HUGEINT",
                                                      "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
                                                      "FLOAT",    "DOUBLE",    "DECIMAL"};
  return std::ranges::find(kNumbers, type.substr(0, type.find('('))) != kNumbers.end();
}

std::string Padded(const std::string& text, size_t width, bool to_right) {
  const std::string blanks(width - std::min(width, DisplayWidth(text)), ' ');
  return to_right ? blanks + text : text + blanks;
}

}  // namespace

Result<size_t> ResultTable::IndexOf(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  if (found == columns.end()) return Fail(ErrorCode::kNotFound, "the result has no column " + std::string(name));
  return static_cast<size_t>(found - columns.begin());
}

Result<ResultTable> ReadResultTable(std::string_view json) {
  ResultTable table;
  AnswerReader reader(table);
  const bool read = codec::Json::sax_parse(json.begin(), json.end(), &reader);
  const bool fits =
      std::ranges::all_of(table.rows, [&](const auto& row) { return row.size() == table.columns.size(); });
  if (!read || !fits) return Fail(ErrorCode::kCorrupt, "the answer is no query result");
  return table;
}

size_t DisplayWidth(std::string_view utf8) {
  size_t width = 0;
  ForEachCharacter(utf8, [&](std::string_view, size_t columns) { width += columns; });
  return width;
}

std::string FormatTable(const ResultTable& table, const TableStyle& style) {
  const size_t shown = std::min(table.rows.size(), style.max_rows);
  std::vector<std::vector<std::string>> cells(shown + 1);
  std::vector<size_t> widths;
  for (size_t column = 0; column < table.columns.size(); ++column) {
    cells[0].push_back(Presentable(table.columns[column].name, style.max_cell_columns));
    for (size_t row = 0; row < shown; ++row) {
      cells[row + 1].push_back(Presentable(table.rows[row][column].value_or("NULL"), style.max_cell_columns));
    }
    size_t width = 0;
    for (const auto& line : cells) width = std::max(width, DisplayWidth(line[column]));
    widths.push_back(width);
  }
  const auto line_of = [&](const std::vector<std::string>& line, bool header) {
    std::string text = style.indent;
    for (size_t i = 0; i < line.size(); ++i) {
      const auto cell = Padded(line[i], widths[i], IsNumeric(table.columns[i].type));
      text += (i > 0 ? "  " : "") + (header ? style.header_on + cell + style.header_off : cell);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string text = line_of(cells[0], true);
  std::string rule = style.indent;
  for (size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) rule += "  ";
    for (size_t n = 0; n < widths[i]; ++n) rule += "─";
  }
  text += rule + "\n";
  for (size_t row = 1; row < cells.size(); ++row) text += line_of(cells[row], false);
  return text;
}

}  // namespace tarn::app
