// SPDX-License-Identifier: Apache-2.0
#include "contract/struct_fields.h"

#include <algorithm>

#include "contract/field_name.h"

namespace tarn::contract {
namespace {

/// Longer keys fill no field: every character of a name comes from at most four bytes of a key.
constexpr size_t kMaxKeyBytes = 512;

}  // namespace

std::optional<StructFields::Found> StructFields::Find(const Column& column, const JsonValue& key, size_t likely) {
  if (key.size > kMaxKeyBytes) return std::nullopt;
  const auto& fields = column.children;
  const auto name = StringOf(key, text_);
  if (likely < fields.size() && fields[likely].name == name) return Found{likely, true};
  const auto place = [&](std::string_view wanted) {
    return static_cast<size_t>(std::ranges::find(fields, wanted, &Column::name) - fields.begin());
  };
  if (const auto exact = place(name); exact < fields.size()) return Found{exact, true};
  SnakeCaseInto(name, name_);
  if (const auto snake = place(name_); snake < fields.size()) return Found{snake, false};
  return std::nullopt;
}

}  // namespace tarn::contract
