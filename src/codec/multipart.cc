// SPDX-License-Identifier: Apache-2.0
#include "codec/multipart.h"

#include <algorithm>

#include "base/ascii.h"

namespace tarn::codec {
namespace {

std::unexpected<Error> Broken(std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, "malformed multipart body: " + std::string(why));
}

/// Value of `name=` in a header's parameters, without its quotes.
std::optional<std::string> ParameterOf(std::string_view header, const std::string& name) {
  const auto lower = Lower(header);
  for (size_t at = lower.find(name + "="); at != std::string::npos; at = lower.find(name + "=", at + 1)) {
    const bool is_own = at > 0 && (lower[at - 1] == ' ' || lower[at - 1] == ';' || lower[at - 1] == '\t');
    if (!is_own) continue;
    auto value = header.substr(at + name.size() + 1);
    if (!value.starts_with('"')) return std::string(value.substr(0, value.find_first_of("; \t")));
    std::string text;
    for (size_t i = 1; i < value.size() && value[i] != '"'; ++i) {
      if (value[i] == '\\' && i + 1 < value.size()) ++i;
      text += value[i];
    }
    return text;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> MultipartBoundary(std::string_view content_type) {
  if (!Lower(content_type).starts_with("multipart/form-data")) return std::nullopt;
  auto boundary = ParameterOf(content_type, "boundary");
  constexpr size_t kLongest = 70;  // RFC 2046 §5.1.1
  if (!boundary || boundary->empty() || boundary->size() > kLongest) return std::nullopt;
  return boundary;
}

MultipartReader::MultipartReader(std::string_view boundary, Source source)
    : delimiter_("\r\n--" + std::string(boundary)), source_(std::move(source)), window_("\r\n") {}

Result<bool> MultipartReader::ReadOn() {
  TARN_ASSIGN(const auto bytes, source_());
  window_ += bytes;
  return !bytes.empty();
}

/// Up to the next CR LF, which is consumed.
Result<std::string> MultipartReader::TakeLine() {
  for (;;) {
    if (const auto end = window_.find("\r\n"); end != std::string::npos) {
      auto line = window_.substr(0, end);
      window_.erase(0, end + 2);
      return line;
    }
    if (window_.size() > kMaxHeadBytes) return Broken("the head of a part is too long");
    TARN_ASSIGN(const bool more, ReadOn());
    if (!more) return Broken("it ends in the head of a part");
  }
}

Result<std::string> MultipartReader::Read() {
  while (in_part_) {
    const auto at = window_.find(delimiter_);
    if (at == 0) {
      in_part_ = false;
      break;
    }
    // What might be the beginning of a delimiter waits for what follows it.
    const auto safe = at != std::string::npos ? at : window_.size() - std::min(window_.size(), delimiter_.size() - 1);
    if (safe > 0) {
      auto bytes = window_.substr(0, safe);
      window_.erase(0, safe);
      return bytes;
    }
    TARN_ASSIGN(const bool more, ReadOn());
    if (!more) return Broken("it ends inside a part");
  }
  return std::string();
}

Result<std::optional<MultipartReader::Part>> MultipartReader::NextPart() {
  if (over_) return std::optional<Part>();
  in_part_ = in_part_ || !begun_;  // what stands before the first delimiter is a part that nobody wants
  begun_ = true;
  for (;;) {
    TARN_ASSIGN(const auto skipped, Read());
    if (skipped.empty()) break;
  }
  window_.erase(0, delimiter_.size());
  const auto rest = TakeLine();
  // The last delimiter need not have a line end behind it.
  over_ = rest ? rest->starts_with("--") : window_.starts_with("--");
  if (over_) return std::optional<Part>();
  TARN_TRY(rest);
  Part part;
  size_t head_bytes = 0;
  for (;;) {
    TARN_ASSIGN(const auto line, TakeLine());
    if (line.empty()) break;
    head_bytes += line.size();
    if (head_bytes > kMaxHeadBytes) return Broken("the head of a part is too long");
    const auto name = Lower(std::string_view(line).substr(0, line.find(':')));
    if (name == "content-disposition") {
      part.name = ParameterOf(line, "name").value_or("");
      part.file_name = ParameterOf(line, "filename");
    } else if (name == "content-type") {
      part.content_type = line.substr(std::min(line.size(), name.size() + 1));
      part.content_type.erase(0, part.content_type.find_first_not_of(' '));
    }
  }
  in_part_ = true;
  return std::optional(std::move(part));
}

}  // namespace tarn::codec
