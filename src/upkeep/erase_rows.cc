// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erase_rows.h"

#include <algorithm>

#include "base/crash_point.h"
#include "engine/select_numbers.h"
#include "lake/rewrite.h"
#include "silver/file_plan.h"
#include "silver/key_filter.h"
#include "silver/make_key_filter.h"

namespace tarn::upkeep {
namespace {

constexpr const char* kRows = "input.rows";

/// The files as they are stored: deleted rows are read as well.
std::vector<table::DataFilePtr> AsStored(const std::vector<table::DataFilePtr>& files) {
  std::vector<table::DataFilePtr> stored;
  stored.reserve(files.size());
  for (const auto& file : files) {
    auto copy = std::make_shared<table::DataFile>(*file);
    copy->deletes.clear();
    stored.push_back(std::move(copy));
  }
  return stored;
}

/// Delete files of other engines name rows by their values, which go only with the rows they were made for.
bool IsDeletedByValue(const table::DataFile& file) {
  return std::ranges::any_of(file.deletes,
                             [](const auto& deletes) { return deletes->content == table::DeleteContent::kEquality; });
}

}  // namespace

Result<std::vector<table::DataFilePtr>> EraseRows::FilesWith(const Request& request, const table::SnapshotPtr& base,
                                                             const std::string& condition) {
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  auto stored = std::make_shared<table::Snapshot>(*base);
  stored->files = AsStored(base->files);
  TARN_TRY(workspace->AddInput("rows", engine::BindSnapshot(request.location, stored)));
  TARN_ASSIGN(const auto names,
              lake::FileNames(*workspace, "SELECT DISTINCT " + engine::QuoteIdentifier(engine::kFileColumn) + " FROM " +
                                              kRows + " WHERE " + condition));
  auto files = lake::FilesNamed(*base, names);
  for (const auto& file : base->files) {
    if (IsDeletedByValue(*file) && std::ranges::find(files, file) == files.end()) files.push_back(file);
  }
  return files;
}

Status EraseRows::Rewrite(const Request& request, const table::SnapshotPtr& base, const std::string& condition,
                          EraseRowsOutcome& outcome, table::CommitIntent& intent) {
  TARN_ASSIGN(auto files, FilesWith(request, base, condition));
  outcome = {0, files.size(), 0};
  if (files.empty()) return {};
  for (const auto& file : files) intent.remove.push_back(file->path);
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput(
      "rows", engine::Bind(base->schema, table::PinnedTable{request.location, base, std::move(files)})));
  TARN_ASSIGN(const auto rows,
              engine::SelectNumber(*workspace, std::string("SELECT count(*) FROM ") + kRows + " WHERE " + condition));
  outcome.rows = static_cast<uint64_t>(rows);
  if (request.dry_run) return {};
  engine::WriteRequest write;
  write.select = std::string("SELECT * FROM ") + kRows + " WHERE NOT " + condition;
  write.schema = base->schema;
  write.location = request.location;
  TARN_ASSIGN(intent.add, workspace->WriteParquet(write));
  TARN_CRASH_POINT("upkeep.erase.rows_written");
  outcome.files_added = intent.add.size();
  if (!request.filters_keys || intent.add.size() != 1) return {};
  const auto& file = intent.add.front();
  const bool filtered =
      file.record_count >= silver::CostRule().min_filtered_rows && file.record_count <= silver::KeyFilter::kMaxRows;
  if (!filtered) return {};
  TARN_ASSIGN(auto filter, silver::MakeKeyFilter({request.location, file.path, base->schema, request.keys.columns},
                                                 *workspace, write.select));
  intent.pending.push_back(std::move(filter));
  return {};
}

Result<EraseRowsOutcome> EraseRows::Run(const Request& request, const Complete& complete) {
  EraseRowsOutcome outcome;
  const auto planner = [&](const table::SnapshotPtr& base) -> Result<std::optional<table::CommitIntent>> {
    if (!base->exists()) return std::optional<table::CommitIntent>();
    if (!HasKeyColumns(request.keys, base->schema)) {
      return Fail(ErrorCode::kInvalidArgument, "the table has not all columns of the key: " + request.location);
    }
    table::CommitIntent intent;
    intent.operation = "ERASE";
    TARN_TRY(Rewrite(request, base, KeyCondition(request.keys, base->schema), outcome, intent));
    if (request.dry_run) return std::optional<table::CommitIntent>();
    TARN_ASSIGN(const bool more, complete ? complete(*base, intent) : Result<bool>(false));
    if (intent.remove.empty() && !more) return std::optional<table::CommitIntent>();
    intent.metrics["numDeletedRows"] = std::to_string(outcome.rows);
    // The version must stand alone: those before it are about to leave.
    for (const auto& [id, number] : base->transactions) intent.transactions.try_emplace(id, number);
    return std::optional(std::move(intent));
  };
  const auto table = dependencies_.tables.Get(request.location);
  TARN_TRY(table->Commit(planner, dependencies_.seat_check));
  TARN_CRASH_POINT("upkeep.erase.rows_committed");
  return outcome;
}

}  // namespace tarn::upkeep
