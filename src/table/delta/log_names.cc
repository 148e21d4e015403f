// SPDX-License-Identifier: Apache-2.0
#include "table/delta/log_names.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "codec/url.h"
#include "table/foreign_values.h"

namespace tarn::table::delta {
namespace {

constexpr size_t kVersionDigits = 20;
constexpr size_t kPartDigits = 10;

std::optional<int64_t> ParseNumber(std::string_view text, size_t digits) {
  if (text.size() < digits) return std::nullopt;
  text = text.substr(0, digits);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

/// "0000000001.0000000003.parquet".
std::optional<int64_t> ParseParts(std::string_view rest) {
  if (rest.size() != 2 * kPartDigits + std::string_view("..parquet").size() || rest[kPartDigits] != '.') {
    return std::nullopt;
  }
  if (!rest.ends_with(".parquet") || !ParseNumber(rest, kPartDigits)) return std::nullopt;
  return ParseNumber(rest.substr(kPartDigits + 1), kPartDigits);
}

// "s3://…", "file:/…": a scheme, not a relative path with a colon in it.
bool HasScheme(std::string_view uri) {
  const size_t colon = uri.find(":/");
  if (colon == std::string_view::npos || colon == 0) return false;
  return std::ranges::all_of(uri.substr(0, colon), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '.';
  });
}

/// The one spelling of the ways to write an absolute path: "/a/b", "s3://bucket/a".
std::string_view WithoutFileScheme(std::string_view path) {
  constexpr std::string_view kFile = "file:";
  if (!path.starts_with(kFile)) return path;
  path.remove_prefix(kFile.size());
  if (path.starts_with("///")) path.remove_prefix(2);
  return path;
}

/// The part of an absolute path behind the table's root; nothing when it lies elsewhere.
std::optional<std::string_view> BelowRoot(std::string_view path, std::string_view table_root) {
  path = WithoutFileScheme(path);
  table_root = WithoutFileScheme(table_root);
  if (path.starts_with("s3a://") && table_root.starts_with("s3://")) {
    path.remove_prefix(std::string_view("s3a://").size());
    table_root.remove_prefix(std::string_view("s3://").size());
  }
  if (table_root.empty() || !path.starts_with(table_root)) return std::nullopt;
  path.remove_prefix(table_root.size());
  if (!path.starts_with('/')) return std::nullopt;
  return path.substr(1);
}

}  // namespace

std::string VersionPrefix(int64_t version) {
  const std::string digits = std::to_string(version);
  std::string name(kLogFolder);
  name.append(kVersionDigits - std::min(kVersionDigits, digits.size()), '0');
  return name + digits;
}

std::string LogEntryName(int64_t version) { return VersionPrefix(version) + ".json"; }

std::string CheckpointName(int64_t version) { return VersionPrefix(version) + ".checkpoint.parquet"; }

std::string LastCheckpointName() { return std::string(kLogFolder) + "_last_checkpoint"; }

std::optional<LogFile> ParseLogFileName(std::string_view name) {
  const auto version = ParseNumber(name, kVersionDigits);
  if (!version) return std::nullopt;
  std::string_view rest = name.substr(kVersionDigits);
  if (rest == ".json") return LogFile{.kind = LogFileKind::kEntry, .version = *version};
  if (rest == ".checkpoint.parquet") return LogFile{.kind = LogFileKind::kClassicCheckpoint, .version = *version};
  constexpr std::string_view kCheckpoint = ".checkpoint.";
  if (!rest.starts_with(kCheckpoint)) return std::nullopt;
  rest.remove_prefix(kCheckpoint.size());
  if (const auto parts = ParseParts(rest)) {
    return LogFile{.kind = LogFileKind::kCheckpointPart, .version = *version, .parts = *parts};
  }
  if (!rest.ends_with(".parquet") && !rest.ends_with(".json")) return std::nullopt;
  return LogFile{.kind = LogFileKind::kUuidCheckpoint, .version = *version};
}

std::string EncodePath(std::string_view path) {
  std::string uri;
  while (true) {
    const size_t slash = path.find('/');
    uri += codec::PercentEncode(path.substr(0, slash));
    if (slash == std::string_view::npos) return uri;
    uri += '/';
    path.remove_prefix(slash + 1);
  }
}

Result<std::string> DecodePath(std::string_view uri, std::string_view table_root) {
  auto path = codec::PercentDecode(uri);
  if (!path || path->empty()) return Fail(ErrorCode::kCorrupt, "broken path in a Delta log: " + std::string(uri));
  const bool absolute = path->starts_with('/') || HasScheme(uri);
  const auto below = absolute ? BelowRoot(*path, table_root) : std::string_view(*path);
  if (below && !below->empty() && !below->starts_with('/') && !LeavesFolder(*below)) return std::string(*below);
  return Fail(ErrorCode::kUnsupported, "Delta data files outside the table's folder");
}

}  // namespace tarn::table::delta
