// SPDX-License-Identifier: Apache-2.0
#include "contract/field_name.h"

#include <unordered_set>

#include "base/ascii.h"
#include "contract/compiled_contract.h"
#include "lake/name.h"

namespace tarn::contract {
namespace {

constexpr std::string_view kForbiddenCharacters = " ,;{}()\n\t=";

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Bytes 10xxxxxx continue a character: one character becomes one underscore.
bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

bool StartsWord(std::string_view key, size_t i) {
  if (i == 0 || !IsUpper(key[i])) return false;
  const bool before_lower = i + 1 < key.size() && IsLower(key[i + 1]);
  return before_lower || IsLower(key[i - 1]) || IsDigit(key[i - 1]);
}

/// Engines do not tell columns apart by case.
bool IsReservedInAnyCase(std::string_view key) {
  if (key.front() != '_') return false;
  const auto folded = FoldCase(key);
  return IsReservedMember(folded) || folded == kOperationMember;
}

}  // namespace

void SnakeCaseInto(std::string_view key, std::string& name) {
  name.clear();
  for (size_t i = 0; i < key.size() && name.size() < lake::kMaxNameBytes; ++i) {
    const char c = key[i];
    if (IsContinuation(c)) continue;
    if (StartsWord(key, i)) name += '_';
    name += IsUpper(c) || IsLower(c) || IsDigit(c) ? Lower(c) : '_';
  }
  if (name.empty() || !IsLower(name.front())) name.insert(0, "col_");
  if (name.size() > lake::kMaxNameBytes) name.resize(lake::kMaxNameBytes);
}

std::string SnakeCase(std::string_view key) {
  std::string name;
  SnakeCaseInto(key, name);
  return name;
}

std::vector<std::string> UniqueSnakeCase(const std::vector<std::string>& keys) {
  std::vector<std::string> names;
  std::unordered_set<std::string> taken;
  for (const auto& key : keys) {
    const auto base = SnakeCase(key);
    auto name = base;
    for (size_t n = 2; !taken.insert(name).second; ++n) {
      const auto suffix = "_" + std::to_string(n);
      name = base.substr(0, lake::kMaxNameBytes - suffix.size()) + suffix;
    }
    names.push_back(std::move(name));
  }
  return names;
}

bool CanBeColumn(std::string_view key) {
  return !key.empty() && key.size() <= kMaxFieldNameBytes &&
         key.find_first_of(kForbiddenCharacters) == std::string_view::npos &&
         key.find('\0') == std::string_view::npos && !IsReservedInAnyCase(key);
}

std::string FoldCase(std::string_view name) {
  std::string folded(name);
  for (auto& c : folded) c = Lower(c);
  return folded;
}

}  // namespace tarn::contract
