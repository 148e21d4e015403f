// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/lake_schema.h"

#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/lake_table.h"
#include "engine/duckdb/session_state.h"
#include "engine/duckdb/statement_gate.h"

namespace tarn::engine {

namespace {

Error DoesNotExist(const std::string& reference) {
  return Error{ErrorCode::kInvalidArgument, "table " + reference + " does not exist", {}};
}

std::optional<TimeTravel> TimeTravelOf(duckdb::ClientContext& context, const duckdb::EntryLookupInfo& lookup) {
  const auto at = lookup.GetAtClause();
  if (!at) return std::nullopt;
  if (duckdb::StringUtil::CIEquals(at->Unit(), "version")) {
    return TimeTravel(at->GetValue().DefaultCastAs(duckdb::LogicalType::BIGINT).GetValue<int64_t>());
  }
  if (duckdb::StringUtil::CIEquals(at->Unit(), "timestamp")) {
    const auto instant = at->GetValue().CastAs(context, duckdb::LogicalType::TIMESTAMP_TZ);
    return TimeTravel(Timestamp{instant.GetValue<duckdb::timestamp_tz_t>().value});
  }
  ThrowError(Error{ErrorCode::kInvalidArgument, "time travel is AT (VERSION => n) or AT (TIMESTAMP => t)", {}});
}

std::string PinKey(const std::string& table_name, const std::optional<TimeTravel>& at) {
  if (!at) return table_name;
  if (const auto* version = std::get_if<int64_t>(&*at)) return table_name + "@v" + std::to_string(*version);
  return table_name + "@t" + std::to_string(std::get<Timestamp>(*at).micros);
}

}  // namespace

void RefuseChange() {
  ThrowError(
      Error{ErrorCode::kInvalidArgument, "Only SELECT statements are allowed: the lake is read-only in SQL", {}});
}

LakeSchema::LakeSchema(duckdb::Catalog& owner, duckdb::CreateSchemaInfo& info, CatalogServices& services)
    : SchemaCatalogEntry(owner, info), services_(services) {}

duckdb::unique_ptr<duckdb::CatalogEntry> LakeSchema::MakeView(const std::string& view_name, const View& view) {
  auto checked = ValueOrThrow(CheckSelect(view.sql));
  OkOrThrow(services_.attach_domains(DomainsOf(checked.info)));
  duckdb::CreateViewInfo info(*this, view_name);
  info.query = duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(std::move(checked.statement));
  return duckdb::make_uniq<duckdb::ViewCatalogEntry>(catalog, *this, info);
}

duckdb::unique_ptr<duckdb::CatalogEntry> LakeSchema::MakeEntry(const std::string& table_name, BoundTablePtr table) {
  if (const auto* view = std::get_if<View>(&table->source)) return MakeView(table_name, *view);
  const auto exposure = holds_inputs() ? Exposure::kWorkspace : Exposure::kUser;
  FileIndexPtr index;
  if (const auto* pinned = std::get_if<table::PinnedTable>(&table->source)) index = services_.file_indexes.Of(*pinned);
  auto target = std::make_shared<const ScanTarget>(std::move(table), exposure, services_.grant, std::move(index));
  return LakeTable::Make(catalog, *this, table_name, std::move(target), services_);
}

LakeSchema::Entry LakeSchema::LookupInput(duckdb::ClientContext& context, LakeTransaction& transaction,
                                          const std::string& input_name) {
  const auto session = SessionState::Of(context);
  auto table = session ? session->FindInput(input_name) : nullptr;
  if (table == nullptr) ThrowError(DoesNotExist(std::string(kInputCatalog) + "." + input_name));
  return transaction.Pin(input_name, [&] { return MakeEntry(input_name, std::move(table)); });
}

LakeSchema::Entry LakeSchema::LookupTable(LakeTransaction& transaction, const TableName& table_name,
                                          const std::optional<TimeTravel>& at) {
  return transaction.Pin(name + "." + PinKey(table_name.table, at), [&] {
    auto table = services_.resolver.Resolve(table_name, at);
    if (!table && table.error().code == ErrorCode::kNotFound) ThrowError(DoesNotExist(table_name.ToString()));
    return MakeEntry(table_name.table, ValueOrThrow(std::move(table)));
  });
}

LakeSchema::Entry LakeSchema::LookupEntry(duckdb::CatalogTransaction transaction,
                                          const duckdb::EntryLookupInfo& lookup) {
  if (lookup.GetCatalogType() != duckdb::CatalogType::TABLE_ENTRY || !transaction.transaction) return nullptr;
  auto& pinned = transaction.transaction->Cast<LakeTransaction>();
  auto& context = transaction.GetContext();
  const auto table_name = duckdb::StringUtil::Lower(lookup.GetEntryName());
  if (holds_inputs()) return LookupInput(context, pinned, table_name);
  const TableName full_name{catalog.GetName(), name, table_name};
  const auto at = TimeTravelOf(context, lookup);
  const auto session = at ? nullptr : SessionState::Of(context);
  if (auto hiding = session ? session->FindInput(full_name.ToString()) : nullptr) {
    return pinned.Pin(name + "." + table_name, [&] { return MakeEntry(table_name, std::move(hiding)); });
  }
  return LookupTable(pinned, full_name, at);
}

void LakeSchema::Scan(duckdb::ClientContext& context, duckdb::CatalogType wanted,
                      const std::function<void(duckdb::CatalogEntry&)>& callback) {
  if (wanted != duckdb::CatalogType::TABLE_ENTRY || holds_inputs()) return;
  auto& transaction = duckdb::Transaction::Get(context, catalog).Cast<LakeTransaction>();
  for (const auto& table_name : ValueOrThrow(services_.resolver.Tables(catalog.GetName(), name))) {
    // A table that is being dropped or cannot be read must not hide the others.
    auto entry = transaction.Pin(name + "." + table_name, [&]() -> duckdb::unique_ptr<duckdb::CatalogEntry> {
      auto table = services_.resolver.Resolve(TableName{catalog.GetName(), name, table_name}, std::nullopt);
      if (!table || std::holds_alternative<View>((*table)->source)) return nullptr;
      return MakeEntry(table_name, std::move(*table));
    });
    if (entry && entry->type == duckdb::CatalogType::TABLE_ENTRY) callback(*entry);
  }
}

LakeSchema::Entry LakeSchema::CreateIndex(duckdb::CatalogTransaction, duckdb::CreateIndexInfo&,
                                          duckdb::TableCatalogEntry&) {
  RefuseChange();
}
LakeSchema::Entry LakeSchema::CreateFunction(duckdb::CatalogTransaction, duckdb::CreateFunctionInfo&) {
  RefuseChange();
}
LakeSchema::Entry LakeSchema::CreateTable(duckdb::CatalogTransaction, duckdb::BoundCreateTableInfo&) { RefuseChange(); }
LakeSchema::Entry LakeSchema::CreateView(duckdb::CatalogTransaction, duckdb::CreateViewInfo&) { RefuseChange(); }
LakeSchema::Entry LakeSchema::CreateSequence(duckdb::CatalogTransaction, duckdb::CreateSequenceInfo&) {
  RefuseChange();
}
LakeSchema::Entry LakeSchema::CreateTableFunction(duckdb::CatalogTransaction, duckdb::CreateTableFunctionInfo&) {
  RefuseChange();
}
LakeSchema::Entry LakeSchema::CreateCopyFunction(duckdb::CatalogTransaction, duckdb::CreateCopyFunctionInfo&) {
  RefuseChange();
}
LakeSchema::Entry LakeSchema::CreatePragmaFunction(duckdb::CatalogTransaction, duckdb::CreatePragmaFunctionInfo&) {
  RefuseChange();
}
LakeSchema::Entry LakeSchema::CreateCollation(duckdb::CatalogTransaction, duckdb::CreateCollationInfo&) {
  RefuseChange();
}
LakeSchema::Entry LakeSchema::CreateCoordinateSystem(duckdb::CatalogTransaction, duckdb::CreateCoordinateSystemInfo&) {
  RefuseChange();
}
LakeSchema::Entry LakeSchema::CreateType(duckdb::CatalogTransaction, duckdb::CreateTypeInfo&) { RefuseChange(); }
void LakeSchema::DropEntry(duckdb::ClientContext&, duckdb::DropInfo&) { RefuseChange(); }
void LakeSchema::Alter(duckdb::CatalogTransaction, duckdb::AlterInfo&) { RefuseChange(); }

}  // namespace tarn::engine
