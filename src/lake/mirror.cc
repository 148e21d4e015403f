// SPDX-License-Identifier: Apache-2.0
#include "lake/mirror.h"

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"

namespace tarn::lake {
namespace {

using table::CommitIntent;
using table::Snapshot;
using table::SnapshotPtr;

bool HasDeletes(const Snapshot& snapshot) {
  return std::ranges::any_of(snapshot.files, [](const table::DataFilePtr& file) { return !file->deletes.empty(); });
}

/// An empty mirror: the objects of deletes are written for a table that is there.
Status Create(table::Table& table, const Snapshot& primary) {
  const auto planner = [&](const SnapshotPtr& base) -> Result<std::optional<CommitIntent>> {
    if (base->exists()) return std::nullopt;
    CommitIntent intent;
    intent.operation = "CREATE";
    intent.schema = PlainSchema(primary.schema);
    intent.properties = {{kMirrorOfProperty, primary.format}};
    return std::optional(std::move(intent));
  };
  TARN_TRY(table.Commit(planner));
  return {};
}

}  // namespace

std::string MirrorFormatOf(const Snapshot& snapshot) {
  const auto found = snapshot.properties.find(kMirrorProperty);
  return found == snapshot.properties.end() ? std::string() : found->second;
}

Mirrors::State& Mirrors::StateOf(const std::string& location) {
  const std::lock_guard lock(mutex_);
  auto& state = states_[location];
  if (state == nullptr) state = std::make_unique<State>();
  return *state;
}

Result<table::TableFormat*> Mirrors::FormatOf(const Snapshot& primary) const {
  const std::string name = MirrorFormatOf(primary);
  const auto found = std::ranges::find_if(dependencies_.formats,
                                          [&](const table::TableFormat* format) { return format->name() == name; });
  if (found == dependencies_.formats.end()) return Fail(ErrorCode::kUnsupported, "mirror in the format " + name);
  if (name == primary.format) return Fail(ErrorCode::kUnsupported, "mirror in the table's own format " + name);
  return *found;
}

Result<std::shared_ptr<table::Table>> Mirrors::Open(store::ObjectStore& store, const std::string& location,
                                                    const Snapshot& primary) {
  TARN_ASSIGN(table::TableFormat* const format, FormatOf(primary));
  State& state = StateOf(location);
  const std::lock_guard lock(mutex_);
  if (state.table == nullptr) {
    state.table = std::make_shared<table::Table>(
        table::Table::Dependencies{store, *format, dependencies_.clock, dependencies_.randomness}, location);
  }
  return state.table;
}

std::shared_ptr<table::Table> Mirrors::TableOf(store::ObjectStore& store, const std::string& location,
                                               const Snapshot& primary) {
  if (MirrorFormatOf(primary).empty()) return nullptr;
  auto table = Open(store, location, primary);
  return table ? *std::move(table) : nullptr;
}

void Mirrors::Publish(store::ObjectStore& store, const std::string& location, const SnapshotPtr& newest) {
  if (!newest->exists() || MirrorFormatOf(*newest).empty()) return;
  State& state = StateOf(location);
  const std::lock_guard turn(state.turn);
  Remember(state, location, TryPublish(store, location, newest));
}

Status Mirrors::TryPublish(store::ObjectStore& store, const std::string& location, const SnapshotPtr& newest) {
  TARN_ASSIGN(const auto table, Open(store, location, *newest));
  TARN_ASSIGN(const SnapshotPtr before, table->Load());
  if (before->exists() && !IsMirror(*before)) {
    return Fail(ErrorCode::kFailedPrecondition,
                "the folder holds a table of the mirror's format that is no mirror: " + location);
  }
  if (!before->exists() && HasDeletes(*newest)) TARN_TRY(Create(*table, *newest));
  State& state = StateOf(location);
  const MirrorPublication::Dependencies dependencies{store,
                                                     table->format(),
                                                     location,
                                                     dependencies_.clock,
                                                     dependencies_.randomness,
                                                     dependencies_.parquet,
                                                     position_deletes_};
  std::optional<MirrorPublication> publication;
  const auto planner = [&](const SnapshotPtr& base) -> Result<std::optional<CommitIntent>> {
    publication.emplace(dependencies, state.agreed, *newest, base);
    return publication->Plan();
  };
  TARN_CRASH_POINT("mirror.before_commit");
  TARN_ASSIGN(const auto done, table->Commit(planner));
  if (!done.committed) return {};
  TARN_CRASH_POINT("mirror.after_commit");
  state.agreed = publication->AgreedAfter(*done.snapshot);
  return {};
}

/// Told once: a mirror that cannot follow fails at every commit.
void Mirrors::Remember(State& state, const std::string& location, const Status& outcome) {
  std::optional<Error> before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(state.failure, outcome ? std::nullopt : std::optional(outcome.error()));
  }
  if (!outcome && (!before || before->message != outcome.error().message)) {
    LogWarning("the mirror stays behind its table", {{"table", location}, {"error", outcome.error().ToString()}});
  }
  if (outcome && before) LogInfo("the mirror follows its table again", {{"table", location}});
}

Status Mirrors::Maintain(store::ObjectStore& store, const std::string& location, const Snapshot& primary) {
  const auto table = TableOf(store, location, primary);
  if (table == nullptr) return {};
  return table->Maintain();
}

std::optional<Error> Mirrors::FailureOf(const std::string& location) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(location);
  return found == states_.end() ? std::nullopt : found->second->failure;
}

}  // namespace tarn::lake
