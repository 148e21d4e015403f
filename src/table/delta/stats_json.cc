// SPDX-License-Identifier: Apache-2.0
#include "table/delta/stats_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <variant>

#include "codec/json.h"
#include "codec/json_text.h"
#include "table/delta/column_mapping.h"

namespace tarn::table::delta {
namespace {

enum class Bound { kLower, kUpper };

constexpr int64_t kMicrosPerMilli = 1000;
// Other writers cut strings at this many characters and may append a tie-breaker: a bound that long may not occur.
constexpr size_t kForeignCutBytes = 32;

// Encoding -----------------------------------------------------------------------------------------------------------

std::optional<std::string> FormatDate(std::chrono::sys_days day) {
  const std::chrono::year_month_day date{day};
  if (date.year() < std::chrono::year(1) || date.year() > std::chrono::year(9999)) return std::nullopt;
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::optional<std::string> FormatMillis(const TimestampValue& value, Bound bound) {
  const std::chrono::sys_time<std::chrono::microseconds> instant{std::chrono::microseconds{value.micros}};
  if (bound == Bound::kUpper && value.micros > std::numeric_limits<int64_t>::max() - kMicrosPerMilli)
    return std::nullopt;
  const auto rounded = bound == Bound::kLower ? std::chrono::floor<std::chrono::milliseconds>(instant)
                                              : std::chrono::ceil<std::chrono::milliseconds>(instant);
  const auto day = std::chrono::floor<std::chrono::days>(rounded);
  const auto date = FormatDate(day);
  if (!date) return std::nullopt;
  const std::chrono::hh_mm_ss time{rounded - day};
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}{}", *date, time.hours().count(), time.minutes().count(),
                     time.seconds().count(), time.subseconds().count(), value.utc ? "Z" : "");
}

/// Well-formed prefix of at most kMaxStringBoundBytes.
std::string_view Cut(std::string_view text) {
  size_t size = 0;
  while (size < text.size()) {
    const size_t next = codec::Utf8SequenceSize(text.substr(size));
    if (next == 0 || size + next > kMaxStringBoundBytes) break;
    size += next;
  }
  return text.substr(0, size);
}

/// Code point of a well-formed sequence at the front of `text`.
char32_t DecodeUtf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  switch (text.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
    case 3:
      return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    default:
      break;
  }
  return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
}

std::string EncodeUtf8(char32_t code) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | (code >> 6)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0 | (code >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
}

/// The smallest text of at most that length which is greater than everything that starts with `prefix`.
std::optional<std::string> RaiseLast(std::string_view prefix) {
  while (!prefix.empty()) {
    size_t begin = prefix.size() - 1;
    while ((static_cast<unsigned char>(prefix[begin]) & 0xC0) == 0x80) --begin;
    char32_t next = DecodeUtf8(prefix.substr(begin)) + 1;
    if (next == 0xD800) next = 0xE000;
    if (next <= 0x10FFFF) return std::string(prefix.substr(0, begin)) + EncodeUtf8(next);
    prefix = prefix.substr(0, begin);
  }
  return std::nullopt;
}

std::optional<std::string> CutString(const std::string& text, Bound bound) {
  if (!codec::IsValidUtf8(text)) return std::nullopt;
  const std::string_view prefix = Cut(text);
  if (prefix.size() == text.size() || bound == Bound::kLower) return std::string(prefix);
  return RaiseLast(prefix);
}

bool AppendText(std::string& out, const std::optional<std::string>& text) {
  if (!text) return false;
  codec::AppendJsonString(out, *text);
  return true;
}

/// Appends the bound as JSON; false when it cannot be told.
bool AppendBound(std::string& out, const DataType& type, const Value& value, Bound bound) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      if (const auto* flag = std::get_if<bool>(&value)) return out += *flag ? "true" : "false", true;
      return false;
    case TypeKind::kInt32:
    case TypeKind::kInt64:
      if (const auto* number = std::get_if<int64_t>(&value)) return codec::AppendJsonInteger(out, *number), true;
      return false;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      if (const auto* number = std::get_if<double>(&value); number != nullptr && std::isfinite(*number)) {
        return codec::AppendJsonDouble(out, *number), true;
      }
      return false;
    case TypeKind::kDecimal:
      if (const auto* number = std::get_if<DecimalValue>(&value)) {
        return out += FormatDecimal(number->unscaled, number->scale), true;
      }
      return false;
    case TypeKind::kString:
      if (const auto* text = std::get_if<std::string>(&value)) return AppendText(out, CutString(*text, bound));
      return false;
    case TypeKind::kDate:
      if (const auto* date = std::get_if<DateValue>(&value)) {
        return AppendText(out, FormatDate(std::chrono::sys_days(std::chrono::days(date->days))));
      }
      return false;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      if (const auto* instant = std::get_if<TimestampValue>(&value)) {
        const TimestampValue typed{.micros = instant->micros, .utc = type.kind == TypeKind::kTimestamp};
        return AppendText(out, FormatMillis(typed, bound));
      }
      return false;
    case TypeKind::kJson:
    case TypeKind::kBinary:
    case TypeKind::kList:
    case TypeKind::kStruct:
    case TypeKind::kMap:
      return false;
  }
  return false;
}

