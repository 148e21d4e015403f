// SPDX-License-Identifier: Apache-2.0
#include "bronze/file_format.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/words.h"

namespace tarn::bronze {
namespace {

using codec::Encoding;
using codec::Json;

constexpr Words<FileKind, 4> kKinds{{{"ndjson", FileKind::kNdjson},
                                     {"json", FileKind::kJson},
                                     {"csv", FileKind::kCsv},
                                     {"parquet", FileKind::kParquet}}};
constexpr Words<Encoding, 3> kCompressions{
    {{"none", Encoding::kIdentity}, {"gzip", Encoding::kGzip}, {"zstd", Encoding::kZstd}}};
constexpr Words<CsvValue, 3> kCsvValues{
    {{"text", CsvValue::kText}, {"literal", CsvValue::kLiteral}, {"json", CsvValue::kJson}}};

constexpr std::string_view kGzipMagic = "\x1F\x8B";
constexpr std::string_view kZstdMagic = "\x28\xB5\x2F\xFD";
constexpr std::string_view kParquetMagic = "PAR1";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool HasEnding(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) { return name.ends_with(ending); });
}

std::unexpected<Error> NoSuchValue(std::string_view name, std::string_view choices, std::string_view value) {
  return Fail(ErrorCode::kInvalidArgument,
              std::string(name) + " must be " + std::string(choices) + ": " + std::string(value));
}

/// A delimiter or quote: one character, or its name.
std::optional<char> ReadCharacter(std::string_view value) {
  if (value == "tab" || value == "\\t") return '\t';
  if (value == "none" || value.empty()) return '\0';
  const bool usable =
      value.size() == 1 && value != "\n" && value != "\r" && static_cast<unsigned char>(value[0]) < 0x80;
  return usable ? std::optional(value[0]) : std::nullopt;
}

std::optional<bool> ReadBool(std::string_view value) {
  const auto word = Lower(value);
  if (word == "true" || word == "1" || word == "yes" || word == "on" || word == "t" || word == "y") return true;
  if (word == "false" || word == "0" || word == "no" || word == "off" || word == "f" || word == "n") return false;
  return std::nullopt;
}

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names;
  for (size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    names.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

Result<FileKind> KindOf(std::string_view name, std::string_view sample, const FileHints& hints) {
  const bool is_parquet = sample.starts_with(kParquetMagic);
  if (hints.kind && (*hints.kind != FileKind::kParquet || is_parquet)) return *hints.kind;
  if (is_parquet) return FileKind::kParquet;
  auto ending = Lower(name);
  for (const std::string_view packed : {".gz", ".gzip", ".zst", ".zstd"}) {
    if (ending.ends_with(packed)) ending.resize(ending.size() - packed.size());
  }
  if (hints.kind || HasEnding(ending, {".parquet"})) {
    return Fail(ErrorCode::kInvalidArgument, "the file is no Parquet file: it does not begin with PAR1");
  }
  if (HasEnding(ending, {".ndjson", ".jsonl", ".jsonlines"})) return FileKind::kNdjson;
  if (HasEnding(ending, {".csv", ".tsv", ".psv"})) return FileKind::kCsv;
  const auto first = sample.find_first_not_of(" \t\r\n");
  const char c = first == std::string_view::npos ? '\0' : sample[first];
  if (HasEnding(ending, {".json"})) return FileKind::kJson;
  if (c == '[') return FileKind::kJson;
  if (c == '{') {
    // A first line that is an object by itself: one object a line.
    const auto line = sample.substr(first, std::min(sample.find('\n', first), sample.size()) - first);
    return codec::ParseJson(line) ? FileKind::kNdjson : FileKind::kJson;
  }
  if (HasEnding(ending, {".txt"}) || c != '\0') return FileKind::kCsv;
  return Fail(ErrorCode::kInvalidArgument, "an empty file has no format: name one with format=csv, json or ndjson");
}

bool IsLiteral(std::string_view text) { return text == "true" || text == "false" || codec::IsJsonNumber(text); }

/// Fields of the sample's records, by column.
struct CsvSample {
  std::vector<std::string> first;
  std::vector<std::vector<std::string>> rows;
};

CsvSample ReadSample(std::string_view sample, bool is_whole, const codec::CsvDialect& dialect) {
  constexpr size_t kMostRows = 1'000;
  CsvSample read;
  std::vector<codec::CsvField> fields;
  std::string scratch;
  while (!sample.empty() && read.rows.size() < kMostRows) {
    const auto scan = codec::ScanCsvRecord(sample, dialect, is_whole, fields);
    if (scan.outcome == codec::CsvOutcome::kMore) break;
    sample.remove_prefix(scan.consumed);
    if (scan.outcome != codec::CsvOutcome::kRecord) continue;
    std::vector<std::string> row;
    for (const auto& field : fields) row.emplace_back(codec::ValueOf(field, dialect.quote, scratch));
    if (read.first.empty()) read.first = row;
    read.rows.push_back(std::move(row));
  }
  if (dialect.header && !read.rows.empty()) read.rows.erase(read.rows.begin());
  return read;
}

/// Names that differ: what is empty gets a number, what comes again gets one behind it.
std::vector<std::string> UniqueNames(std::vector<std::string> names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) names[i] = "column" + std::to_string(i + 1);
    const auto base = names[i];
    const auto before = names.begin() + static_cast<int64_t>(i);
    for (int n = 2; std::find(names.begin(), before, names[i]) != before; ++n)
      names[i] = base + "_" + std::to_string(n);
  }
  return names;
}

