// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the rows of a dropped file are read (lake.md §3.4): what a request says of it, the rest found out from name and
// first bytes, and fixed in the file's claim, so that the same bytes give the same rows for ever. Plain values.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/compression.h"
#include "codec/csv_record.h"
#include "codec/json.h"
#include "contract/compiled_contract.h"

namespace tarn::bronze {

enum class FileKind { kNdjson, kJson, kCsv, kParquet };

/// "ndjson", "json", "csv", "parquet".
std::string_view FileKindWord(FileKind kind);

/// "none", "gzip", "zstd".
std::string_view CompressionWord(codec::Encoding compression);

/// What a CSV value is in the row's JSON object.
enum class CsvValue {
  kText,     ///< a string
  kLiteral,  ///< a number, true or false where it reads as one, else a string
  kJson      ///< JSON where it reads as such, else a string
};

struct CsvColumn {
  std::string name;
  CsvValue value = CsvValue::kText;

  bool operator==(const CsvColumn&) const = default;
};

struct FileFormat {
  FileKind kind = FileKind::kNdjson;
  codec::Encoding compression = codec::Encoding::kIdentity;
  bool json_array = false;           ///< kJson: the elements of one array, else objects in a row
  codec::CsvDialect csv;             ///< kCsv, with the columns …
  std::vector<CsvColumn> columns;    ///< … of each record
  std::optional<std::string> nulls;  ///< kCsv: unquoted text that is NULL, besides nothing at all

  /// Whether a place in the middle can be reached without reading what is before it.
  bool is_seekable() const { return compression == codec::Encoding::kIdentity && kind != FileKind::kParquet; }
  bool operator==(const FileFormat&) const = default;
};

codec::Json FileFormatToJson(const FileFormat& format);
/// Throws codec::Json::exception on a shape that does not fit.
FileFormat FileFormatFromJson(const codec::Json& json);

/// What is said of a file; the rest is looked for.
struct FileHints {
  std::optional<FileKind> kind;
  std::optional<codec::Encoding> compression;
  codec::CsvHints csv;
  std::vector<std::string> columns;
  std::optional<std::string> nulls;

  bool operator==(const FileHints&) const = default;
};

/// Reads one option as a query parameter, a watch or an import names it: format, compression, delimiter, quote, header,
/// columns (comma-separated), null. False for any other name; kInvalidArgument for a value it does not have.
Result<bool> ReadFileHint(std::string_view name, std::string_view value, FileHints& hints);

/// By magic number, then by the name's ending.
codec::Encoding CompressionOf(std::string_view name, std::string_view first_bytes, const FileHints& hints);

/// The rest of the format, from the name and the first decompressed bytes; `is_whole`: there are no more. Columns of
/// the contract are given as text, which it converts; of others, those whose sampled values are all numbers or all
/// booleans are literals. kInvalidArgument when it cannot be told how to read the file.
Result<FileFormat> DetectFormat(std::string_view name, std::string_view sample, bool is_whole, const FileHints& hints,
                                const contract::CompiledContract& contract);

}  // namespace tarn::bronze
