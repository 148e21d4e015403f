// SPDX-License-Identifier: Apache-2.0
#include "lake/name.h"

#include <algorithm>
#include <array>

namespace tarn::lake {
namespace {

constexpr std::array<std::string_view, 7> kReservedDomains{
    "tarn", "system", "temp", "memory", "main", "pg_catalog", "information_schema"};

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsNameCharacter(char c) { return IsLower(c) || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && IsLower(text.front()) &&
         std::all_of(text.begin(), text.end(), IsNameCharacter);
}

bool IsReservedDomain(std::string_view domain) {
  return std::find(kReservedDomains.begin(), kReservedDomains.end(), domain) != kReservedDomains.end();
}

}  // namespace tarn::lake
