// SPDX-License-Identifier: Apache-2.0
#include "contract/nested_column.h"

#include <algorithm>

#include "codec/json_text.h"
#include "contract/declared_value.h"

namespace tarn::contract {
namespace {

using table::ColumnBuilder;
using table::DataType;
using table::TypeKind;

bool TakesText(const DataType& type) { return type.kind == TypeKind::kJson || type.kind == TypeKind::kString; }

TypeKind KindOf(const Column& column) { return column.type == ColumnType::kList ? TypeKind::kList : TypeKind::kStruct; }

}  // namespace

NestedColumn::NestedColumn(const Column& column, const DataType& stored)
    : column_(column), as_text_(TakesText(stored)), top_(LevelFor(column, stored)) {}

NestedColumn::Level NestedColumn::LevelFor(const Column& column, const DataType& stored) {
  Level level{.column = &column};
  level.nested = column.is_nested() && stored.kind == KindOf(column);
  if (!level.nested) {
    level.widened = column.is_nested() || StorageType(column) != stored;
    return level;
  }
  if (column.type == ColumnType::kStruct) {
    AddFields(column, stored, level);
  } else {
    level.inside.push_back(LevelFor(column.children.front(), stored.children.front().type));
    level.may_rescue = level.inside.front().may_rescue;
  }
  return level;
}

void NestedColumn::AddFields(const Column& column, const DataType& stored, Level& level) {
  level.may_rescue = true;
  for (const auto& field : stored.children) {
    const auto declared = std::ranges::find(column.children, field.name, &Column::name);
    const bool filled = declared != column.children.end();
    level.inside.push_back(filled ? LevelFor(*declared, field.type) : Level());
    level.inside.back().field = static_cast<size_t>(declared - column.children.begin());
  }
}

std::optional<NestedFault> NestedColumn::Append(const JsonValue& value, ColumnBuilder& out, std::string* rescued) {
  const auto& faults = check_.Run(column_, value, NestedCheck::UnknownFields::kAllowed);
  if (!faults.empty()) {
    out.AppendNull();
    return faults.front();
  }
  if (as_text_) {
    out.AppendString(value.text());
    return std::nullopt;
  }
  misfit_ = Misfit::kNone;
  AppendLevel(top_, value, out, top_.may_rescue ? rescued : nullptr);
  if (misfit_ == Misfit::kNone) return std::nullopt;
  return NestedFault{column_.name, misfit_};
}

bool NestedColumn::AppendLevel(const Level& level, const JsonValue& value, ColumnBuilder& out, std::string* rescued) {
  if (value.kind == JsonKind::kNull) {
    out.AppendNull();
    return false;
  }
  if (!level.nested) {
    AppendScalar(level, value, out);
    return false;
  }
  auto* const inside = level.may_rescue ? rescued : nullptr;
  return level.column->type == ColumnType::kList ? AppendElements(level, value, out, inside)
                                                 : AppendFields(level, value, out, inside);
}

void NestedColumn::AppendScalar(const Level& level, const JsonValue& value, ColumnBuilder& out) {
  const auto append = level.widened ? AppendWidened : AppendDeclared;
  const auto misfit = append(*level.column, value, scratch_, out);
  if (misfit == Misfit::kNone) return;
  misfit_ = misfit;
  out.AppendNull();
}

bool NestedColumn::AppendElements(const Level& level, const JsonValue& value, ColumnBuilder& out,
                                  std::string* rescued) {
  const auto begin = rescued != nullptr ? rescued->size() : 0;
  auto end = begin;  // of the last element with something in it
  if (rescued != nullptr) *rescued += '[';
  JsonParts parts(value);
  bool first = true;
  for (JsonValue element; parts.Next(element); first = false) {
    if (rescued != nullptr && !first) *rescued += ',';
    if (AppendLevel(level.inside.front(), element, out.child(0), rescued)) {
      end = rescued->size();
    } else if (rescued != nullptr) {
      *rescued += "null";
    }
  }
  out.AppendEntry();
  if (rescued == nullptr) return false;
  rescued->resize(end);
  if (end != begin) *rescued += ']';
  return end != begin;
}

bool NestedColumn::AppendFields(const Level& level, const JsonValue& value, ColumnBuilder& out, std::string* rescued) {
  bool any = false;
  const auto open_member = [&] { *rescued += any ? ',' : '{'; };
  const auto frame = fields_.Begin(*level.column, value, [&](const JsonValue& key, const JsonValue& unknown) {
    if (rescued == nullptr || unknown.kind == JsonKind::kNull) return;
    open_member();
    any = true;
    rescued->append(key.text()).append(":").append(unknown.text());
  });
  for (size_t i = 0; i < level.inside.size(); ++i) {
    const auto& inside = level.inside[i];
    const auto field = inside.column == nullptr ? std::nullopt : fields_.At(frame, inside.field);
    if (!field) {
      out.child(i).AppendNull();
      continue;
    }
    if (rescued == nullptr || !inside.may_rescue) {
      AppendLevel(inside, *field, out.child(i), nullptr);
      continue;
    }
    const auto before = rescued->size();
    open_member();
    codec::AppendJsonString(*rescued, inside.column->name);
    *rescued += ':';
    if (AppendLevel(inside, *field, out.child(i), rescued)) {
      any = true;
    } else {
      rescued->resize(before);
    }
  }
  fields_.End(frame);
  out.AppendStruct();
  if (rescued == nullptr) return false;
  if (any) *rescued += '}';
  return any;
}

}  // namespace tarn::contract
