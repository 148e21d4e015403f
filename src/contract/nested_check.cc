// SPDX-License-Identifier: Apache-2.0
#include "contract/nested_check.h"

namespace tarn::contract {

const std::vector<NestedFault>& NestedCheck::Run(const Column& column, const JsonValue& value, UnknownFields unknown) {
  column_ = &column;
  unknown_ = unknown;
  steps_.clear();
  faults_.clear();
  Check(column, value);
  return faults_;
}

void NestedCheck::Check(const Column& column, const JsonValue& value) {
  if (value.kind == JsonKind::kNull) return;
  if (const auto misfit = CheckValue(column, value, scratch_); misfit != Misfit::kNone) return Add(misfit);
  if (column.type == ColumnType::kList) CheckElements(column, value);
  if (column.type == ColumnType::kStruct) CheckFields(column, value);
}

void NestedCheck::CheckElements(const Column& column, const JsonValue& value) {
  steps_.push_back({});
  JsonParts parts(value);
  for (JsonValue element; faults_.size() < kMaxFaults && parts.Next(element);) {
    Check(column.children.front(), element);
    ++steps_.back().index;
  }
  steps_.pop_back();
}

void NestedCheck::CheckFields(const Column& column, const JsonValue& value) {
  const auto frame = fields_.Begin(column, value, [&](const JsonValue& key, const JsonValue&) {
    if (unknown_ == UnknownFields::kForbidden) Add(Misfit::kExtraForbidden, StringOf(key, scratch_));
  });
  for (size_t i = 0; i < frame.size && faults_.size() < kMaxFaults; ++i) {
    const auto field = fields_.At(frame, i);
    if (!field) continue;
    steps_.push_back({&column.children[i], 0});
    Check(column.children[i], *field);
    steps_.pop_back();
  }
  fields_.End(frame);
}

void NestedCheck::Add(Misfit misfit, std::string_view below) {
  if (faults_.size() == kMaxFaults) return;
  auto path = column_->name;
  for (const auto& step : steps_) {
    path += '.';
    path += step.field != nullptr ? step.field->name : std::to_string(step.index);
  }
  if (!below.empty()) path.append(".").append(below);
  faults_.push_back({std::move(path), misfit});
}

}  // namespace tarn::contract
