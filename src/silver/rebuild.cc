// SPDX-License-Identifier: Apache-2.0
#include "silver/rebuild.h"

#include <algorithm>
#include <deque>
#include <set>

#include "base/crash_point.h"
#include "engine/select_numbers.h"
#include "lake/keys.h"
#include "silver/record_order_sql.h"
#include "silver/side_manifest.h"
#include "silver/target_schema.h"
#include "table/type_shape.h"

namespace tarn::silver {
namespace {

/// Only one commit of another writer in between makes a swap look again; more is a table that never rests.
constexpr int kMaxSwaps = 10;

/// The live column's type when it is the staged one's but for fields that are new in it and their order, else nullopt.
std::optional<table::DataType> TypeInPlace(const table::DataType& staged, const table::DataType& live) {
  const auto all = table::WithNewFields(staged, live);
  if (!all || !table::SameShape(*all, staged)) return std::nullopt;
  return table::WithNewFields(live, staged);
}

/// The staged columns with the ids they get in the live table: those of a column that stays as it is, else new ones,
/// so that no id ever means two things.
table::Schema SchemaInPlace(const table::Schema& staged, const table::Snapshot& live) {
  auto schema = staged;
  for (auto& field : schema.fields) {
    const auto known = live.schema.IndexOf(field.name);
    auto type = known ? TypeInPlace(field.type, live.schema.fields[*known].type) : std::nullopt;
    field.id = type ? live.schema.fields[*known].id : 0;
    if (!type) table::ForgetFieldIds(field.type);
    if (type) field.type = *std::move(type);
  }
  table::AssignFieldIds(schema, live.last_field_id);
  return schema;
}

/// Columns besides the key whose values both tables can be compared by.
std::vector<std::string> ComparableColumns(const contract::Contract& contract, const table::Schema& before,
                                           const table::Schema& after) {
  std::vector<std::string> names;
  for (const auto& field : after.fields) {
    if (IsMetadataColumn(field.name)) continue;
    const auto known = before.IndexOf(field.name);
    const auto keys = contract.key_columns();
    const bool is_key = std::ranges::any_of(keys, [&](const auto* key) { return key->name == field.name; });
    if (!is_key && known && table::SameShape(before.fields[*known].type, field.type)) names.push_back(field.name);
  }
  return names;
}

bool HasKeyColumns(const contract::Contract& contract, const table::Schema& before, const table::Schema& after) {
  const auto keys = contract.key_columns();
  return !keys.empty() && std::ranges::all_of(keys, [&](const auto* key) {
    const auto known = before.IndexOf(key->name);
    const auto made = after.IndexOf(key->name);
    return known && made && before.fields[*known].type == after.fields[*made].type;
  });
}

}  // namespace

/// Both tables at the moment of a swap.
struct Rebuild::Swap {
  std::string location;
  table::SnapshotPtr live;
  std::string staged_location;
  table::SnapshotPtr staged;
};

Result<RowDifference> Rebuild::Run(const contract::EndpointPtr& endpoint, const Request& request) {
  const auto& contract = endpoint->contract();
  const auto staged = lake::RebuildStagingFolder(contract.domain, contract.name) + request.stage;
  const auto stage = Stage(endpoint, staged, request);
  auto difference = stage ? Replace(endpoint, staged, request) : Result<RowDifference>(Fail(stage.error()));
  const bool ended = difference || difference.error().code == ErrorCode::kFailedPrecondition;
  if (!ended) return difference;
  dependencies_.tables.Forget(staged);
  TARN_TRY(RemoveStaged(contract));
  return difference;
}

Status Rebuild::Stage(const contract::EndpointPtr& endpoint, const std::string& staged, const Request& request) {
  const auto& contract = endpoint->contract();
  TARN_ASSIGN(const auto before, dependencies_.bronze.LogOf(contract.domain, contract.name).Summary());
  if (before.retired_through > 0 && !request.partial) {
    return Fail(ErrorCode::kFailedPrecondition,
                "bronze_retention has taken records away that the table holds: rows that came from them only are lost "
                "with partial=true");
  }
  TARN_ASSIGN(auto handled, dependencies_.reviews->Of(contract.domain, contract.name).Handled());
  const auto skipped = std::make_shared<const HandledRecords>(std::move(handled));
  for (bool more = true; more;) {
    TARN_ASSIGN(const auto outcome, merge_.RunInto(staged, endpoint, skipped));
    more = outcome.committed;
    TARN_ASSIGN(const auto summary, dependencies_.bronze.LogOf(contract.domain, contract.name).Summary());
    if (request.progress) request.progress(outcome.position, summary.head);
    TARN_CRASH_POINT("silver.rebuild.staged_merge");
  }
  return {};
}

Status Rebuild::CheckForeign(const table::SnapshotPtr& base, const std::string& location) {
  if (base->files.empty() || !base->schema.IndexOf("_offset")) return {};
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput("live", engine::BindSnapshot(location, base)));
  TARN_ASSIGN(const auto foreign,
              engine::SelectNumber(*workspace, "SELECT count(*) FROM input.live WHERE _offset IS NULL"));
  if (foreign == 0) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              "other writers have added " + std::to_string(foreign) +
                  " rows to the table that bronze does not have; they are lost with force=true only");
}

