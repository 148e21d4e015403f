// SPDX-License-Identifier: Apache-2.0
#include "lake/export_json.h"

#include <algorithm>
#include <optional>

#include "base/words.h"
#include "store/object_key.h"

namespace tarn::lake {
namespace {

using engine::FileFormat;

constexpr Words<FileFormat, 3> kWords{
    {{"csv", FileFormat::kCsv}, {"ndjson", FileFormat::kNdjson}, {"parquet", FileFormat::kParquet}}};
constexpr size_t kMaxPathBytes = 512;

bool IsPath(const std::string& path) {
  return path.size() <= kMaxPathBytes && !path.ends_with('/') && store::CheckKey(path).has_value();
}

/// The text of a member; a problem when there is none.
std::optional<std::string> TextOf(const codec::Json& entry, const char* member, size_t index,
                                  std::vector<ExportProblem>& problems) {
  const auto found = entry.find(member);
  if (found == entry.end() || found->is_null()) {
    problems.push_back({index, member, "missing", "Field required"});
    return std::nullopt;
  }
  if (found->is_string()) return found->get<std::string>();
  problems.push_back({index, member, "string_type", "Input should be a valid string"});
  return std::nullopt;
}

}  // namespace

std::string_view FileFormatWord(FileFormat format) { return WordOf(kWords, format); }

std::vector<Export> ReadExports(const codec::Json& list, std::vector<ExportProblem>& problems) {
  std::vector<Export> exports;
  for (size_t index = 0; index < list.size(); ++index) {
    const auto& entry = list[index];
    if (!entry.is_object()) {
      problems.push_back({index, "", "model_attributes_type", "Input should be a valid object"});
      continue;
    }
    const auto word = TextOf(entry, "format", index, problems);
    auto path = TextOf(entry, "path", index, problems);
    const auto format = word ? ValueInAnyCase(kWords, *word) : std::nullopt;
    if (word && !format) {
      problems.push_back({index, "format", "enum", "Input should be 'csv', 'ndjson' or 'parquet'"});
    }
    if (path && !IsPath(*path)) {
      problems.push_back({index, "path", "value_error",
                          "a path of names with slashes between them, such as daily/orders.csv, at most 512 bytes; "
                          "no name may be . or .."});
      path.reset();
    }
    if (!format || !path) continue;
    if (std::ranges::any_of(exports, [&](const Export& one) { return one.path == *path; })) {
      problems.push_back({index, "path", "value_error", "another export of the table has this path"});
      continue;
    }
    exports.push_back({*format, *std::move(path)});
  }
  return exports;
}

Result<std::vector<Export>> DecodeExports(const codec::OrderedJson& list) {
  std::vector<ExportProblem> problems;
  auto exports = ReadExports(codec::Json(list), problems);
  if (!list.is_array() || !problems.empty()) return Fail(ErrorCode::kCorrupt, "stored document with broken exports");
  return exports;
}

codec::OrderedJson ExportsToJson(const std::vector<Export>& exports) {
  auto list = codec::OrderedJson::array();
  for (const auto& one : exports) list.push_back({{"format", FileFormatWord(one.format)}, {"path", one.path}});
  return list;
}

}  // namespace tarn::lake
