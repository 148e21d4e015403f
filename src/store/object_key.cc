// SPDX-License-Identifier: Apache-2.0
#include "store/object_key.h"

namespace tarn::store {
namespace {

Status CheckSegment(std::string_view segment) {
  if (segment.empty()) return Fail(ErrorCode::kInvalidArgument, "object key with an empty segment");
  if (segment == "." || segment == "..") return Fail(ErrorCode::kInvalidArgument, "object key with a dot segment");
  if (segment.size() > kMaxKeySegmentBytes) {
    return Fail(ErrorCode::kInvalidArgument, "object key with a segment above 255 bytes");
  }
  return {};
}

Status CheckText(std::string_view text) {
  if (text.size() > kMaxKeyBytes) return Fail(ErrorCode::kInvalidArgument, "object key above 1024 bytes");
  if (text.find('\0') != std::string_view::npos)
    return Fail(ErrorCode::kInvalidArgument, "object key with a zero byte");
  const auto first = text.substr(0, text.find('/'));
  if (first == kTempFolder) return Fail(ErrorCode::kInvalidArgument, "object key in the reserved folder .tmp");
  return {};
}

/// Segments before the last slash.
Status CheckFolders(std::string_view text) {
  for (auto slash = text.find('/'); slash != std::string_view::npos; slash = text.find('/')) {
    TARN_TRY(CheckSegment(text.substr(0, slash)));
    text.remove_prefix(slash + 1);
  }
  return {};
}

}  // namespace

Status CheckKey(std::string_view key) {
  TARN_TRY(CheckText(key));
  TARN_TRY(CheckFolders(key));
  return CheckSegment(key.substr(key.rfind('/') + 1));
}

Status CheckPrefix(std::string_view prefix) {
  TARN_TRY(CheckText(prefix));
  return CheckFolders(prefix);
}

Status CheckFolderPrefix(std::string_view prefix) {
  TARN_TRY(CheckPrefix(prefix));
  if (!prefix.empty() && !prefix.ends_with('/')) {
    return Fail(ErrorCode::kInvalidArgument, "folder prefix without its slash: " + std::string(prefix));
  }
  return {};
}

std::string_view FolderOf(std::string_view key) {
  const auto slash = key.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : key.substr(0, slash);
}

}  // namespace tarn::store
