// SPDX-License-Identifier: Apache-2.0
#include "net/message.h"

#include "base/ascii.h"
#include "base/assert.h"
#include "codec/byte_codec.h"
#include "codec/url.h"

namespace tarn::net {
namespace {

constexpr std::array<std::string_view, kMethodCount> kMethodNames = {"GET",    "HEAD",  "POST",    "PUT",
                                                                     "DELETE", "PATCH", "OPTIONS", "OTHER"};

// One packed field: U32 size of the name, U32 size of the value, name, value.
struct PackedField {
  std::string_view name;
  std::string_view value;
};

PackedField TakeField(codec::ByteReader& reader) {
  const uint32_t name_size = reader.U32().value_or(0);
  const uint32_t value_size = reader.U32().value_or(0);
  PackedField field;
  field.name = reader.Bytes(name_size).value_or("");
  field.value = reader.Bytes(value_size).value_or("");
  return field;
}

}  // namespace

std::string_view MethodName(Method method) { return kMethodNames[static_cast<size_t>(method)]; }

bool EqualHeaderName(std::string_view a, std::string_view b) { return EqualIgnoringCase(a, b); }

void HeaderList::Add(std::string_view name, std::string_view value) {
  static constexpr size_t kUsualBytes = 256;
  if (packed_.empty()) packed_.reserve(kUsualBytes);
  codec::ByteWriter writer(packed_);
  writer.U32(static_cast<uint32_t>(name.size()));
  writer.U32(static_cast<uint32_t>(value.size()));
  writer.Bytes(name);
  writer.Bytes(value);
}

std::optional<std::string_view> HeaderList::Find(std::string_view name) const {
  codec::ByteReader reader(packed_);
  while (reader.remaining() > 0) {
    const PackedField field = TakeField(reader);
    if (EqualHeaderName(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string_view, std::string_view>> HeaderList::All() const {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  codec::ByteReader reader(packed_);
  while (reader.remaining() > 0) {
    const PackedField field = TakeField(reader);
    all.emplace_back(field.name, field.value);
  }
  return all;
}

std::string_view Request::Param(std::string_view name) const {
  for (size_t i = 0; i < param_count_; ++i) {
    if (params_[i].name == name) return params_[i].value;
  }
  return {};
}

void Request::AddParam(std::string_view name, std::string value) {
  TARN_ASSERT(param_count_ < kMaxPathParams);
  params_[param_count_++] = {name, std::move(value)};
}

const std::vector<std::pair<std::string, std::string>>& Request::query() const {
  if (!query_) {
    const size_t mark = target.find('?');
    query_ =
        codec::ParseQuery(mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1));
  }
  return *query_;
}

std::optional<std::string_view> Request::QueryValue(std::string_view name) const {
  if (!query_ && target.find('?') == std::string::npos) return std::nullopt;
  std::optional<std::string_view> found;
  for (const auto& [key, value] : query()) {
    if (key == name) found = value;
  }
  return found;
}

}  // namespace tarn::net
