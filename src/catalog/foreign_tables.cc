// SPDX-License-Identifier: Apache-2.0
#include "catalog/foreign_tables.h"

#include <utility>
#include <vector>

#include "base/crash_point.h"
#include "catalog/catalog_errors.h"
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

ForeignTables::ForeignTables(store::ObjectStore& store, Clock& clock, Randomness& randomness, Guard guard)
    : store_(store),
      clock_(clock),
      randomness_(randomness),
      guard_(std::move(guard)),
      root_uri_(table::iceberg::UriOfRoot(store.root())),
      transactions_(store, clock, guard_) {}

std::shared_ptr<ForeignTables::OpenTable> ForeignTables::Open(const std::string& home) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(home);
  if (found != open_.end()) return found->second;
  if (open_.size() >= kMostOpen) open_.clear();
  return open_[home] = std::make_shared<OpenTable>(store_, MetadataSeries(home), clock_);
}

void ForeignTables::Remember(OpenTable& open, const Version& version) {
  if (!version.open_transaction.empty()) return;
  const std::lock_guard lock(open.mutex);
  if (version.number <= open.number) return;
  open.number = version.number;
  open.newest = version.table;
}

Result<ForeignTables::Decoded> ForeignTables::Decode(const std::string& key) {
  TARN_ASSIGN(const std::string body, store_.Get(key));
  TARN_TRY(store_.MakeDurable(key));
  auto metadata = table::iceberg::DecodeMetadata(body);
  if (!metadata) return Fail(std::move(metadata).error().In(key));
  std::string transaction = TakeTransaction(*metadata);
  return Decoded{{std::make_shared<const TableMetadata>(*std::move(metadata)), UriOf(key)}, std::move(transaction)};
}

Result<LoadedTable> ForeignTables::Read(const std::string& key) {
  TARN_ASSIGN(Decoded decoded, Decode(key));
  if (!decoded.transaction.empty()) {
    TARN_ASSIGN(const TransactionState state, transactions_.StateOf(decoded.transaction));
    if (state != TransactionState::kCommitted)
      return Fail(ErrorCode::kNotFound, "a version that does not count: " + key);
  }
  return std::move(decoded.table);
}

Result<ForeignTables::Version> ForeignTables::LoadVersion(OpenTable& open, const TableEntry& entry) {
  TARN_ASSIGN(const auto head, open.series.Head());
  if (head) {
    const std::lock_guard lock(open.mutex);
    if (open.number == *head) return Version{open.number, open.newest};
  }
  Version version{.number = head.value_or(0), .table = {}};
  for (uint64_t number = version.number; number >= open.series.name().first_number; --number) {
    TARN_ASSIGN(Decoded decoded, Decode(open.series.name().KeyOf(number)));
    TransactionState state = TransactionState::kCommitted;
    if (!decoded.transaction.empty()) {
      TARN_ASSIGN(state, transactions_.StateOf(decoded.transaction));
    }
    if (state == TransactionState::kCommitted) {
      version.table = std::move(decoded.table);
      Remember(open, version);
      return version;
    }
    // Nobody writes behind an open one: only the head can be.
    if (state == TransactionState::kOpen && number == version.number) version.open_transaction = decoded.transaction;
  }
  if (entry.registered.empty()) {
    return Fail(ErrorCode::kCorrupt, "the metadata of a table in the catalog is missing: " + entry.home);
  }
  TARN_ASSIGN(Decoded decoded, Decode(entry.registered));
  version.table = std::move(decoded.table);
  Remember(open, version);
  return version;
}

Result<LoadedTable> ForeignTables::Load(const TableEntry& entry) {
  TARN_ASSIGN(Version version, LoadVersion(*Open(entry.home), entry));
  // Clients open the file they are told of; what only our memory still has is no table to them.
  const auto present = store_.Head(version.table.metadata_uri.substr(root_uri_.size() + 1));
  if (!present && present.error().code == ErrorCode::kNotFound) return NoMetadata(version.table.metadata_uri);
  TARN_TRY(present);
  return std::move(version.table);
}

Result<ForeignTables::Version> ForeignTables::LoadForWriting(OpenTable& open, const TableEntry& entry) {
  TARN_ASSIGN(Version version, LoadVersion(open, entry));
  if (version.open_transaction.empty()) return version;
  TARN_ASSIGN(const TransactionState state,
              transactions_.Settle(version.open_transaction, open.series.name().KeyOf(version.number)));
  if (state == TransactionState::kOpen) {
    return Fail(ErrorCode::kConflict, "a commit to several tables is under way: " + entry.home);
  }
  return LoadVersion(open, entry);
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
    TARN_ASSIGN(const Version base, LoadForWriting(*open, entry));
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

/// False when another writer took the number. Adds the key of what it prepared, or may have prepared.
Result<bool> ForeignTables::Prepare(const Part& part, const std::string& id, std::vector<std::string>& prepared) {
  const auto open = Open(part.entry.home);
  TARN_ASSIGN(const Version base, LoadForWriting(*open, part.entry));
  TARN_ASSIGN(TableMetadata next, part.change(base.table));
  SetTransaction(id, next);
  if (guard_) TARN_TRY(guard_());
  const uint64_t number = base.number + 1;
  const Status put = open->series.Put(number, table::iceberg::EncodeMetadata(next));
  if (!put && put.error().code == ErrorCode::kConflict) return false;
  if (put || put.error().code == ErrorCode::kUnknownOutcome) prepared.push_back(open->series.name().KeyOf(number));
  TARN_TRY(put);
  return true;
}

/// False when another writer was faster with one of the tables.
Result<bool> ForeignTables::TryTogether(std::span<const Part> parts, const std::string& id) {
  Status outcome;
  bool lost = false;
  std::vector<std::string> versions;
  for (const Part& part : parts) {
    const auto one = Prepare(part, id, versions);
    if (!one) outcome = Fail(one.error());
    lost = one && !*one;
    if (!outcome || lost) break;
  }
  if (outcome && !lost) {
    TARN_CRASH_POINT("catalog.together.prepared");
    const Status decided = transactions_.Decide(id, TransactionState::kCommitted, versions);
    TARN_CRASH_POINT("catalog.together.decided");
    if (decided) return true;
    // Somebody lost patience with us, so nothing of it counts.
    if (decided.error().code == ErrorCode::kConflict) return false;
    outcome = decided;
  }
  // What was prepared must not count later: until that is certain, nothing is.
  if (!versions.empty()) {
    const Status aborted = transactions_.Decide(id, TransactionState::kAborted, versions);
    if (!aborted) return Fail(ErrorCode::kUnknownOutcome, aborted.error().message);
  }
  TARN_TRY(outcome);
  return false;
}

Status ForeignTables::CommitTogether(std::span<const Part> parts) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TARN_ASSIGN(const bool won, TryTogether(parts, NewUuid(randomness_)));
    if (won) return {};
  }
  return Fail(ErrorCode::kConflict, "other writers kept winning one of the tables");
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
