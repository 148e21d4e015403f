// SPDX-License-Identifier: Apache-2.0
#include "lake/rollback.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/crash_point.h"
#include "lake/expired_versions.h"

namespace tarn::lake {
namespace {

using table::CommitIntent;
using table::Snapshot;
using table::SnapshotPtr;

bool HasSameRows(const Snapshot& a, const Snapshot& b) {
  if (a.files.size() != b.files.size()) return false;
  std::unordered_map<std::string_view, const table::DataFile*> files;
  for (const auto& file : a.files) files.emplace(file->path, file.get());
  return std::ranges::all_of(b.files, [&](const auto& file) {
    const auto found = files.find(file->path);
    return found != files.end() && found->second->SameRows(*file);
  });
}

Status CheckColumns(const std::vector<table::Field>& now, const std::vector<table::Field>& then,
                    const std::string& holder);

/// Fields of structs may have come since, as columns may.
Status CheckType(const table::DataType& now, const table::DataType& then, const std::string& name) {
  if (now.is_nested() && now.kind == then.kind) return CheckColumns(now.children, then.children, name + ".");
  if (then == now) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "a column has another type since that version, which cannot be rolled back to: " + name);
}

/// The target's files must read under the schema of now: columns are found by id, and none changed its type.
Status CheckColumns(const std::vector<table::Field>& now, const std::vector<table::Field>& then,
                    const std::string& holder) {
  for (const auto& field : now) {
    const auto name = holder + field.name;
    const auto old = std::ranges::find(then, field.id, &table::Field::id);
    if (old == then.end()) {
      if (field.nullable || then.empty()) continue;
      return Fail(ErrorCode::kInvalidArgument,
                  "that version lacks a column which is required now, and cannot be rolled back to: " + name);
    }
    TARN_TRY(CheckType(field.type, old->type, name));
    if (old->nullable && !field.nullable) {
      return Fail(ErrorCode::kInvalidArgument,
                  "a column is required since that version, which cannot be rolled back to: " + name);
    }
  }
  return {};
}

Result<SnapshotPtr> LoadTarget(table::Table& table, const SnapshotPtr& newest, int64_t target) {
  if (target >= 0 && target == newest->snapshot_id) return newest;
  const auto missing = [&] {
    return Fail(ErrorCode::kNotFound, "the table has no version, or no more: " + std::to_string(target));
  };
  // Its files may be gone although its log entry is there.
  TARN_ASSIGN(const bool expired, ExpiredVersions(table).Has(target));
  if (expired) return missing();
  auto loaded = table.format().LoadVersion(table.store(), table.location(), newest, target);
  if (!loaded && loaded.error().code == ErrorCode::kNotFound) return missing();
  return loaded;
}

}  // namespace

Result<RollbackOutcome> Rollback(table::Table& table, const RollbackRequest& request, RollbackSchema schema,
                                 const RollbackCompletion& complete, const table::Table::Guard& guard) {
  RollbackOutcome outcome{.target = request.target};
  const auto planner = [&](const SnapshotPtr& base) -> Result<std::optional<CommitIntent>> {
    if (!base->exists()) return Fail(ErrorCode::kNotFound, "the table does not exist yet");
    TARN_ASSIGN(const SnapshotPtr target, LoadTarget(table, base, request.target));
    outcome.before = base->snapshot_id;
    CommitIntent intent;
    intent.operation = "ROLLBACK";
    intent.restore = target;
    intent.metrics["rollbackTarget"] = std::to_string(request.target);
    bool changes = !HasSameRows(*base, *target);
    if (schema == RollbackSchema::kKept) {
      TARN_TRY(CheckColumns(base->schema.fields, target->schema.fields, ""));
    } else if (!(base->schema == target->schema)) {
      intent.schema = target->schema;
      changes = true;
    }
    if (complete) {
      TARN_ASSIGN(changes, complete(*base, *target, changes, intent));
    }
    if (!changes) return std::nullopt;
    if (request.expected && *request.expected != base->snapshot_id) {
      return Fail(ErrorCode::kFailedPrecondition,
                  "the table has a newer version than expected: " + std::to_string(base->snapshot_id));
    }
    TARN_CRASH_POINT("lake.rollback.before_commit");
    return std::optional(std::move(intent));
  };
  TARN_ASSIGN(const auto done, table.Commit(planner, guard));
  outcome.version = done.snapshot->snapshot_id;
  outcome.committed = done.committed;
  return outcome;
}

}  // namespace tarn::lake
