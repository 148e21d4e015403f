// SPDX-License-Identifier: Apache-2.0
#include "bronze/csv_object.h"

#include <algorithm>

#include "codec/byte_words.h"
#include "codec/json_text.h"
#include "contract/record_checker.h"

namespace tarn::bronze {
namespace {

using contract::JsonKind;
using contract::JsonValue;

bool MayBeJson(const CsvColumn& column) { return column.value == CsvValue::kJson; }

JsonValue Slice(std::string_view text, JsonKind kind) {
  JsonValue value;
  value.data = text.data();
  value.size = static_cast<uint32_t>(text.size());
  value.kind = kind;
  value.bare = kind == JsonKind::kString;
  return value;
}

bool NeedsNoEscape(std::string_view text) {
  const auto run = codec::RunWithout(text, codec::EscapedBytes);
  if (text.size() - run >= sizeof(uint64_t)) return false;
  return std::ranges::all_of(text.substr(run), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
  });
}

void AppendString(std::string& out, std::string_view text) {
  if (!NeedsNoEscape(text)) return codec::AppendJsonString(out, text);
  out += '"';
  out += text;
  out += '"';
}

}  // namespace

CsvObject::CsvObject(const FileFormat& format)
    : format_(format),
      knows_members_(std::ranges::none_of(format.columns, MayBeJson)),
      members_(format.columns.size()) {
  for (size_t i = 0; i < members_.size(); ++i) {
    auto& prefix = prefixes_.emplace_back(i == 0 ? "{" : ",");
    codec::AppendJsonString(prefix, format.columns[i].name);
    prefix += ':';
    members_[i].key = Slice(format.columns[i].name, JsonKind::kString);
  }
}

void CsvObject::Take(std::string_view record, const std::vector<codec::CsvField>& fields) {
  text_bytes_ = 0;
  unquoted_.clear();
  unquoted_.reserve(record.size());
  for (size_t i = 0; i < fields.size(); ++i) SetValue(i, fields[i]);
}

std::string_view CsvObject::Unquoted(const codec::CsvField& field) {
  if (!field.doubled) return field.text;
  const auto begin = unquoted_.size();
  for (size_t i = 0; i < field.text.size(); ++i) {
    unquoted_ += field.text[i];
    if (field.text[i] == format_.csv.quote) ++i;
  }
  return std::string_view(unquoted_).substr(begin);
}

bool CsvObject::IsNull(const codec::CsvField& field, std::string_view value) const {
  return !field.quoted && (value.empty() || (format_.nulls && value == *format_.nulls));
}

void CsvObject::SetValue(size_t column, const codec::CsvField& field) {
  auto& out = members_[column].value;
  const auto value = Unquoted(field);
  if (IsNull(field, value)) {
    out = Slice(value, JsonKind::kNull);
    return;
  }
  if (format_.columns[column].value == CsvValue::kLiteral) {
    if (value == "true" || value == "false") {
      out = Slice(value, JsonKind::kBoolean);
      return;
    }
    if (codec::IsJsonNumber(value)) {
      out = Slice(value, JsonKind::kNumber);
      out.integer = value.find_first_of(".eE") == std::string_view::npos;
      return;
    }
  }
  out = Slice(value, JsonKind::kString);
}

void CsvObject::AppendValue(size_t column) {
  const auto& value = members_[column].value;
  if (value.kind == JsonKind::kNull) {
    text_ += "null";
  } else if (value.kind != JsonKind::kString) {
    text_ += value.text();
  } else if (MayBeJson(format_.columns[column]) && codec::ParseJson(value.inner())) {
    const auto begin = static_cast<std::ptrdiff_t>(text_.size());
    text_ += value.inner();
    std::replace_if(text_.begin() + begin, text_.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  } else {
    AppendString(text_, value.inner());
  }
}

std::string_view CsvObject::Text() {
  if (text_bytes_ == 0) {
    text_ = members_.empty() ? "{" : "";
    for (size_t i = 0; i < members_.size(); ++i) {
      text_ += prefixes_[i];
      AppendValue(i);
    }
    text_ += '}';
    text_bytes_ = text_.size();
    text_.append(contract::RecordChecker::kPadding, '\0');
  }
  return std::string_view(text_).substr(0, text_bytes_);
}

}  // namespace tarn::bronze