Result<RowDifference> Rebuild::Compare(const contract::Contract& contract, const Swap& swap) {
  RowDifference difference;
  difference.rows_after = swap.staged->RecordCount();
  difference.rows_before = swap.live->RecordCount();
  const auto& before = swap.live->schema;
  const auto& after = swap.staged->schema;
  // A table with a history has many rows of a key.
  if (!HasKeyColumns(contract, before, after) || contract.history != contract::History::kNone) return difference;
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput("live", engine::BindSnapshot(swap.location, swap.live)));
  TARN_TRY(workspace->AddInput("staged", engine::BindSnapshot(swap.staged_location, swap.staged)));
  std::vector<std::string> differs{"false"};
  for (const auto& name : ComparableColumns(contract, before, after)) {
    const auto column = engine::QuoteIdentifier(name);
    differs.push_back("b." + column + " IS DISTINCT FROM a." + column);
  }
  const auto key = engine::QuoteIdentifier(contract.key_columns().front()->name);
  TARN_ASSIGN(const auto counts,
              engine::SelectNumbers(
                  *workspace, "SELECT count(*) FILTER (WHERE b." + key + " IS NULL), count(*) FILTER (WHERE a." + key +
                                  " IS NULL), count(*) FILTER (WHERE a." + key + " IS NOT NULL AND b." + key +
                                  " IS NOT NULL AND (" + Join(differs, " OR ") +
                                  ")) FROM input.live b FULL JOIN input.staged a ON " +
                                  RecordOrderSql(contract).KeysEqual("b", "a")));
  difference.added = counts[0];
  difference.removed = counts[1];
  difference.changed = counts[2];
  return difference;
}

Result<std::vector<table::DataFile>> Rebuild::CopyRows(const Swap& swap, const table::Schema& schema) {
  if (swap.staged->files.empty()) return std::vector<table::DataFile>();
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput("staged", engine::BindSnapshot(swap.staged_location, swap.staged)));
  engine::WriteRequest write;
  write.select = "SELECT " + ColumnList(schema, "", {}) + " FROM input.staged";
  write.schema = schema;
  write.location = swap.location;
  return workspace->WriteParquet(write);
}

/// Copies have names of their own: those of an attempt that came to nothing still lie there.
Result<int64_t> Rebuild::PutSide(const Swap& swap) {
  TARN_ASSIGN(auto side, SideManifestOf(dependencies_.store, swap.staged_location, *swap.staged));
  std::vector<store::PutRequest> puts;
  std::deque<std::string> bodies;
  for (auto* file : side.MutableFiles()) {
    TARN_ASSIGN(auto body, dependencies_.store.Get(lake::SideKey(swap.staged_location, file->path)));
    bodies.push_back(std::move(body));
    file->path = "data/" + NewUuid(dependencies_.randomness) + ".parquet";
    puts.push_back({lake::SideKey(swap.location, file->path), bodies.back()});
  }
  const auto number = NewSideNumber(dependencies_.randomness);
  bodies.push_back(EncodeSideManifest(side));
  puts.push_back({lake::SideKey(swap.location, SideManifestName(number)), bodies.back()});
  TARN_TRY(dependencies_.store.PutAll(puts));
  return number;
}

Result<RowDifference> Rebuild::Replace(const contract::EndpointPtr& endpoint, const std::string& staged,
                                       const Request& request) {
  const auto& contract = endpoint->contract();
  Swap swap;
  swap.location = lake::SilverLocation(contract.domain, contract.name, contract.folder_generation);
  swap.staged_location = staged;
  TARN_ASSIGN(swap.staged, dependencies_.tables.Get(staged)->Load());
  const auto table = dependencies_.tables.Get(swap.location);
  RowDifference difference;
  int swaps = 0;
  const auto plan = [&](const table::SnapshotPtr& base) -> Result<std::optional<table::CommitIntent>> {
    if (!base->exists() || !swap.staged->exists()) return std::optional<table::CommitIntent>();
    if (++swaps > kMaxSwaps) return Fail(ErrorCode::kUnavailable, "others commit to the table all the time");
    TARN_TRY(PositionOf(*base));
    if (!request.drops_foreign) TARN_TRY(CheckForeign(base, swap.location));
    swap.live = base;
    TARN_ASSIGN(difference, Compare(contract, swap));
    table::CommitIntent intent;
    intent.operation = "REBUILD";
    intent.schema = SchemaInPlace(swap.staged->schema, *base);
    TARN_ASSIGN(intent.add, CopyRows(swap, *intent.schema));
    for (const auto& file : base->files) intent.remove.push_back(file->path);
    TARN_ASSIGN(const auto side, PutSide(swap));
    TARN_CRASH_POINT("silver.rebuild.before_swap");
    TARN_ASSIGN(const auto position, PositionOf(*swap.staged));
    intent.transactions[kPositionTransaction] = static_cast<int64_t>(position);
    intent.transactions[kSideTransaction] = side;
    intent.transactions[kRebuildTransaction] = static_cast<int64_t>(contract.rebuild_version);
    return std::optional(std::move(intent));
  };
  TARN_TRY(table->Commit(plan, dependencies_.seat_check));
  TARN_CRASH_POINT("silver.rebuild.after_swap");
  return difference;
}

Status Rebuild::RemoveStaged(const contract::Contract& contract) {
  const auto folder = lake::RebuildStagingFolder(contract.domain, contract.name);
  TARN_ASSIGN(const auto objects, dependencies_.store.List(folder));
  std::vector<std::string> keys;
  for (const auto& object : objects) keys.push_back(object.key);
  return keys.empty() ? Status() : dependencies_.store.DeleteAll(keys);
}

}  // namespace tarn::silver
