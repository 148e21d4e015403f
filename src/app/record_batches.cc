// SPDX-License-Identifier: Apache-2.0
#include "app/record_batches.h"

#include <cctype>
#include <utility>

namespace tarn::app {
namespace {

constexpr int kEnd = std::char_traits<char>::eof();

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::unexpected<Error> BrokenArray(const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, "the input is no JSON array: " + what);
}

}  // namespace

int RecordBatches::PeekBehindBlanks() {
  while (input_.peek() != kEnd && std::isspace(input_.peek()) != 0) input_.get();
  return input_.peek();
}

void RecordBatches::FindShape() {
  const int first = PeekBehindBlanks();
  if (first == kEnd) {
    shape_ = Shape::kEnded;
  } else if (first == '[') {
    input_.get();
    shape_ = Shape::kArray;
  } else {
    shape_ = Shape::kLines;
  }
}

std::optional<std::string> RecordBatches::NextLine() {
  std::string line;
  while (std::getline(input_, line)) {
    if (line.ends_with('\r')) line.pop_back();
    if (!IsBlank(line)) return line;
  }
  return std::nullopt;
}

/// One element up to the comma or bracket that ends it; only strings and nesting are understood.
Result<std::optional<std::string>> RecordBatches::NextElement() {
  std::string element;
  size_t depth = 0;
  bool in_string = false;
  for (;;) {
    const int next = input_.get();
    if (next == kEnd) return BrokenArray("it is cut short");
    const char c = static_cast<char>(next);
    if (in_string) {
      element += c;
      if (c == '\\' && input_.peek() != kEnd) element += static_cast<char>(input_.get());
      in_string = c != '"';
      continue;
    }
    const bool ends = depth == 0 && (c == ',' || c == ']');
    if (ends) {
      const bool empty = IsBlank(element);
      if (c == ']') shape_ = Shape::kEnded;
      if (c == ']' && PeekBehindBlanks() != kEnd) return BrokenArray("something follows it");
      if (empty && c == ']' && first_element_) return std::optional<std::string>();
      if (empty) return BrokenArray("an element is missing");
      first_element_ = false;
      return std::optional(std::move(element));
    }
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    in_string = c == '"';
    element += c == '\n' || c == '\r' ? ' ' : c;
  }
}

Result<std::optional<std::string>> RecordBatches::NextRecord() {
  if (held_) return std::exchange(held_, std::nullopt);
  if (shape_ == Shape::kUnknown) FindShape();
  if (shape_ == Shape::kLines) return NextLine();
  if (shape_ == Shape::kArray) return NextElement();
  return std::optional<std::string>();
}

Result<std::optional<RecordBatch>> RecordBatches::Next() {
  RecordBatch batch;
  batch.first_record = read_;
  while (batch.records < batch_records_) {
    TARN_ASSIGN(auto record, NextRecord());
    if (!record) break;
    if (batch.records > 0 && batch.body.size() + record->size() >= kMaxBatchBytes) {
      held_ = std::move(record);
      break;
    }
    batch.body += *record;
    batch.body += '\n';
    ++batch.records;
  }
  if (batch.records == 0) return std::optional<RecordBatch>();
  read_ += batch.records;
  return std::optional(std::move(batch));
}

}  // namespace tarn::app
