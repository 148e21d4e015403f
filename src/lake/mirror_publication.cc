// SPDX-License-Identifier: Apache-2.0
#include "lake/mirror_publication.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/crash_point.h"

namespace tarn::lake {
namespace {

using table::CommitIntent;
using table::DataFile;
using table::DataFilePtr;
using table::Field;
using table::Snapshot;
using table::SnapshotPtr;

void ClearStoredNames(std::vector<Field>& fields) {
  for (Field& field : fields) {
    field.stored_names.clear();
    ClearStoredNames(field.type.children);
  }
}

std::unordered_map<std::string_view, DataFilePtr> ByPath(const Snapshot& snapshot) {
  std::unordered_map<std::string_view, DataFilePtr> files;
  for (const DataFilePtr& file : snapshot.files) files.emplace(file->path, file);
  return files;
}

std::optional<int64_t> TransactionOf(const Snapshot& snapshot, const char* app_id) {
  const auto found = snapshot.transactions.find(app_id);
  if (found == snapshot.transactions.end()) return std::nullopt;
  return found->second;
}

int64_t LiveRows(const DataFile& file, const codec::Bitmap64& deleted) {
  return file.record_count - static_cast<int64_t>(deleted.Cardinality());
}

/// Whether files of both names hold the column: the two formats would look for it in different ways.
bool IsRenamed(const Field& field, const table::Schema& before) {
  const auto same_id = [&](const Field& old) { return old.id == field.id; };
  const auto old = std::ranges::find_if(before.fields, same_id);
  if (old != before.fields.end() && old->name != field.name) return true;
  return std::ranges::any_of(field.stored_names, [&](const std::string& name) { return name != field.name; });
}

}  // namespace

bool IsMirror(const Snapshot& snapshot) { return snapshot.properties.contains(kMirrorOfProperty); }

table::Schema PlainSchema(const table::Schema& schema) {
  table::Schema plain = schema;
  ClearStoredNames(plain.fields);
  return plain;
}

MirrorPublication::MirrorPublication(const Dependencies& dependencies, const AgreedFiles& agreed,
                                     const Snapshot& primary, const SnapshotPtr& mirror)
    : dependencies_(dependencies), agreed_(agreed), primary_(primary), mirror_(mirror) {}

Result<std::optional<CommitIntent>> MirrorPublication::Plan() {
  const table::Schema schema = PlainSchema(primary_.schema);
  const bool same_schema = mirror_->exists() && PlainSchema(mirror_->schema) == schema;
  if (mirror_->exists()) {
    if (TransactionOf(*mirror_, kMirroredVersion).value_or(-1) >= primary_.version) return std::nullopt;
    // A version without a snapshot of its own (an expiry) has nothing to show.
    if (same_schema && TransactionOf(*mirror_, kMirroredSnapshot) == primary_.snapshot_id) return std::nullopt;
  }
  TARN_TRY(CheckShowable());
  if (!same_schema) intent_.schema = schema;
  intent_.operation = "MIRROR";
  intent_.now = dependencies_.clock.Now();
  intent_.commit_id = NewUuid(dependencies_.randomness);
  intent_.properties = {{kMirrorOfProperty, primary_.format}};
  intent_.transactions = {{kMirroredVersion, primary_.version}, {kMirroredSnapshot, primary_.snapshot_id}};
  TARN_TRY(PlanFiles());
  TARN_TRY(WriteDeletes());
  TARN_TRY(ProveRows());
  return std::optional(std::move(intent_));
}

Status MirrorPublication::CheckShowable() const {
  if (!primary_.defaults.empty()) {
    return Fail(ErrorCode::kUnsupported, "columns with default values for old rows cannot be mirrored");
  }
  for (const Field& field : primary_.schema.fields) {
    if (IsRenamed(field, mirror_->schema)) {
      return Fail(ErrorCode::kUnsupported, "a renamed column cannot be mirrored: " + field.name);
    }
  }
  return {};
}

Status MirrorPublication::CheckFile(const DataFile& file) const {
  if (file.record_count < 0) {
    return Fail(ErrorCode::kUnsupported, "a file without a row count cannot be mirrored: " + file.path);
  }
  if (!file.constants.empty()) {
    return Fail(ErrorCode::kUnsupported, "a file with partition values cannot be mirrored: " + file.path);
  }
  if (file.path.starts_with('/') || file.path.find("://") != std::string::npos) {
    return Fail(ErrorCode::kUnsupported, "a file outside the table's folder cannot be mirrored: " + file.path);
  }
  return {};
}

Result<codec::Bitmap64> MirrorPublication::DeletedRows(const DataFile& file) {
  for (const auto& deletes : file.deletes) {
    if (deletes->content != table::DeleteContent::kEquality) continue;
    return Fail(ErrorCode::kUnsupported,
                "equality deletes cannot be mirrored until the file is compacted: " + file.path);
  }
  return table::LoadDeletedRows(dependencies_.store, dependencies_.parquet, dependencies_.location, file,
                                &dependencies_.position_deletes);
}

const AgreedFile* MirrorPublication::Known(const DataFilePtr& in_table, const DataFile* in_mirror) const {
  const auto same = [](const DataFile& a, const DataFile& b) { return &a == &b || a.SameRows(b); };
  const auto found = agreed_.find(in_table->path);
  if (found == agreed_.end() || !same(*found->second.in_table, *in_table)) return nullptr;
  const DataFile* before = found->second.in_mirror.get();
  if ((before == nullptr) != (in_mirror == nullptr)) return nullptr;
  return before == nullptr || same(*before, *in_mirror) ? &found->second : nullptr;
}

Status MirrorPublication::PlanFiles() {
  auto in_mirror = ByPath(*mirror_);
  for (const DataFilePtr& file : primary_.files) {
    TARN_TRY(CheckFile(*file));
    const auto found = in_mirror.find(file->path);
    const DataFile* there = found == in_mirror.end() ? nullptr : found->second.get();
    if (const AgreedFile* known = Known(file, there); known != nullptr) {
      live_rows_[file->path] = known->live_rows;
    } else if (there == nullptr) {
      TARN_TRY(Add(file));
    } else {
      TARN_TRY(Compare(file, *there));
    }
    if (there != nullptr) in_mirror.erase(found);
  }
  for (const auto& [path, file] : in_mirror) intent_.remove.emplace_back(path);
  return {};
}

Status MirrorPublication::Add(const DataFilePtr& file) {
  TARN_ASSIGN(codec::Bitmap64 rows, DeletedRows(*file));
  const int64_t live = LiveRows(*file, rows);
  live_rows_[file->path] = live;
  // A file without a row left is of no use to anybody, and Delta drops such files itself.
  if (live > 0 || file->record_count == 0) AddFile(*file, std::move(rows));
  return {};
}

/// Without what only the table's own format knows of it.
void MirrorPublication::AddFile(const DataFile& file, codec::Bitmap64 rows) {
  DataFile plain = file;
  plain.uri.clear();
  plain.deletes.clear();
  plain.sequence = 0;
  if (plain.modified.micros == 0) plain.modified = primary_.committed_at;
  added_.push_back(std::make_shared<const DataFile>(plain));
  intent_.add.push_back(std::move(plain));
  if (rows.empty()) return;
  codec::Bitmap64 added = rows;
  deletions_.push_back({.path = file.path, .rows = std::move(rows), .added = std::move(added)});
}

Status MirrorPublication::Compare(const DataFilePtr& in_table, const DataFile& in_mirror) {
  TARN_ASSIGN(codec::Bitmap64 rows, DeletedRows(*in_table));
  const int64_t live = LiveRows(*in_table, rows);
  live_rows_[in_table->path] = live;
  TARN_ASSIGN(const codec::Bitmap64 shown, DeletedRows(in_mirror));
  if (rows == shown) return {};
  if (live == 0) {
    intent_.remove.push_back(in_table->path);
    return {};
  }
  codec::Bitmap64 back = shown;
  back -= rows;
  if (!back.empty()) {
    // Rows that came back (a rollback): deletes only add up, so the file starts again without any.
    intent_.remove.push_back(in_table->path);
    renewed_.insert(in_table->path);
    AddFile(*in_table, std::move(rows));
    return {};
  }
  codec::Bitmap64 more = rows;
  more -= shown;
  deletions_.push_back({.path = in_table->path, .rows = std::move(rows), .added = std::move(more)});
  return {};
}

/// Objects of deletes in the mirror's format. Files that this commit adds are looked up beside the mirror's own.
Status MirrorPublication::WriteDeletes() {
  if (deletions_.empty()) return {};
  Snapshot base = *mirror_;
  std::erase_if(base.files, [&](const DataFilePtr& file) { return renewed_.contains(file->path); });
  base.files.insert(base.files.end(), added_.begin(), added_.end());
  TARN_ASSIGN(intent_.deletes, dependencies_.format.WriteDeletes(dependencies_.store, dependencies_.location, base,
                                                                 deletions_, dependencies_.randomness));
  TARN_CRASH_POINT("mirror.deletes_written");
  return {};
}

/// Plans the commit and reads back, file by file, what a reader of the mirror would count.
Status MirrorPublication::ProveRows() {
  auto& format = dependencies_.format;
  TARN_ASSIGN(const auto plan, format.Plan(*mirror_, dependencies_.location, intent_));
  TARN_ASSIGN(const SnapshotPtr after, format.Apply(mirror_, intent_, plan));
  const auto in_table = ByPath(primary_);
  auto missing = live_rows_;
  for (const DataFilePtr& file : after->files) {
    const auto found = in_table.find(file->path);
    const auto expected = missing.find(file->path);
    if (found == in_table.end() || expected == missing.end()) {
      return Fail(ErrorCode::kInternal, "the mirror would show a file that is not the table's: " + file->path);
    }
    int64_t shown = 0;
    if (const AgreedFile* known = Known(found->second, file.get()); known != nullptr) {
      shown = known->live_rows;
    } else {
      TARN_ASSIGN(const codec::Bitmap64 rows, DeletedRows(*file));
      shown = LiveRows(*file, rows);
    }
    if (shown != expected->second) {
      return Fail(ErrorCode::kInternal, "the mirror would show " + std::to_string(shown) + " rows, the table has " +
                                            std::to_string(expected->second) + ": " + file->path);
    }
    missing.erase(expected);
  }
  for (const auto& [path, rows] : missing) {
    if (rows > 0) return Fail(ErrorCode::kInternal, "the mirror would not show a file of the table: " + path);
  }
  return {};
}

AgreedFiles MirrorPublication::AgreedAfter(const Snapshot& committed) const {
  const auto in_mirror = ByPath(committed);
  AgreedFiles agreed;
  for (const DataFilePtr& file : primary_.files) {
    const auto live = live_rows_.find(file->path);
    if (live == live_rows_.end()) continue;
    const auto there = in_mirror.find(file->path);
    if (there == in_mirror.end() && live->second > 0) continue;
    agreed.emplace(file->path, AgreedFile{file, there == in_mirror.end() ? nullptr : there->second, live->second});
  }
  return agreed;
}

}  // namespace tarn::lake
