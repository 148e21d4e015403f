// SPDX-License-Identifier: Apache-2.0
#pragma once
// Result formats (http-api.md §7): rows in, bytes out. A writer serves one result; thread-compatible. New formats
// (Arrow, Parquet) become new writers.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/query_engine.h"

namespace tarn::query {

enum class Format { kJson, kNdjson, kCsv };

/// What a `format` parameter or an Accept header asks for.
std::string_view ContentTypeOf(Format format);

/// What is known when the last row has been written.
struct ResultEnd {
  uint64_t rows = 0;
  bool truncated = false;
  uint64_t max_rows = 0;
};

class ResultWriter {
 public:
  virtual ~ResultWriter() = default;
  /// Appends what comes before the rows.
  virtual void Begin(const std::vector<engine::ResultColumn>& columns, std::string& out) = 0;
  /// Appends the first `rows` rows of the batch.
  virtual void Rows(const table::BatchView& batch, size_t rows, std::string& out) = 0;
  virtual void End(const ResultEnd& end, std::string& out) = 0;
};

std::unique_ptr<ResultWriter> MakeResultWriter(Format format);

/// Column names made unique: the second `a` is `a_1`, the third `a_2` (http-api.md §7).
std::vector<std::string> UniqueNames(const std::vector<engine::ResultColumn>& columns);

}  // namespace tarn::query
