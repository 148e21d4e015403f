// SPDX-License-Identifier: Apache-2.0
#include "api/firehose_data.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/json_text.h"
#include "contract/json_scanner.h"
#include "contract/record_checker.h"

namespace tarn::api {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

bool IsObject(std::string_view text) {
  if (!text.starts_with('{')) return false;
  std::string padded(text);
  padded.append(contract::RecordChecker::kPadding, ' ');
  contract::JsonScanner scanner;
  contract::JsonValue value;
  return scanner.Index(std::string_view(padded).substr(0, text.size())) && scanner.ReadValue(value, 0) &&
         scanner.AtEnd();
}

/// One line: line ends lie between tokens of JSON only, where blanks mean the same.
void AppendLine(std::string_view text, std::string& lines) {
  const auto from = lines.size();
  lines += text;
  std::replace_if(
      lines.begin() + static_cast<std::ptrdiff_t>(from), lines.end(), [](char c) { return c == '\n' || c == '\r'; },
      ' ');
  lines += '\n';
}

/// The lines when each is an object.
uint32_t AppendObjects(std::string_view text, std::string& lines) {
  const auto before = lines.size();
  uint32_t count = 0;
  for (size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = Trimmed(text.substr(at, end - at));
    at = end + 1;
    if (line.empty()) continue;
    if (!IsObject(line)) {
      lines.resize(before);
      return 0;
    }
    AppendLine(line, lines);
    ++count;
  }
  return count;
}

}  // namespace

Result<uint32_t> AppendStreamRecord(std::string_view data, std::string& lines) {
  auto decoded = codec::Base64Decode(data);
  if (!decoded) return Fail(ErrorCode::kInvalidArgument, "Data must be base64: " + decoded.error().message);
  if (decoded->size() > kMaxStreamRecordBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                "a record may have " + std::to_string(kMaxStreamRecordBytes) + " bytes before it is encoded");
  }
  auto text = Trimmed(*decoded);
  const auto again = text.starts_with('{') ? Result<std::string>(std::string()) : codec::Base64Decode(text);
  if (again && IsObject(Trimmed(*again))) text = Trimmed(*again);
  if (IsObject(text)) {
    AppendLine(text, lines);
    return 1U;
  }
  if (const auto count = AppendObjects(text, lines); count > 0) return count;
  // A blank line would be skipped, and bytes that are no UTF-8 would refuse the others with it.
  AppendLine(text.empty() || !codec::IsValidUtf8(text) ? "base64:" + std::string(data) : std::string(text), lines);
  return 1U;
}

}  // namespace tarn::api