/// Writes ,"section":{"column":…} for the columns `append` has a value for.
template <class Append>
void AppendSection(std::string& out, std::string_view section, const DataFile& file, const Schema& schema,
                   const Append& append) {
  std::string members;
  for (const Field& field : schema.fields) {
    const auto found = file.stats.find(field.id);
    if (found == file.stats.end()) continue;
    const size_t before = members.size();
    if (before != 0) members += ',';
    codec::AppendJsonString(members, StoredNameOf(field));
    members += ':';
    if (!append(members, field.type, found->second)) members.resize(before);
  }
  if (members.empty()) return;
  out += ",\"";
  out += section;
  out += "\":{" + members + "}";
}

// Decoding -----------------------------------------------------------------------------------------------------------

/// A JSON leaf; numbers that are no int64 keep their text, so that decimals stay exact.
struct Leaf {
  enum class Kind { kBool, kInteger, kNumber, kText } kind = Kind::kText;
  bool flag = false;
  int64_t integer = 0;
  std::string text;
};

std::optional<int64_t> DaysOf(std::string_view text) {
  const auto at = ParseTimestamp(std::string(text) + "T00:00:00Z");
  if (!at) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(std::chrono::microseconds(at->micros)).count();
}

Value DecodeTimestamp(const std::string& text, bool utc, Bound bound) {
  auto at = ParseTimestamp(utc ? text : text + "Z");
  if (!at) return {};
  // Bounds are cut down to milliseconds by other writers.
  if (bound == Bound::kUpper && at->micros % kMicrosPerMilli == 0) at->micros += kMicrosPerMilli - 1;
  return TimestampValue{.micros = at->micros, .utc = utc};
}

Value DecodeDecimal(const Leaf& leaf, const DataType& type) {
  if (leaf.kind == Leaf::Kind::kBool) return {};
  const std::string text = leaf.kind == Leaf::Kind::kInteger ? std::to_string(leaf.integer) : leaf.text;
  const auto unscaled = ParseDecimal(text, type.precision, type.scale);
  if (!unscaled) return {};
  return DecimalValue{.unscaled = *unscaled, .precision = type.precision, .scale = type.scale};
}

Value DecodeDouble(const Leaf& leaf) {
  if (leaf.kind == Leaf::Kind::kInteger) return static_cast<double>(leaf.integer);
  if (leaf.kind != Leaf::Kind::kNumber) return {};
  double number = 0;
  const auto [end, error] = std::from_chars(leaf.text.data(), leaf.text.data() + leaf.text.size(), number);
  if (error != std::errc() || end != leaf.text.data() + leaf.text.size()) return {};
  return number;
}

Value DecodeBound(const Leaf& leaf, const DataType& type, Bound bound) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      return leaf.kind == Leaf::Kind::kBool ? Value(leaf.flag) : Value();
    case TypeKind::kInt32:
    case TypeKind::kInt64:
      return leaf.kind == Leaf::Kind::kInteger ? Value(leaf.integer) : Value();
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return DecodeDouble(leaf);
    case TypeKind::kDecimal:
      return DecodeDecimal(leaf, type);
    default:
      break;
  }
  if (leaf.kind != Leaf::Kind::kText) return {};
  switch (type.kind) {
    case TypeKind::kString:
      return leaf.text;
    case TypeKind::kDate:
      if (const auto days = DaysOf(leaf.text)) return DateValue{.days = static_cast<int32_t>(*days)};
      return {};
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      return DecodeTimestamp(leaf.text, type.kind == TypeKind::kTimestamp, bound);
    default:
      break;
  }
  return {};
}

bool MayBeInexact(const Value& bound) {
  if (std::holds_alternative<TimestampValue>(bound)) return true;
  const auto* text = std::get_if<std::string>(&bound);
  return text != nullptr && text->size() >= kForeignCutBytes;
}

/// Receives the parse events of a stats text. Only the columns of the first level below a section are looked at.
class StatsHandler {
 public:
  StatsHandler(const std::unordered_map<std::string_view, const Field*>& fields, DataFile& file)
      : fields_(fields), file_(file) {}

