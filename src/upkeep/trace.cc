// SPDX-License-Identifier: Apache-2.0
#include "upkeep/trace.h"

#include "lake/keys.h"
#include "silver/side_table.h"

namespace tarn::upkeep {
namespace {

std::string MissingText(const std::string& domain, const std::string& table) {
  return domain.empty() ? "" : " in " + domain + "/" + table;
}

/// "CAST('5' AS BIGINT)", or null.
std::string TypedLiteral(const std::string& text, const table::DataType& type) {
  return "CAST(" + engine::QuoteLiteral(text) + " AS " + table::SqlTypeName(type) + ")";
}

}  // namespace

Result<std::string> Tracer::KeyCondition(const contract::Contract& contract, const table::Schema& schema,
                                         const std::vector<std::string>& key) {
  const auto columns = contract.key_columns();
  if (columns.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "the endpoint has no key; trace its records by their receipts");
  }
  if (key.size() != columns.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the key has " + std::to_string(columns.size()) + " columns, not " + std::to_string(key.size()));
  }
  std::string condition;
  for (size_t i = 0; i < key.size(); ++i) {
    const auto field = schema.IndexOf(columns[i]->name);
    const auto type = field ? schema.fields[*field].type : contract::StorageType(*columns[i]);
    condition += (condition.empty() ? "" : " AND ") + engine::QuoteIdentifier(columns[i]->name) + " = " +
                 TypedLiteral(key[i], type);
  }
  return condition;
}

std::string_view FateName(Fate fate) {
  switch (fate) {
    case Fate::kPending:
      return "pending";
    case Fate::kApplied:
      return "applied";
    case Fate::kSuperseded:
      return "superseded";
    case Fate::kDeleted:
      return "deleted";
    case Fate::kQuarantined:
      return "quarantined";
    case Fate::kRejected:
      return "rejected";
    case Fate::kRolledBack:
      return "rolled_back";
    case Fate::kForeign:
      return "foreign";
    case Fate::kPurged:
      return "purged";
  }
  return "";
}

Result<std::optional<bronze::FoundRecord>> Tracer::FindIn(const ingest::EndpointKey& endpoint,
                                                          const lake::Offset& receipt) {
  const bronze::FindRequest request{dependencies_.bronze, dependencies_.tail, dependencies_.store, endpoint.domain,
                                    endpoint.table};
  return bronze::FindRecord(request, receipt);
}

Result<Tracer::Place> Tracer::PlaceOf(const contract::EndpointPtr& endpoint) {
  const auto& contract = endpoint->contract();
  Place place;
  place.endpoint = endpoint;
  place.location = lake::SilverLocation(contract.domain, contract.name, contract.folder_generation);
  place.table = dependencies_.tables.Get(place.location);
  TARN_ASSIGN(place.snapshot, place.table->Load());
  const auto newest = dependencies_.registry.FindLast(contract.domain, contract.name);
  place.current = newest && newest->contract().folder_generation == contract.folder_generation;
  if (!place.snapshot->exists()) return place;
  TARN_ASSIGN(place.position, silver::PositionOf(*place.snapshot));
  TARN_ASSIGN(place.side, silver::SideManifestOf(dependencies_.store, place.location, *place.snapshot));
  return place;
}

Result<std::optional<Trace>> Tracer::FindErased(const std::vector<ingest::EndpointKey>& asked,
                                                const lake::Offset& receipt) {
  for (const auto& endpoint : asked) {
    TARN_ASSIGN(const bool may_be, bronze::MayBeErased(dependencies_.bronze, endpoint.domain, endpoint.table, receipt));
    if (!may_be) continue;
    // Endpoints share the node's offsets: it may be another one's.
    for (const auto& other : dependencies_.bronze.Endpoints()) {
      TARN_ASSIGN(const auto found, FindIn(other, receipt));
      if (found) return std::optional<Trace>();
    }
    Trace trace;
    trace.domain = endpoint.domain;
    trace.table = endpoint.table;
    trace.fate = Fate::kPurged;
    return std::optional(std::move(trace));
  }
  return std::optional<Trace>();
}

Result<Trace> Tracer::ByReceipt(const lake::Offset& receipt, const std::string& domain, const std::string& table) {
  std::vector<ingest::EndpointKey> asked{{domain, table}};
  if (domain.empty()) {
    asked = dependencies_.bronze.Endpoints();
  } else if (!dependencies_.registry.FindLast(domain, table)) {
    return Fail(ErrorCode::kNotFound, "Endpoint " + domain + "/" + table + " not found");
  }
  for (const auto& endpoint : asked) {
    TARN_ASSIGN(auto found, FindIn(endpoint, receipt));
    if (!found) continue;
    Trace trace;
    trace.domain = endpoint.domain;
    trace.table = endpoint.table;
    trace.record = std::move(found);
    TARN_TRY(Decide(trace));
    return trace;
  }
  TARN_ASSIGN(auto erased, FindErased(asked, receipt));
  if (erased) return *std::move(erased);
  return Fail(ErrorCode::kNotFound, "no record has receipt " + receipt.ToString() + MissingText(domain, table) +
                                        ", or it was purged or retired");
}

Result<Trace> Tracer::ByKey(const std::string& domain, const std::string& table, const std::vector<std::string>& key) {
  const auto endpoint = dependencies_.registry.FindLast(domain, table);
  if (!endpoint) return Fail(ErrorCode::kNotFound, "Endpoint " + domain + "/" + table + " not found");
  TARN_ASSIGN(const auto place, PlaceOf(endpoint));
  TARN_ASSIGN(const auto condition, KeyCondition(endpoint->contract(), place.snapshot->schema, key));
  TARN_ASSIGN(const auto offsets, OffsetsWhere(place.location, place.snapshot, condition));
  Trace trace;
  trace.domain = domain;
  trace.table = table;
  if (offsets.empty()) return ByTombstone(place, condition, std::move(trace));
  if (!offsets.front().empty()) {
    TARN_ASSIGN(const auto receipt, lake::ParseOffset(offsets.front()));
    return ByReceipt(receipt, domain, table);
  }
  trace.fate = Fate::kForeign;
  trace.row_condition = condition;
  return trace;
}

Result<Trace> Tracer::ByTombstone(const Place& place, const std::string& condition, Trace trace) {
  const auto missing = [&] {
    return Fail(ErrorCode::kNotFound, "no row of " + trace.domain + "." + trace.table +
                                          " has that key, nor is a deleted one remembered; records that wait for the "
                                          "merge are found by their receipts");
  };
  if (place.side.tombstones.empty()) return missing();
  table::Schema keys;
  for (const auto* column : place.endpoint->contract().key_columns()) {
    const auto field = place.snapshot->schema.IndexOf(column->name);
    if (field) keys.fields.push_back(place.snapshot->schema.fields[*field]);
  }
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  TARN_TRY(
      workspace->AddInput("tombstones", silver::BindSideFiles(place.location, std::move(keys), place.side.tombstones)));
  TARN_ASSIGN(const auto rows, workspace->Query("SELECT 1 FROM input.tombstones WHERE " + condition + " LIMIT 1"));
  table::BatchView batch;
  TARN_ASSIGN(const bool buried, rows->Next(batch));
  if (!buried || batch.rows == 0) return missing();
  trace.fate = Fate::kDeleted;
  return trace;
}

}  // namespace tarn::upkeep
