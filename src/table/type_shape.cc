// SPDX-License-Identifier: Apache-2.0
#include "table/type_shape.h"

#include <algorithm>

namespace tarn::table {
namespace {

std::optional<DataType> WithNewStructFields(DataType present, const DataType& added) {
  for (const Field& field : added.children) {
    const auto known = std::ranges::find(present.children, field.name, &Field::name);
    if (known == present.children.end()) {
      Field fresh = field;
      fresh.id = 0;
      fresh.nullable = true;
      ForgetFieldIds(fresh.type);
      present.children.push_back(std::move(fresh));
      continue;
    }
    auto joined = WithNewFields(known->type, field.type);
    if (!joined) return std::nullopt;
    known->type = *std::move(joined);
  }
  return present;
}

}  // namespace

bool SameShape(const DataType& a, const DataType& b) {
  return a.kind == b.kind && a.precision == b.precision && a.scale == b.scale &&
         std::ranges::equal(a.children, b.children, [](const Field& left, const Field& right) {
           return left.name == right.name && left.nullable == right.nullable && SameShape(left.type, right.type);
         });
}

std::optional<DataType> WithNewFields(const DataType& present, const DataType& added) {
  if (present.kind != added.kind || present.precision != added.precision || present.scale != added.scale) {
    return std::nullopt;
  }
  if (present.kind == TypeKind::kStruct) return WithNewStructFields(present, added);
  if (present.children.size() != added.children.size()) return std::nullopt;
  DataType joined = present;
  for (size_t i = 0; i < joined.children.size(); ++i) {
    auto child = WithNewFields(present.children[i].type, added.children[i].type);
    if (!child) return std::nullopt;
    joined.children[i].type = *std::move(child);
  }
  return joined;
}

void ForgetFieldIds(DataType& type) {
  for (Field& child : type.children) {
    child.id = 0;
    child.stored_names.clear();
    ForgetFieldIds(child.type);
  }
}

}  // namespace tarn::table
