// SPDX-License-Identifier: Apache-2.0
#include "silver/adopt.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "contract/field_name.h"
#include "engine/select_numbers.h"
#include "lake/keys.h"
#include "lake/mirror.h"
#include "silver/record_order_sql.h"
#include "silver/removal_mode.h"
#include "silver/target_schema.h"

namespace tarn::silver {
namespace {

using table::TypeKind;

std::unexpected<Error> Unfit(const std::string& why) {
  return Fail(ErrorCode::kFailedPrecondition, "the table does not fit the endpoint: " + why);
}

std::unexpected<Error> HasTable(const std::string& location) {
  return Fail(ErrorCode::kConflict,
              "the endpoint has a table already, only one without can take over another: " + location);
}

Status CheckOptions(const contract::Contract& contract) {
  if (contract.mode == contract::Mode::kSingleColumn) {
    return Fail(ErrorCode::kUnsupported, "tables of others for an endpoint of one column");
  }
  if (contract.history != contract::History::kNone) {
    return Fail(ErrorCode::kUnsupported, "tables of others for an endpoint that keeps a history of its rows");
  }
  return {};
}

/// The type among those of contracts that holds every value; nullopt when none does.
std::optional<table::DataType> ContractType(const table::DataType& type) {
  switch (type.kind) {
    case TypeKind::kInt32:
    case TypeKind::kInt64:
      return table::Scalar(TypeKind::kInt64);
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return table::Scalar(TypeKind::kDouble);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      return table::Scalar(TypeKind::kTimestamp);
    case TypeKind::kList:
    case TypeKind::kStruct:
    case TypeKind::kMap:
      return table::Scalar(TypeKind::kJson);
    case TypeKind::kBinary:
      return std::nullopt;
    case TypeKind::kBoolean:
    case TypeKind::kDecimal:
    case TypeKind::kString:
    case TypeKind::kJson:
    case TypeKind::kDate:
      return type;
  }
  return std::nullopt;
}

const contract::Column* FindColumn(const contract::Contract& contract, std::string_view name) {
  const auto found = std::ranges::find(contract.columns, name, &contract::Column::name);
  return found == contract.columns.end() ? nullptr : &*found;
}

bool IsFilled(const contract::Contract& contract, std::string_view name) {
  return FindColumn(contract, name) != nullptr || (contract.soft_delete && name == contract::kDeletedColumn);
}

/// Lists and structs stay what they are where the contract has them as such.
bool StaysNested(const contract::Contract& contract, const table::Field& column) {
  const auto* declared = FindColumn(contract, column.name);
  return column.type.is_nested() && declared != nullptr && declared->is_nested();
}

/// Whether a column of type `to` holds all that the rows have.
bool Holds(const table::DataType& to, const table::DataType& from) {
  return from.is_nested() ? contract::IsWidening(from, to) : bronze::WidenedField(from, to, true) == to;
}

/// What the columns would be as fields of records.
Result<std::vector<bronze::ObservedField>> FieldsOf(const table::Schema& source, const contract::Contract& contract) {
  const bool evolves = contract.unknown_fields_in_force() == contract::UnknownFields::kEvolve;
  const bool ignores = contract.unknown_fields_in_force() == contract::UnknownFields::kIgnore;
  std::vector<bronze::ObservedField> fields;
  for (const auto& column : source.fields) {
    if (IsMetadataColumn(column.name)) continue;
    const auto type = StaysNested(contract, column) ? std::optional(column.type) : ContractType(column.type);
    if (!type) return Unfit("column " + column.name + " is binary");
    if (!IsFilled(contract, column.name)) {
      if (ignores) continue;
      if (!evolves) {
        return Unfit("column " + column.name + " is not in the contract, which does not let fields evolve");
      }
      if (!contract::CanBeColumn(column.name)) {
        return Unfit("a column cannot have the name " + column.name + "; rename it");
      }
    }
    fields.push_back({column.name, *type, true});
  }
  return fields;
}

/// The schema of the endpoint's table with all the rows' columns in it, none of them made wider or narrower.
Result<TargetSchema> PlanAdoption(const table::Snapshot& base, const contract::Contract& contract,
                                  const std::vector<bronze::ObservedField>& fields) {
  auto target = PlanSchema(base, contract, fields);
  for (const auto& field : fields) {
    const auto place = target.schema.IndexOf(field.name);
    if (!place) return Unfit("column " + field.name + " differs from another in case only, or is one too many");
    const auto& type = target.schema.fields[*place].type;
    if (Holds(type, field.type)) continue;
    return Unfit("column " + field.name + " is " + table::SqlTypeName(field.type) + " there and " +
                 table::SqlTypeName(type) + " in the contract");
  }
  for (const auto* key : contract.key_columns()) {
    const auto is_key = [&](const auto& field) { return field.name == key->name; };
    if (std::ranges::none_of(fields, is_key))
      return Unfit("it has no column " + key->name + ", which is part of the key");
  }
  return target;
}

/// Text is JSON only where it can be read as such.
Status CheckTexts(engine::Workspace& workspace, const table::Schema& source, const table::Schema& target) {
  for (const auto& column : source.fields) {
    const auto place = target.IndexOf(column.name);
    const bool becomes_json = place && target.fields[*place].type.kind == TypeKind::kJson;
    if (!becomes_json || column.type.kind != TypeKind::kString) continue;
    TARN_ASSIGN(const auto broken,
                engine::SelectNumber(workspace, "SELECT count(*) FROM input.source WHERE NOT json_valid(" +
                                                    engine::QuoteIdentifier(column.name) + ")"));
    if (broken > 0) return Unfit(std::to_string(broken) + " values of column " + column.name + " are no JSON");
  }
  return {};
}

Status CheckKeys(engine::Workspace& workspace, const contract::Contract& contract) {
  const RecordOrderSql order(contract);
  if (!order.keyed()) return {};
  std::vector<std::string> nulls;
  for (const auto* key : contract.key_columns()) nulls.push_back(engine::QuoteIdentifier(key->name) + " IS NULL");
  TARN_ASSIGN(const auto without,
              engine::SelectNumber(workspace, "SELECT count(*) FROM input.source WHERE " + Join(nulls, " OR ")));
  if (without > 0) return Unfit(std::to_string(without) + " of its rows have no key");
  TARN_ASSIGN(const auto shared,
              engine::SelectNumber(workspace, "SELECT count(*) FROM (SELECT 1 FROM input.source GROUP BY " +
                                                  order.KeyList("") + " HAVING count(*) > 1)"));
  if (shared > 0) return Unfit(std::to_string(shared) + " keys have more than one row");
  return {};
}

/// The rows in the table's columns, those of a key side by side.
std::string SelectRows(const table::Schema& source, const table::Schema& target, const contract::Contract& contract) {
  std::vector<std::string> values;
  for (const auto& field : target.fields) {
    const auto name = engine::QuoteIdentifier(field.name);
    const auto place = source.IndexOf(field.name);
    std::string value = "NULL";
    if (place && !IsMetadataColumn(field.name)) {
      const auto kind = source.fields[*place].type.kind;
      const bool is_text = kind == TypeKind::kString || kind == TypeKind::kJson;
      value = field.type.kind == TypeKind::kJson && !is_text ? "to_json(" + name + ")" : name;
    } else if (contract.soft_delete && field.name == contract::kDeletedColumn) {
      value = "false";
    }
    values.push_back(value + " AS " + name);
  }
  const RecordOrderSql order(contract);
  return "SELECT " + Join(values, ", ") + " FROM input.source" +
         (order.keyed() ? " ORDER BY " + order.KeyList("") : "");
}

/// Adds what makes a table one of the endpoint's: where it is in bronze, and nothing beside its rows.
Status AddPosition(const MergeDependencies& dependencies, const contract::Contract& contract,
                   const std::string& location, table::CommitIntent& intent) {
  TARN_ASSIGN(const auto summary, dependencies.bronze.LogOf(contract.domain, contract.name).Summary());
  SideManifest side;
  side.MarkHour(summary.purged_through, dependencies.clock.Now());
  const auto number = NewSideNumber(dependencies.randomness);
  intent.pending.push_back({lake::SideKey(location, SideManifestName(number)), EncodeSideManifest(side)});
  intent.transactions[kPositionTransaction] = static_cast<int64_t>(summary.purged_through);
  intent.transactions[kSideTransaction] = number;
  if (contract.rebuild_version > 0) {
    intent.transactions[kRebuildTransaction] = static_cast<int64_t>(contract.rebuild_version);
  }
  if (contract.mirror) intent.properties[lake::kMirrorProperty] = *contract.mirror;
  return {};
}

}  // namespace

Result<Adoption> AdoptRows(const MergeDependencies& dependencies, const contract::CompiledContract& endpoint,
                           const std::string& location, const engine::BoundTablePtr& source) {
  const auto& contract = endpoint.contract();
  TARN_TRY(CheckOptions(contract));
  const auto table = dependencies.tables.Get(location);
  TARN_ASSIGN(const auto before, table->Load());
  if (before->exists()) return HasTable(location);
  TARN_ASSIGN(const auto workspace, dependencies.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput("source", source));
  TARN_ASSIGN(const auto columns, workspace->Describe("SELECT * FROM input.source"));
  TARN_ASSIGN(const auto fields, FieldsOf(columns, contract));
  TARN_ASSIGN(const auto target, PlanAdoption(*before, contract, fields));
  TARN_TRY(CheckKeys(*workspace, contract));
  TARN_TRY(CheckTexts(*workspace, columns, target.schema));
  engine::WriteRequest write;
  write.select = SelectRows(columns, target.schema, contract);
  write.schema = target.schema;
  write.location = location;
  TARN_ASSIGN(const auto files, workspace->WriteParquet(write));
  const auto plan = [&](const table::SnapshotPtr& base) -> Result<std::optional<table::CommitIntent>> {
    if (base->exists()) return HasTable(location);
    table::CommitIntent intent;
    intent.operation = "ADOPT";
    intent.format = contract.format;
    intent.schema = target.schema;
    intent.properties =
        PropertiesFor(contract.format, dependencies.merge_on_read ? RemovalMode::kMark : RemovalMode::kRewrite);
    intent.add = files;
    TARN_TRY(AddPosition(dependencies, contract, location, intent));
    return std::optional(std::move(intent));
  };
  TARN_ASSIGN(const auto done, table->Commit(plan, dependencies.seat_check));
  return Adoption{done.snapshot->RecordCount(), done.snapshot->snapshot_id, true};
}

Result<Adoption> AdoptInPlace(const MergeDependencies& dependencies, const contract::CompiledContract& endpoint,
                              const std::string& location) {
  const auto& contract = endpoint.contract();
  TARN_TRY(CheckOptions(contract));
  const auto table = dependencies.tables.Get(location);
  const auto plan = [&](const table::SnapshotPtr& base) -> Result<std::optional<table::CommitIntent>> {
    if (!base->exists()) return Fail(ErrorCode::kNotFound, "no table lies at " + location);
    if (base->transactions.contains(kPositionTransaction)) return HasTable(location);
    if (base->format == "iceberg") {
      return Fail(ErrorCode::kUnsupported,
                  "taking over an Iceberg table where it lies, for its files name their place: put it into another "
                  "folder of the lake");
    }
    if (base->format != contract.format) {
      return Unfit("it is a " + base->format + " table, and the endpoint's format is " + contract.format);
    }
    TARN_ASSIGN(const auto workspace, dependencies.engine.OpenWorkspace({}));
    TARN_TRY(workspace->AddInput("source", engine::BindSnapshot(location, base)));
    TARN_ASSIGN(const auto fields, FieldsOf(base->schema, contract));
    TARN_TRY(PlanAdoption(*base, contract, fields));
    TARN_TRY(CheckKeys(*workspace, contract));
    table::CommitIntent intent;
    intent.operation = "ADOPT";
    TARN_TRY(AddPosition(dependencies, contract, location, intent));
    return std::optional(std::move(intent));
  };
  TARN_ASSIGN(const auto done, table->Commit(plan, dependencies.seat_check));
  return Adoption{done.snapshot->RecordCount(), done.snapshot->snapshot_id, false};
}

}  // namespace tarn::silver
