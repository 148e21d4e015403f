// SPDX-License-Identifier: Apache-2.0
#include "upkeep/export_table.h"

#include "base/crash_point.h"
#include "codec/json.h"
#include "lake/export_json.h"
#include "lake/keys.h"
#include "silver/target_schema.h"

namespace tarn::upkeep {
namespace {

/// What the hint beside the exports says when they are up to date.
std::string HintOf(const ExportTarget& target, const table::Snapshot& snapshot) {
  const codec::OrderedJson hint{{"version", 1},
                                {"location", target.table.location},
                                {"snapshot", std::to_string(snapshot.snapshot_id)},
                                {"exports", lake::ExportsToJson(target.exports)}};
  return hint.dump();
}

std::string SelectOf(const LakeTable& table, const table::Schema& schema) {
  const auto visible = table.layer == "silver" ? silver::Split(schema).visible : schema;
  std::string columns;
  for (const auto& field : visible.fields) {
    columns += (columns.empty() ? "" : ", ") + engine::QuoteIdentifier(field.name);
  }
  return "SELECT " + columns + " FROM input.t";
}

}  // namespace

bool ExportTable::IsUpToDate(const ExportTarget& target) const {
  const auto shown = shown_.find(target.table.location);
  const auto newest = dependencies_.tables.Get(target.table.location)->known();
  return shown != shown_.end() && newest && shown->second == HintOf(target, *newest);
}

Result<ExportOutcome> ExportTable::Run(const ExportTarget& target, bool dry_run) {
  ExportOutcome outcome;
  TARN_ASSIGN(const auto snapshot, dependencies_.tables.Get(target.table.location)->Load());
  if (!snapshot->exists()) return outcome;
  const auto& table = target.table;
  const auto hint_key = lake::ExportHintKey(table.layer, table.domain, table.table);
  const auto hint = HintOf(target, *snapshot);
  // A hint that is lost, old or broken only makes the files be written again.
  if (const auto known = dependencies_.store.Get(hint_key); known && *known == hint) {
    shown_[table.location] = hint;
    return outcome;
  }
  outcome.files = target.exports.size();
  if (dry_run) return outcome;
  TARN_TRY(dependencies_.seat_check());
  TARN_ASSIGN(outcome.rows, Write(target, snapshot));
  TARN_CRASH_POINT("upkeep.export.written");
  TARN_ASSIGN(const auto writer, dependencies_.store.OpenReplacement(hint_key));
  TARN_TRY(writer->Append(hint));
  TARN_TRY(writer->Finish());
  shown_[table.location] = hint;
  return outcome;
}

Result<uint64_t> ExportTable::Write(const ExportTarget& target, const table::SnapshotPtr& snapshot) {
  const auto& table = target.table;
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput("t", engine::BindSnapshot(table.location, snapshot)));
  uint64_t rows = 0;
  for (const auto& one : target.exports) {
    const auto key = lake::ExportKey(table.layer, table.domain, table.table, one.path);
    const auto written = workspace->Export({SelectOf(table, snapshot->schema), one.format, key});
    if (!written) return Fail(Error(written.error()).In("exporting to " + one.path));
    rows += *written;
  }
  return rows;
}

}  // namespace tarn::upkeep
