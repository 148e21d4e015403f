// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/json_members.h"

#include <limits>

namespace tarn::table::iceberg {

using codec::OrderedJson;

std::unexpected<Error> Broken(const std::string& what) {
  return Fail(ErrorCode::kCorrupt, "broken Iceberg metadata: " + what);
}

const OrderedJson* FindMember(const OrderedJson& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::optional<int64_t>> OptionalLong(const OrderedJson& object, const char* name) {
  const OrderedJson* member = FindMember(object, name);
  if (member == nullptr) return std::optional<int64_t>();
  const bool fits =
      member->is_number_integer() &&
      (!member->is_number_unsigned() || member->get<uint64_t>() <= uint64_t{std::numeric_limits<int64_t>::max()});
  if (!fits) return Broken(std::string(name) + " is not a 64-bit integer");
  return std::optional(member->get<int64_t>());
}

Result<int64_t> LongMember(const OrderedJson& object, const char* name) {
  TARN_ASSIGN(const auto value, OptionalLong(object, name));
  if (!value) return Broken(std::string(name) + " is missing");
  return *value;
}

Result<std::optional<int32_t>> OptionalInt(const OrderedJson& object, const char* name) {
  TARN_ASSIGN(const auto value, OptionalLong(object, name));
  if (!value) return std::optional<int32_t>();
  if (*value < std::numeric_limits<int32_t>::min() || *value > std::numeric_limits<int32_t>::max()) {
    return Broken(std::string(name) + " is not a 32-bit integer");
  }
  return std::optional(static_cast<int32_t>(*value));
}

Result<int32_t> IntMember(const OrderedJson& object, const char* name) {
  TARN_ASSIGN(const auto value, OptionalInt(object, name));
  if (!value) return Broken(std::string(name) + " is missing");
  return *value;
}

Result<std::optional<std::string>> OptionalText(const OrderedJson& object, const char* name) {
  const OrderedJson* member = FindMember(object, name);
  if (member == nullptr) return std::optional<std::string>();
  if (!member->is_string()) return Broken(std::string(name) + " is not text");
  return std::optional(member->get<std::string>());
}

Result<std::string> TextMember(const OrderedJson& object, const char* name) {
  TARN_ASSIGN(auto value, OptionalText(object, name));
  if (!value) return Broken(std::string(name) + " is missing");
  return *std::move(value);
}

Result<const OrderedJson*> ArrayMember(const OrderedJson& object, const char* name) {
  static const OrderedJson kEmpty = OrderedJson::array();
  const OrderedJson* member = FindMember(object, name);
  if (member == nullptr) return &kEmpty;
  if (!member->is_array()) return Broken(std::string(name) + " is not a list");
  return member;
}

Result<const OrderedJson*> ObjectMember(const OrderedJson& object, const char* name) {
  static const OrderedJson kEmpty = OrderedJson::object();
  const OrderedJson* member = FindMember(object, name);
  if (member == nullptr) return &kEmpty;
  if (!member->is_object()) return Broken(std::string(name) + " is not an object");
  return member;
}

}  // namespace tarn::table::iceberg
