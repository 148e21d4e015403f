// SPDX-License-Identifier: Apache-2.0
#pragma once
// Typed access to the members of Iceberg's JSON objects with errors that name the field. Every error is kCorrupt:
// metadata that lacks what the spec requires is not guessed at. Stateless.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "codec/json.h"

namespace tarn::table::iceberg {

/// "broken Iceberg metadata: {what}".
std::unexpected<Error> Broken(const std::string& what);

/// The member, nullptr when it is absent or null.
const codec::OrderedJson* FindMember(const codec::OrderedJson& object, const char* name);

Result<int64_t> LongMember(const codec::OrderedJson& object, const char* name);
Result<std::optional<int64_t>> OptionalLong(const codec::OrderedJson& object, const char* name);

/// 32 bits, as ids of schemas, specs and fields are.
Result<int32_t> IntMember(const codec::OrderedJson& object, const char* name);
Result<std::optional<int32_t>> OptionalInt(const codec::OrderedJson& object, const char* name);

Result<std::string> TextMember(const codec::OrderedJson& object, const char* name);
Result<std::optional<std::string>> OptionalText(const codec::OrderedJson& object, const char* name);

/// The array; an empty one when the member is absent.
Result<const codec::OrderedJson*> ArrayMember(const codec::OrderedJson& object, const char* name);

/// The object; an empty one when the member is absent.
Result<const codec::OrderedJson*> ObjectMember(const codec::OrderedJson& object, const char* name);

}  // namespace tarn::table::iceberg
