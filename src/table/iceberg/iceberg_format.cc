// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/iceberg_format.h"

#include <utility>

#include "base/assert.h"
#include "table/iceberg/delete_writer.h"
#include "table/iceberg/expiry.h"
#include "table/iceberg/history.h"
#include "table/iceberg/metadata_loader.h"
#include "table/iceberg/metadata_names.h"
#include "table/iceberg/planner.h"
#include "table/iceberg/table_location.h"

namespace tarn::table::iceberg {
namespace {

/// What Plan hands to Apply: the state was made while planning, and is what a loader would read.
struct Prepared {
  std::string location;
  IcebergState state;
};

}  // namespace

IcebergFormat::IcebergFormat(Options options) : options_(std::move(options)) {}

std::string IcebergFormat::RootUri(const std::string& location) const {
  return UriOfRoot(options_.root_of ? options_.root_of(location) : options_.root);
}

Result<SnapshotPtr> IcebergFormat::Load(store::ObjectStore& store, const std::string& location,
                                        const SnapshotPtr& known) {
  return MetadataLoader(store, location).Load(known);
}

Result<SnapshotPtr> IcebergFormat::LoadVersion(store::ObjectStore& store, const std::string& location,
                                               const SnapshotPtr& newest, int64_t version) {
  return MetadataLoader(store, location).LoadVersion(newest, version);
}

Result<std::vector<FileDeletes>> IcebergFormat::WriteDeletes(store::ObjectStore& store, const std::string& location,
                                                             const Snapshot& base, std::span<const RowDeletion> rows,
                                                             Randomness& randomness) {
  auto written = PutDeletes(store, options_.parquet, location, base, rows, randomness);
  if (!written) return Fail(std::move(written).error().In(location));
  return written;
}

Result<CommitPlan> IcebergFormat::Plan(const Snapshot& base, const std::string& location, const CommitIntent& intent) {
  TARN_ASSIGN(PlannedVersion planned,
              PlanVersion(base, location, intent, {options_.writer_version, RootUri(location), options_.keep}));
  CommitPlan plan = std::move(planned.plan);
  plan.prepared = std::make_shared<const Prepared>(Prepared{location, std::move(planned.state)});
  return plan;
}

Result<SnapshotPtr> IcebergFormat::Apply(const SnapshotPtr&, const CommitIntent&, const CommitPlan& plan) {
  TARN_ASSERT(plan.prepared != nullptr);
  const auto& prepared = *static_cast<const Prepared*>(plan.prepared.get());
  return MakeSnapshot(plan.version, prepared.location, prepared.state);
}

Status IcebergFormat::AfterCommit(store::ObjectStore& store, const std::string& location, const SnapshotPtr& snapshot) {
  if (!snapshot->exists() || StateOf(*snapshot).write_obstacle) return {};
  const std::string key = location + "/" + VersionHintName();
  const std::string hint = std::to_string(snapshot->version);
  const auto before = store.Get(key);
  if (before && *before == hint) return {};
  TARN_TRY(store.Delete(key));
  Status put = store.PutIfAbsent(key, hint);
  if (!put && put.error().code != ErrorCode::kAlreadyExists) return put;
  return {};
}

Result<std::vector<int64_t>> IcebergFormat::History(store::ObjectStore&, const std::string&,
                                                    const SnapshotPtr& newest) {
  return SnapshotIds(*StateOf(*newest).metadata);
}

Result<VersionChange> IcebergFormat::LoadChange(store::ObjectStore& store, const std::string& location,
                                                const SnapshotPtr& newest, int64_t version) {
  auto change = iceberg::LoadChange(store, location, StateOf(*newest), version);
  if (!change) return Fail(std::move(change).error().In(location));
  return change;
}

Result<std::optional<int64_t>> IcebergFormat::VersionAt(store::ObjectStore&, const std::string&,
                                                        const SnapshotPtr& newest, Timestamp at) {
  return SnapshotAt(*StateOf(*newest).metadata, at);
}

Result<ExpiryPlan> IcebergFormat::PrepareExpiry(store::ObjectStore& store, const std::string& location,
                                                const SnapshotPtr& newest, const std::set<int64_t>&,
                                                const std::set<int64_t>& expired) {
  auto plan = iceberg::PrepareExpiry(store, location, *newest, expired, listed_manifests_);
  if (!plan) return Fail(std::move(plan).error().In(location));
  return plan;
}

Result<std::optional<std::set<std::string>>> IcebergFormat::MetadataInUse(store::ObjectStore& store,
                                                                          const std::string& location,
                                                                          const SnapshotPtr& newest) {
  auto names = iceberg::MetadataInUse(store, location, StateOf(*newest), listed_manifests_);
  if (!names) return Fail(std::move(names).error().In(location));
  return std::optional(*std::move(names));
}

}  // namespace tarn::table::iceberg
