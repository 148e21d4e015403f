// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON form of exports, in bodies and in stored documents.

#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "lake/export.h"

namespace tarn::lake {

/// "csv", "ndjson", "parquet".
std::string_view FileFormatWord(engine::FileFormat format);

/// What is wrong with one member of a list of exports.
struct ExportProblem {
  size_t index = 0;
  std::string member;  ///< empty: the entry itself
  std::string type;    ///< as in http-api.md §1.1
  std::string message;
};

/// The `exports` of a body or a stored document, an array; what is wrong goes to `problems`.
std::vector<Export> ReadExports(const codec::Json& list, std::vector<ExportProblem>& problems);

/// The `exports` of a stored document; kCorrupt when it is no list of exports.
Result<std::vector<Export>> DecodeExports(const codec::OrderedJson& list);

codec::OrderedJson ExportsToJson(const std::vector<Export>& exports);

}  // namespace tarn::lake
