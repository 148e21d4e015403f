// SPDX-License-Identifier: Apache-2.0
#pragma once
// Records of a text (NDJSON, or one JSON array) as NDJSON batches, their bytes unchanged but for line breaks between
// tokens. Whether a record is valid is the server's business. One use; thread-compatible.

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>

#include "base/result.h"

namespace tarn::app {

struct RecordBatch {
  std::string body;  ///< one record a line
  uint64_t records = 0;
  uint64_t first_record = 0;  ///< 0-based position in the input
};

class RecordBatches {
 public:
  /// A batch is closed before it exceeds this; a larger record is a batch of its own.
  static constexpr size_t kMaxBatchBytes = 8U << 20;

  RecordBatches(std::istream& input, size_t batch_records) : input_(input), batch_records_(batch_records) {}

  /// nullopt at the end. kInvalidArgument for an array that is cut short or followed by something else.
  Result<std::optional<RecordBatch>> Next();

 private:
  enum class Shape { kUnknown, kLines, kArray, kEnded };

  void FindShape();
  Result<std::optional<std::string>> NextRecord();
  std::optional<std::string> NextLine();
  Result<std::optional<std::string>> NextElement();
  int PeekBehindBlanks();

  std::istream& input_;
  const size_t batch_records_;
  Shape shape_ = Shape::kUnknown;
  bool first_element_ = true;
  uint64_t read_ = 0;
  std::optional<std::string> held_;  ///< did not fit into the batch before
};

}  // namespace tarn::app