CsvValue ValueKind(const std::string& name, size_t column, const CsvSample& sample,
                   const contract::CompiledContract& contract, const std::optional<std::string>& nulls) {
  bool exact = false;
  const auto declared = contract.ColumnOf(name, exact);
  if (declared >= 0 && contract.contract().checks_columns()) {
    const auto& known = contract.contract().columns[static_cast<size_t>(declared)];
    const bool json = known.type == contract::ColumnType::kJson || known.type == contract::ColumnType::kArray;
    return json || known.is_nested() ? CsvValue::kJson : CsvValue::kText;
  }
  bool any = false;
  for (const auto& row : sample.rows) {
    if (column >= row.size() || row[column].empty() || row[column] == nulls) continue;
    if (!IsLiteral(row[column])) return CsvValue::kText;
    any = true;
  }
  return any ? CsvValue::kLiteral : CsvValue::kText;
}

Status DetectCsv(std::string_view sample, bool is_whole, const FileHints& hints,
                 const contract::CompiledContract& contract, FileFormat& format) {
  if (sample.starts_with(kByteOrderMark)) sample.remove_prefix(kByteOrderMark.size());
  auto csv = hints.csv;
  if (!csv.header && !hints.columns.empty()) csv.header = false;
  format.csv = codec::SniffCsv(sample, is_whole, csv);
  format.nulls = hints.nulls;
  const auto read = ReadSample(sample, is_whole, format.csv);
  if (read.first.empty()) return Fail(ErrorCode::kInvalidArgument, "no record of a CSV file was found");
  auto names = hints.columns;
  if (names.empty() && format.csv.header) names = read.first;
  if (names.empty()) {
    // Without names the contract's columns stand in their order, if there are as many.
    const auto& declared = contract.contract().columns;
    for (size_t i = 0; i < read.first.size(); ++i) {
      names.push_back(declared.size() == read.first.size() ? declared[i].name : "");
    }
  }
  names = UniqueNames(std::move(names));
  for (size_t i = 0; i < names.size(); ++i) {
    format.columns.push_back({names[i], ValueKind(names[i], i, read, contract, hints.nulls)});
  }
  return {};
}

}  // namespace

std::string_view FileKindWord(FileKind kind) { return WordOf(kKinds, kind); }

std::string_view CompressionWord(Encoding compression) { return WordOf(kCompressions, compression); }

