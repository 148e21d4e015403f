// SPDX-License-Identifier: Apache-2.0
#include "lake/table_formats.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace tarn::lake {

using table::TableFormat;

TableFormats::TableFormats(std::vector<TableFormat*> formats, Mirrors* mirrors)
    : formats_(std::move(formats)), mirrors_(mirrors) {
  TARN_ASSERT(!formats_.empty());
}

Result<TableFormat*> TableFormats::Named(const std::string& name) const {
  const auto found = std::ranges::find_if(formats_, [&](const TableFormat* format) { return format->name() == name; });
  if (found == formats_.end()) return Fail(ErrorCode::kUnsupported, "table format " + name);
  return *found;
}

Result<TableFormat*> TableFormats::FormatFor(const table::Snapshot& base, const table::CommitIntent& intent) const {
  if (base.exists()) return Named(base.format);
  return intent.format.empty() ? formats_.front() : Named(intent.format);
}

Result<table::SnapshotPtr> TableFormats::Load(store::ObjectStore& store, const std::string& location,
                                              const table::SnapshotPtr& known) {
  if (known != nullptr && known->exists()) {
    TARN_ASSIGN(TableFormat* const format, Named(known->format));
    return format->Load(store, location, known);
  }
  table::SnapshotPtr none;
  std::optional<Error> broken;
  std::string broken_format;
  bool mirrored = false;
  for (TableFormat* format : formats_) {
    auto snapshot = format->Load(store, location, nullptr);
    if (!snapshot) {
      broken = snapshot.error();
      broken_format = format->name();
      continue;
    }
    if (!(*snapshot)->exists()) {
      none = *std::move(snapshot);
    } else if (!IsMirror(**snapshot) && (!broken || MirrorFormatOf(**snapshot) == broken_format)) {
      return snapshot;  // what a damaged mirror says is of no account
    } else {
      mirrored |= IsMirror(**snapshot);
    }
  }
  if (broken) return Fail(*std::move(broken));
  if (mirrored) return Fail(ErrorCode::kCorrupt, "the folder holds a mirror without its table: " + location);
  return none;
}

Result<table::SnapshotPtr> TableFormats::LoadVersion(store::ObjectStore& store, const std::string& location,
                                                     const table::SnapshotPtr& newest, int64_t version) {
  TARN_ASSIGN(TableFormat* const format, Named(newest->format));
  return format->LoadVersion(store, location, newest, version);
}

Result<std::vector<table::FileDeletes>> TableFormats::WriteDeletes(store::ObjectStore& store,
                                                                   const std::string& location,
                                                                   const table::Snapshot& base,
                                                                   std::span<const table::RowDeletion> rows,
                                                                   Randomness& randomness) {
  TARN_ASSIGN(TableFormat* const format, Named(base.format));
  return format->WriteDeletes(store, location, base, rows, randomness);
}

Result<table::CommitPlan> TableFormats::Plan(const table::Snapshot& base, const std::string& location,
                                             const table::CommitIntent& intent) {
  TARN_ASSIGN(TableFormat* const format, FormatFor(base, intent));
  return format->Plan(base, location, intent);
}

Result<table::SnapshotPtr> TableFormats::Apply(const table::SnapshotPtr& base, const table::CommitIntent& intent,
                                               const table::CommitPlan& plan) {
  TARN_ASSIGN(TableFormat* const format, FormatFor(*base, intent));
  return format->Apply(base, intent, plan);
}

Status TableFormats::AfterCommit(store::ObjectStore& store, const std::string& location,
                                 const table::SnapshotPtr& snapshot) {
  if (!snapshot->exists()) return {};
  TARN_ASSIGN(TableFormat* const format, Named(snapshot->format));
  if (mirrors_ == nullptr) return format->AfterCommit(store, location, snapshot);
  mirrors_->Publish(store, location, snapshot);
  TARN_TRY(format->AfterCommit(store, location, snapshot));
  return mirrors_->Maintain(store, location, *snapshot);
}

void TableFormats::OnCommitted(store::ObjectStore& store, const std::string& location,
                               const table::SnapshotPtr& snapshot) {
  if (mirrors_ != nullptr) mirrors_->Publish(store, location, snapshot);
  on_commit_(location);
}

Result<std::vector<int64_t>> TableFormats::History(store::ObjectStore& store, const std::string& location,
                                                   const table::SnapshotPtr& newest) {
  TARN_ASSIGN(TableFormat* const format, Named(newest->format));
  return format->History(store, location, newest);
}

Result<table::VersionChange> TableFormats::LoadChange(store::ObjectStore& store, const std::string& location,
                                                      const table::SnapshotPtr& newest, int64_t version) {
  TARN_ASSIGN(TableFormat* const format, Named(newest->format));
  return format->LoadChange(store, location, newest, version);
}

Result<std::optional<int64_t>> TableFormats::VersionAt(store::ObjectStore& store, const std::string& location,
                                                       const table::SnapshotPtr& newest, Timestamp at) {
  TARN_ASSIGN(TableFormat* const format, Named(newest->format));
  return format->VersionAt(store, location, newest, at);
}

Result<table::ExpiryPlan> TableFormats::PrepareExpiry(store::ObjectStore& store, const std::string& location,
                                                      const table::SnapshotPtr& newest, const std::set<int64_t>& kept,
                                                      const std::set<int64_t>& expired) {
  TARN_ASSIGN(TableFormat* const format, Named(newest->format));
  return format->PrepareExpiry(store, location, newest, kept, expired);
}

Result<std::optional<std::set<std::string>>> TableFormats::MetadataInUse(store::ObjectStore& store,
                                                                         const std::string& location,
                                                                         const table::SnapshotPtr& newest) {
  TARN_ASSIGN(TableFormat* const format, Named(newest->format));
  return format->MetadataInUse(store, location, newest);
}

}  // namespace tarn::lake
