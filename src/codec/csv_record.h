// SPDX-License-Identifier: Apache-2.0
#pragma once
// One record of a delimited text split into its fields (RFC 4180 with other delimiters and quotes), and a guess at the
// dialect from a sample. Free functions; thread-safe.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::codec {

struct CsvDialect {
  char delimiter = ',';
  char quote = '"';  ///< doubled inside a quoted field; NUL = nothing is quoted
  bool header = true;

  bool operator==(const CsvDialect&) const = default;
};

struct CsvField {
  std::string_view text;  ///< between the quotes, if it had any
  bool quoted = false;
  bool doubled = false;  ///< has doubled quotes inside
};

/// The field's value; points into the field or, when it has doubled quotes, into `scratch`.
std::string_view ValueOf(const CsvField& field, char quote, std::string& scratch);

enum class CsvOutcome {
  kRecord,   ///< the fields are there
  kBlank,    ///< an empty line
  kMore,     ///< the record does not end in the text
  kBadQuote  ///< text behind a closing quote; the record ends at the end of its line
};

struct CsvScan {
  CsvOutcome outcome = CsvOutcome::kMore;
  size_t size = 0;      ///< bytes of the record without its line end …
  size_t consumed = 0;  ///< … and with it
};

/// Splits the record at the front of `text`. `is_whole`: nothing follows the text, so that its end is a record's end.
CsvScan ScanCsvRecord(std::string_view text, const CsvDialect& dialect, bool is_whole, std::vector<CsvField>& fields);

/// What is known beforehand overrides the guess.
struct CsvHints {
  std::optional<char> delimiter{};
  std::optional<char> quote{};
  std::optional<bool> header{};
};

/// The delimiter that splits most of the sample's records into the same number of fields (`,` when nothing does), and
/// whether the first record reads like names: text above a column of numbers or booleans, or, above nothing but text,
/// names that are all different and do not come back.
CsvDialect SniffCsv(std::string_view sample, bool is_whole, const CsvHints& hints);

/// Whether the text is a JSON number as it stands (RFC 8259 §6).
bool IsJsonNumber(std::string_view text);

}  // namespace tarn::codec