Json FileFormatToJson(const FileFormat& format) {
  Json json = {{"format", FileKindWord(format.kind)}, {"compression", CompressionWord(format.compression)}};
  if (format.kind == FileKind::kJson) json["array"] = format.json_array;
  if (format.kind != FileKind::kCsv) return json;
  json["delimiter"] = std::string(1, format.csv.delimiter);
  json["quote"] = format.csv.quote == '\0' ? std::string() : std::string(1, format.csv.quote);
  json["header"] = format.csv.header;
  if (format.nulls) json["null"] = *format.nulls;
  auto columns = Json::array();
  for (const auto& column : format.columns)
    columns.push_back(Json::array({column.name, WordOf(kCsvValues, column.value)}));
  json["columns"] = std::move(columns);
  return json;
}

FileFormat FileFormatFromJson(const Json& json) {
  FileFormat format;
  const std::string compression = json.at("compression");
  format.kind = ValueOf(kKinds, json.at("format").get<std::string>()).value_or(FileKind::kNdjson);
  format.compression = ValueOf(kCompressions, compression).value_or(Encoding::kIdentity);
  format.json_array = json.value("array", false);
  if (format.kind != FileKind::kCsv) return format;
  const std::string delimiter = json.at("delimiter");
  const std::string quote = json.at("quote");
  format.csv.delimiter = delimiter.empty() ? ',' : delimiter.front();
  format.csv.quote = quote.empty() ? '\0' : quote.front();
  format.csv.header = json.at("header");
  if (json.contains("null")) format.nulls = json.at("null").get<std::string>();
  for (const auto& column : json.at("columns")) {
    format.columns.push_back(
        {column.at(0), ValueOf(kCsvValues, column.at(1).get<std::string>()).value_or(CsvValue::kText)});
  }
  return format;
}

Result<bool> ReadFileHint(std::string_view name, std::string_view value, FileHints& hints) {
  if (name == "format") {
    const auto word = Lower(value);
    hints.kind = word == "jsonl" ? std::optional(FileKind::kNdjson) : ValueOf(kKinds, word);
    if (!hints.kind) return NoSuchValue(name, "csv, json, ndjson or parquet", value);
  } else if (name == "compression") {
    hints.compression = ValueOf(kCompressions, Lower(value));
    if (!hints.compression) return NoSuchValue(name, "none, gzip or zstd", value);
  } else if (name == "delimiter" || name == "quote") {
    const auto character = ReadCharacter(value);
    if (!character || (name == "delimiter" && *character == '\0')) return NoSuchValue(name, "one character", value);
    (name == "quote" ? hints.csv.quote : hints.csv.delimiter) = *character;
  } else if (name == "header") {
    hints.csv.header = ReadBool(value);
    if (!hints.csv.header) return NoSuchValue(name, "true or false", value);
  } else if (name == "columns") {
    hints.columns = UniqueNames(SplitNames(value));
  } else if (name == "null") {
    hints.nulls = std::string(value);
  } else {
    return false;
  }
  return true;
}

Encoding CompressionOf(std::string_view name, std::string_view first_bytes, const FileHints& hints) {
  if (hints.compression) return *hints.compression;
  if (first_bytes.starts_with(kGzipMagic)) return Encoding::kGzip;
  if (first_bytes.starts_with(kZstdMagic)) return Encoding::kZstd;
  // The name is believed only where there is nothing else: a damaged file is to be told so.
  const auto ending = Lower(name);
  if (HasEnding(ending, {".gz", ".gzip"})) return Encoding::kGzip;
  return HasEnding(ending, {".zst", ".zstd"}) ? Encoding::kZstd : Encoding::kIdentity;
}

Result<FileFormat> DetectFormat(std::string_view name, std::string_view sample, bool is_whole, const FileHints& hints,
                                const contract::CompiledContract& contract) {
  FileFormat format;
  TARN_ASSIGN(format.kind, KindOf(name, sample, hints));
  if (format.kind == FileKind::kJson) {
    const auto first = sample.find_first_not_of(sample.starts_with(kByteOrderMark) ? "\xEF\xBB\xBF \t\r\n" : " \t\r\n");
    format.json_array = first != std::string_view::npos && sample[first] == '[';
  }
  if (format.kind == FileKind::kCsv) TARN_TRY(DetectCsv(sample, is_whole, hints, contract, format));
  return format;
}

}  // namespace tarn::bronze
