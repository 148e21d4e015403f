// SPDX-License-Identifier: Apache-2.0
#include "table/delta/column_mapping.h"

#include <vector>

#include "table/delta/features.h"

namespace tarn::table::delta {
namespace {

/// The field of that id in a struct, or, in lists and maps, the child at the same place.
const Field* CounterpartOf(const Field& field, size_t index, const std::vector<Field>& before, TypeKind holder) {
  if (holder != TypeKind::kStruct) return index < before.size() ? &before[index] : nullptr;
  for (const Field& candidate : before) {
    if (candidate.id == field.id) return &candidate;
  }
  return nullptr;
}

bool Renames(const std::vector<Field>& before, const std::vector<Field>& after, TypeKind holder) {
  for (size_t i = 0; i < after.size(); ++i) {
    const Field* old = CounterpartOf(after[i], i, before, holder);
    if (old == nullptr) continue;
    if (old->name != after[i].name || Renames(old->type.children, after[i].type.children, after[i].type.kind)) {
      return true;
    }
  }
  return false;
}

void Assign(const std::vector<Field>& before, std::vector<Field>& after, TypeKind holder, const std::string& id) {
  static const std::vector<Field> kNone;
  for (size_t i = 0; i < after.size(); ++i) {
    Field& field = after[i];
    const Field* old = CounterpartOf(field, i, before, holder);
    if (holder == TypeKind::kStruct && field.stored_names.empty()) {
      field.stored_names = {old != nullptr ? StoredNameOf(*old) : "col-" + id + "-" + std::to_string(field.id)};
    }
    Assign(old != nullptr ? old->type.children : kNone, field.type.children, field.type.kind, id);
  }
}

std::string FirstMapped(const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    if (StoredNameOf(field) != field.name) return field.name;
    if (auto nested = FirstMapped(field.type.children); !nested.empty()) return field.name + "." + nested;
  }
  return {};
}

}  // namespace

Result<MappingMode> MappingModeOf(const Protocol& protocol, const Metadata& metadata) {
  const auto found = metadata.configuration.find(kMappingMode);
  if (found == metadata.configuration.end() || found->second == "none" || !SupportsColumnMapping(protocol)) {
    return MappingMode::kNone;
  }
  if (found->second == "name") return MappingMode::kName;
  if (found->second == "id") return MappingMode::kId;
  return Fail(ErrorCode::kUnsupported, "Delta column mapping mode " + found->second);
}

const std::string& StoredNameOf(const Field& field) {
  return field.stored_names.empty() ? field.name : field.stored_names.front();
}

bool RenamesColumns(const Schema& before, const Schema& after) {
  return Renames(before.fields, after.fields, TypeKind::kStruct);
}

Schema WithStoredNames(const Schema& before, Schema after, const std::string& unique_id) {
  Assign(before.fields, after.fields, TypeKind::kStruct, unique_id);
  return after;
}

std::string FirstMappedColumn(const Schema& schema) { return FirstMapped(schema.fields); }

}  // namespace tarn::table::delta
