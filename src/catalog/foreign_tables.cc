// SPDX-License-Identifier: Apache-2.0
#include "catalog/foreign_tables.h"

#include <utility>
#include <vector>

#include "base/crash_point.h"
#include "table/iceberg/metadata_json.h"
#include "table/iceberg/metadata_names.h"
#include "table/iceberg/table_location.h"

namespace tarn::catalog {
namespace {

using table::iceberg::TableMetadata;

store::SeriesName MetadataSeries(const std::string& home) {
  return {.prefix = home + "/" + std::string(table::iceberg::kMetadataFolder) + "v",
          .suffix = ".metadata.json",
          .digits = 0,
          .first_number = table::iceberg::kFirstVersion};
}

}  // namespace

ForeignTables::ForeignTables(store::ObjectStore& store, Clock& clock, Guard guard)
    : store_(store), clock_(clock), guard_(std::move(guard)), root_uri_(table::iceberg::UriOfRoot(store.root())) {}

std::shared_ptr<ForeignTables::OpenTable> ForeignTables::Open(const std::string& home) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(home);
  if (found != open_.end()) return found->second;
  if (open_.size() >= kMostOpen) open_.clear();
  return open_[home] = std::make_shared<OpenTable>(store_, MetadataSeries(home), clock_);
}

void ForeignTables::Remember(OpenTable& open, const Version& version) {
  const std::lock_guard lock(open.mutex);
  if (version.number <= open.number) return;
  open.number = version.number;
  open.newest = version.table;
}

Result<LoadedTable> ForeignTables::Read(const std::string& key) {
  TARN_ASSIGN(const std::string body, store_.Get(key));
  TARN_TRY(store_.MakeDurable(key));
  auto metadata = table::iceberg::DecodeMetadata(body);
  if (!metadata) return Fail(std::move(metadata).error().In(key));
  return LoadedTable{std::make_shared<const TableMetadata>(*std::move(metadata)), UriOf(key)};
}

Result<ForeignTables::Version> ForeignTables::LoadVersion(OpenTable& open, const TableEntry& entry) {
  TARN_ASSIGN(const auto head, open.series.Head());
  if (head) {
    const std::lock_guard lock(open.mutex);
    if (open.number == *head) return Version{open.number, open.newest};
  }
  if (!head && entry.registered.empty()) {
    return Fail(ErrorCode::kCorrupt, "the metadata of a table in the catalog is missing: " + entry.home);
  }
  TARN_ASSIGN(LoadedTable table, Read(head ? open.series.name().KeyOf(*head) : entry.registered));
  Version version{head.value_or(0), std::move(table)};
  Remember(open, version);
  return version;
}

Result<LoadedTable> ForeignTables::Load(const TableEntry& entry) {
  TARN_ASSIGN(Version version, LoadVersion(*Open(entry.home), entry));
  return std::move(version.table);
}

Result<LoadedTable> ForeignTables::Create(const std::string& home, TableMetadata metadata) {
  const auto open = Open(home);
  const uint64_t number = open->series.name().first_number;
  if (guard_) TARN_TRY(guard_());
  const Status put = open->series.Put(number, table::iceberg::EncodeMetadata(metadata));
  if (!put && put.error().code == ErrorCode::kConflict) {
    return Fail(ErrorCode::kAlreadyExists, "a table lies in this folder already: " + UriOf(home));
  }
  TARN_TRY(put);
  TARN_CRASH_POINT("catalog.create.after_metadata");
  Version version{
      number, {std::make_shared<const TableMetadata>(std::move(metadata)), UriOf(open->series.name().KeyOf(number))}};
  Remember(*open, version);
  return std::move(version.table);
}

Result<LoadedTable> ForeignTables::Commit(const TableEntry& entry, const Change& change) {
  const auto open = Open(entry.home);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TARN_ASSIGN(const Version base, LoadVersion(*open, entry));
    TARN_ASSIGN(TableMetadata next, change(base.table));
    if (guard_) TARN_TRY(guard_());
    TARN_CRASH_POINT("catalog.commit.before_put");
    const uint64_t number = base.number + 1;
    const Status put = open->series.Put(number, table::iceberg::EncodeMetadata(next));
    if (!put && put.error().code == ErrorCode::kConflict) continue;
    TARN_TRY(put);
    TARN_CRASH_POINT("catalog.commit.after_put");
    Version version{number,
                    {std::make_shared<const TableMetadata>(std::move(next)), UriOf(open->series.name().KeyOf(number))}};
    Remember(*open, version);
    return std::move(version.table);
  }
  return Fail(ErrorCode::kConflict, "other writers kept winning the table commit: " + entry.home);
}

Status ForeignTables::Purge(const std::string& prefix) {
  {
    const std::lock_guard lock(mutex_);
    open_.erase(prefix);
  }
  TARN_ASSIGN(const auto objects, store_.List(prefix + "/"));
  std::vector<std::string> keys;
  keys.reserve(objects.size());
  for (const store::ObjectInfo& object : objects) keys.push_back(object.key);
  return store_.DeleteAll(keys);
}

}  // namespace tarn::catalog