  bool tight() const { return tight_; }

  bool null() { return true; }
  bool boolean(bool value) { return Take({.kind = Leaf::Kind::kBool, .flag = value, .integer = 0, .text = {}}); }
  bool number_integer(int64_t value) {
    return Take({.kind = Leaf::Kind::kInteger, .flag = false, .integer = value, .text = {}});
  }
  bool number_unsigned(uint64_t value) {
    if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return number_integer(static_cast<int64_t>(value));
    }
    return Take({.kind = Leaf::Kind::kNumber, .flag = false, .integer = 0, .text = std::to_string(value)});
  }
  bool number_float(double, const std::string& text) {
    return Take({.kind = Leaf::Kind::kNumber, .flag = false, .integer = 0, .text = text});
  }
  bool string(std::string& text) {
    return Take({.kind = Leaf::Kind::kText, .flag = false, .integer = 0, .text = std::move(text)});
  }
  bool binary(codec::Json::binary_t&) { return true; }
  bool start_object(size_t) { return ++depth_ < codec::kMaxJsonDepth; }
  bool end_object() { return --depth_, true; }
  bool start_array(size_t) { return ++depth_ < codec::kMaxJsonDepth; }
  bool end_array() { return --depth_, true; }
  bool key(std::string& name) {
    if (depth_ == 1) section_ = name;
    if (depth_ == 2) column_ = name;
    return true;
  }
  bool parse_error(size_t, const std::string&, const codec::Json::exception&) { return false; }

 private:
  bool Take(const Leaf& leaf) {
    if (depth_ == 1 && section_ == "numRecords" && leaf.kind == Leaf::Kind::kInteger) {
      file_.record_count = std::max<int64_t>(leaf.integer, -1);
    }
    if (depth_ == 1 && section_ == "tightBounds" && leaf.kind == Leaf::Kind::kBool) tight_ = leaf.flag;
    if (depth_ != 2) return true;
    const auto found = fields_.find(column_);
    if (found == fields_.end()) return true;
    const Field& field = *found->second;
    if (section_ == "nullCount" && leaf.kind == Leaf::Kind::kInteger) {
      file_.stats[field.id].null_count = leaf.integer;
    } else if (section_ == "minValues") {
      file_.stats[field.id].lower = DecodeBound(leaf, field.type, Bound::kLower);
    } else if (section_ == "maxValues") {
      file_.stats[field.id].upper = DecodeBound(leaf, field.type, Bound::kUpper);
    }
    return true;
  }

  const std::unordered_map<std::string_view, const Field*>& fields_;
  DataFile& file_;
  int depth_ = 0;
  std::string section_;
  std::string column_;
  bool tight_ = true;
};

}  // namespace

std::string EncodeStats(const DataFile& file, const Schema& schema) {
  if (file.record_count < 0) return {};
  std::string out = "{\"numRecords\":" + std::to_string(file.record_count);
  AppendSection(out, "minValues", file, schema, [](std::string& text, const DataType& type, const ColumnStats& stats) {
    return AppendBound(text, type, stats.lower, Bound::kLower);
  });
  AppendSection(out, "maxValues", file, schema, [](std::string& text, const DataType& type, const ColumnStats& stats) {
    return AppendBound(text, type, stats.upper, Bound::kUpper);
  });
  AppendSection(out, "nullCount", file, schema, [](std::string& text, const DataType& type, const ColumnStats& stats) {
    if (!stats.null_count || type.kind == TypeKind::kStruct) return false;
    text += std::to_string(*stats.null_count);
    return true;
  });
  // Bounds and counts are of all rows, also of those that a deletion vector takes away.
  if (!file.deletes.empty()) out += ",\"tightBounds\":false";
  return out + "}";
}

StatsDecoder::StatsDecoder(const Schema& schema) {
  for (const Field& field : schema.fields) fields_.emplace(StoredNameOf(field), &field);
}

void StatsDecoder::Decode(std::string_view text, DataFile& file) const {
  file.record_count = -1;
  file.stats.clear();
  if (text.empty()) return;
  StatsHandler handler(fields_, file);
  bool whole = false;
  try {
    whole = codec::Json::sax_parse(text, &handler);
  } catch (const codec::Json::exception&) {
    whole = false;
  }
  if (!whole) {
    file.record_count = -1;
    file.stats.clear();
    return;
  }
  for (auto& [id, stats] : file.stats) {
    const bool known = !IsNull(stats.lower) || !IsNull(stats.upper);
    stats.exact = known && handler.tight() && !MayBeInexact(stats.lower) && !MayBeInexact(stats.upper);
  }
}

}  // namespace tarn::table::delta
