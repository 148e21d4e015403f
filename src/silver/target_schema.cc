// SPDX-License-Identifier: Apache-2.0
#include "silver/target_schema.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace tarn::silver {
namespace {

using contract::PayloadColumn;
using table::TypeKind;

constexpr std::array<std::pair<std::string_view, TypeKind>, 7> kMetadata{{{"_insert_date", TypeKind::kTimestamp},
                                                                          {"_domain", TypeKind::kString},
                                                                          {"_endpoint", TypeKind::kString},
                                                                          {"_request_id", TypeKind::kString},
                                                                          {"_schema_version", TypeKind::kInt32},
                                                                          {"_offset", TypeKind::kString},
                                                                          {"_rescued", TypeKind::kJson}}};

constexpr size_t kMaxColumns = 2'000;

class SchemaBuilder {
 public:
  explicit SchemaBuilder(const table::Snapshot& snapshot) : snapshot_(snapshot) {
    target_.schema = snapshot.schema;
    target_.last_field_id = snapshot.last_field_id;
  }

  /// Adds the column or widens it. One that differs from a present column only in case stays out: its values are
  /// rescued.
  void Want(const std::string& name, const table::DataType& type, bool long_integers = false) {
    for (auto& field : target_.schema.fields) {
      if (field.name == name) return Widen(field, type, long_integers);
      if (EqualIgnoringCase(field.name, name)) return;
    }
    target_.schema.fields.push_back({0, name, type, true});
    target_.changed = true;
  }

  size_t size() const { return target_.schema.fields.size(); }

  TargetSchema Finish() && {
    target_.last_field_id = table::AssignFieldIds(target_.schema, target_.last_field_id);
    return std::move(target_);
  }

 private:
  void Widen(table::Field& field, const table::DataType& type, bool long_integers) {
    const auto wide = bronze::WidenedField(field.type, type, long_integers || StoresLongIntegers(field));
    if (wide == field.type) return;
    // Files without a new field inside a list or struct need none: it is NULL.
    const bool only_grows = field.type.is_nested() && wide.is_nested();
    field.type = wide;
    target_.changed = true;
    if (only_grows) return;
    target_.widened.insert(field.id);
  }

  /// Whether the files' statistics leave room for integers that a double does not hold exactly.
  bool StoresLongIntegers(const table::Field& field) const {
    constexpr int64_t kExactInDouble = int64_t{1} << 53;
    if (field.type.kind != TypeKind::kInt64) return false;
    return std::ranges::any_of(snapshot_.files, [&](const table::DataFilePtr& file) {
      const auto stats = file->stats.find(field.id);
      if (stats == file->stats.end()) return true;
      const auto* lower = std::get_if<int64_t>(&stats->second.lower);
      const auto* upper = std::get_if<int64_t>(&stats->second.upper);
      if (lower == nullptr || upper == nullptr) return stats->second.null_count != file->record_count;
      return *lower < -kExactInDouble || *upper > kExactInDouble;
    });
  }

  const table::Snapshot& snapshot_;
  TargetSchema target_;
};

/// Columns that the contract's options add.
std::vector<std::pair<std::string_view, TypeKind>> OptionColumns(const contract::Contract& contract) {
  if (contract.soft_delete) return {{contract::kDeletedColumn, TypeKind::kBoolean}};
  if (contract.history != contract::History::kScd2) return {};
  return {{contract::kValidFromColumn, TypeKind::kTimestamp},
          {contract::kValidToColumn, TypeKind::kTimestamp},
          {contract::kIsCurrentColumn, TypeKind::kBoolean}};
}

bool IsOptionColumn(const contract::Contract& contract, std::string_view name) {
  return std::ranges::any_of(OptionColumns(contract), [&](const auto& column) { return column.first == name; });
}

int ContractColumn(const contract::Contract& contract, std::string_view name) {
  for (size_t i = 0; i < contract.columns.size(); ++i) {
    if (contract.columns[i].name == name) return static_cast<int>(i);
  }
  return PayloadColumn::kEvolvedField;
}

}  // namespace

bool IsMetadataColumn(std::string_view name) {
  return std::ranges::any_of(kMetadata, [&](const auto& column) { return column.first == name; });
}

TargetSchema PlanSchema(const table::Snapshot& snapshot, const contract::Contract& contract,
                        const std::vector<bronze::ObservedField>& fields) {
  SchemaBuilder builder(snapshot);
  if (contract.mode == contract::Mode::kSingleColumn) {
    builder.Want("data", table::Scalar(TypeKind::kJson));
  } else {
    const bool evolves = contract.unknown_fields_in_force() == contract::UnknownFields::kEvolve;
    for (const auto& column : contract.columns) builder.Want(column.name, contract::StorageType(column));
    for (const auto& [name, kind] : OptionColumns(contract)) builder.Want(std::string(name), table::Scalar(kind));
    for (const auto& field : fields) {
      if (!evolves || IsOptionColumn(contract, field.name) || ContractColumn(contract, field.name) >= 0 ||
          builder.size() >= kMaxColumns)
        continue;
      builder.Want(field.name, field.type, field.long_integers);
    }
  }
  for (const auto& [name, kind] : kMetadata) builder.Want(std::string(name), table::Scalar(kind));
  return std::move(builder).Finish();
}

std::vector<PayloadColumn> PayloadColumns(const table::Schema& schema, const contract::Contract& contract) {
  std::vector<PayloadColumn> columns;
  const bool whole = contract.mode == contract::Mode::kSingleColumn;
  const bool evolves = contract.unknown_fields_in_force() == contract::UnknownFields::kEvolve;
  for (const auto& field : schema.fields) {
    if (IsMetadataColumn(field.name)) continue;
    auto column = whole ? PayloadColumn::kEvolvedField : ContractColumn(contract, field.name);
    const bool filled = column >= 0 || (evolves && !IsOptionColumn(contract, field.name));
    if (!filled) column = PayloadColumn::kNeverFilled;
    columns.push_back({field.name, field.type, column});
  }
  return columns;
}

SplitSchema Split(const table::Schema& schema) {
  SplitSchema split;
  for (const auto& field : schema.fields) {
    (IsMetadataColumn(field.name) ? split.hidden : split.visible).fields.push_back(field);
  }
  return split;
}

}  // namespace tarn::silver
