// SPDX-License-Identifier: Apache-2.0
#include "codec/csv_record.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "codec/byte_words.h"

namespace tarn::codec {
namespace {

constexpr size_t kSniffedRecords = 200;

bool IsLineEnd(char c) { return c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Splits one record; the state is where it stands in the text.
class Splitter {
 public:
  Splitter(std::string_view text, const CsvDialect& dialect, bool is_whole, std::vector<CsvField>& fields)
      : text_(text), dialect_(dialect), is_whole_(is_whole), fields_(fields) {}

  CsvScan Run() {
    for (;;) {
      const bool quoted = dialect_.quote != '\0' && at_ < text_.size() && text_[at_] == dialect_.quote;
      const auto state = quoted ? TakeQuoted() : TakePlain();
      if (state == State::kNextField) continue;
      if (state == State::kMore) return {};
      return End(state == State::kBad);
    }
  }

 private:
  enum class State { kNextField, kEnd, kMore, kBad };

  /// Behind a field: a delimiter, a line end or the end of the text.
  State Behind() {
    if (at_ == text_.size()) return is_whole_ ? State::kEnd : State::kMore;
    if (text_[at_] != dialect_.delimiter) return IsLineEnd(text_[at_]) ? State::kEnd : State::kBad;
    ++at_;
    return State::kNextField;
  }

  State TakePlain() {
    const auto begin = at_;
    const char* data = text_.data();
    const auto size = text_.size();
    at_ += RunWithout(text_.substr(at_), [delimiter = dialect_.delimiter](uint64_t word) {
      return BytesEqualTo(word, delimiter) | BytesEqualTo(word, '\n') | BytesEqualTo(word, '\r');
    });
    while (at_ < size && data[at_] != dialect_.delimiter && !IsLineEnd(data[at_])) ++at_;
    if (at_ == size && !is_whole_) return State::kMore;
    Add({text_.substr(begin, at_ - begin), false, false});
    return Behind();
  }

  State TakeQuoted() {
    const auto begin = ++at_;
    bool doubled = false;
    for (;;) {
      const auto* close = static_cast<const char*>(std::memchr(text_.data() + at_, dialect_.quote, text_.size() - at_));
      if (close == nullptr) return is_whole_ ? Broken() : State::kMore;
      at_ = static_cast<size_t>(close - text_.data()) + 1;
      if (at_ == text_.size() && !is_whole_) return State::kMore;  // it may be doubled
      if (at_ == text_.size() || text_[at_] != dialect_.quote) break;
      doubled = true;
      ++at_;
    }
    Add({text_.substr(begin, at_ - 1 - begin), true, doubled});
    const auto state = Behind();
    return state == State::kBad ? Broken() : state;
  }

  /// The record counts up to the end of the line in which it began, so that one stray quote costs one line.
  State Broken() {
    at_ = 0;
    while (at_ < text_.size() && !IsLineEnd(text_[at_])) ++at_;
    return at_ == text_.size() && !is_whole_ ? State::kMore : State::kBad;
  }

  /// Over the field of the record before, as long as there is one.
  void Add(const CsvField& field) {
    if (count_ == fields_.size()) fields_.emplace_back();
    fields_[count_++] = field;
  }

  CsvScan End(bool is_bad) {
    fields_.resize(count_);
    CsvScan scan;
    scan.size = scan.consumed = at_;
    if (at_ < text_.size()) {
      const bool cr = text_[at_] == '\r';
      if (cr && at_ + 1 == text_.size() && !is_whole_) return {};  // its LF may follow
      scan.consumed += cr && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2 : 1;
    }
    const bool blank = fields_.size() == 1 && !fields_.front().quoted && fields_.front().text.empty();
    scan.outcome = is_bad ? CsvOutcome::kBadQuote : blank ? CsvOutcome::kBlank : CsvOutcome::kRecord;
    return scan;
  }

  const std::string_view text_;
  const CsvDialect& dialect_;
  const bool is_whole_;
  std::vector<CsvField>& fields_;
  size_t count_ = 0;  ///< fields of this record
  size_t at_ = 0;
};

using Records = std::vector<std::vector<CsvField>>;

Records FirstRecords(std::string_view sample, const CsvDialect& dialect, bool is_whole) {
  Records records;
  std::vector<CsvField> fields;
  while (!sample.empty() && records.size() < kSniffedRecords) {
    const auto scan = ScanCsvRecord(sample, dialect, is_whole, fields);
    if (scan.outcome == CsvOutcome::kMore) break;
    if (scan.outcome == CsvOutcome::kRecord) records.push_back(fields);
    sample.remove_prefix(scan.consumed);
  }
  return records;
}

/// How many records have as many fields as the first, weighed so that more fields win; 0 for one field only.
size_t Score(const Records& records) {
  if (records.empty() || records.front().size() < 2) return 0;
  const auto width = records.front().size();
  const auto same =
      static_cast<size_t>(std::ranges::count_if(records, [&](const auto& record) { return record.size() == width; }));
  if (same * 2 <= records.size()) return 0;
  return same * 1000 / records.size() * 100 + std::min<size_t>(width, 99);
}

bool IsData(std::string_view text) { return IsJsonNumber(text) || text == "true" || text == "false"; }

/// Whether the column has numbers or booleans, and nothing else, below the first record.
bool IsDataBelow(const Records& records, size_t column) {
  bool any = false;
  for (size_t row = 1; row < records.size(); ++row) {
    if (column >= records[row].size() || records[row][column].text.empty()) continue;
    if (!IsData(records[row][column].text)) return false;
    any = true;
  }
  return any;
}

/// Names above text look like more text: they differ from each other and do not come back below.
bool ReadsLikeNamesOfText(const Records& records) {
  std::set<std::string_view> names;
  for (size_t column = 0; column < records.front().size(); ++column) {
    const auto name = records.front()[column].text;
    if (name.empty() || !names.insert(name).second) return false;
    for (size_t row = 1; row < records.size(); ++row) {
      if (column < records[row].size() && records[row][column].text == name) return false;
    }
  }
  return true;
}

bool ReadsLikeNames(const Records& records) {
  if (records.empty()) return true;
  const auto& first = records.front();
  if (std::ranges::any_of(first, [](const CsvField& field) { return IsData(field.text); })) return false;
  for (size_t column = 0; column < first.size(); ++column) {
    if (IsDataBelow(records, column)) return true;
  }
  return ReadsLikeNamesOfText(records);
}

}  // namespace

std::string_view ValueOf(const CsvField& field, char quote, std::string& scratch) {
  if (!field.doubled) return field.text;
  scratch.clear();
  for (size_t i = 0; i < field.text.size(); ++i) {
    scratch += field.text[i];
    if (field.text[i] == quote) ++i;
  }
  return scratch;
}

CsvScan ScanCsvRecord(std::string_view text, const CsvDialect& dialect, bool is_whole, std::vector<CsvField>& fields) {
  return Splitter(text, dialect, is_whole, fields).Run();
}

CsvDialect SniffCsv(std::string_view sample, bool is_whole, const CsvHints& hints) {
  CsvDialect dialect;
  dialect.quote = hints.quote.value_or('"');
  dialect.delimiter = hints.delimiter.value_or(',');
  if (!hints.delimiter) {
    size_t best = 0;
    for (const char delimiter : {',', ';', '\t', '|'}) {
      const auto score = Score(FirstRecords(sample, {delimiter, dialect.quote, false}, is_whole));
      if (score <= best) continue;
      best = score;
      dialect.delimiter = delimiter;
    }
  }
  dialect.header = hints.header ? *hints.header : ReadsLikeNames(FirstRecords(sample, dialect, is_whole));
  return dialect;
}

bool IsJsonNumber(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const auto begin = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at - begin;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const bool zero = at < text.size() && text[at] == '0';
  const auto whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace tarn::codec
