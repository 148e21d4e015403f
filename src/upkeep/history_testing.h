// SPDX-License-Identifier: Apache-2.0
#pragma once
// A table of either format on a memory store whose files are names without content, committed to on a clock that stands
// still, for tests of upkeep's verbs that look at history only. For *_test.cc files only.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <time.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result_matchers.h"
#include "lake/keys.h"
#include "lake/open_tables.h"
#include "lake/table_formats.h"
#include "silver/merge.h"
#include "store/faulty/faulty_store.h"
#include "store/memory/memory_store.h"
#include "table/delta/delta_testing.h"
#include "table/iceberg/iceberg_format.h"

namespace tarn::upkeep {

/// The parameter is the table's format.
class HistoryTest : public testing::TestWithParam<std::string> {
 protected:
  static constexpr const char* kLocation = "silver/sales/orders";

  /// Few versions and short logs show the same as many.
  static table::RetentionRule Rule() {
    table::RetentionRule rule;
    rule.last = 20;
    return rule;
  }

  std::shared_ptr<table::Table> table() { return tables_.Get(kLocation); }

  bool is_delta() const { return GetParam() == "delta"; }

  /// One commit `pause` after the last one: a new file, and of the files before it those named go.
  void Commit(std::chrono::seconds pause, const std::vector<std::string>& remove = {}) {
    clock_.Advance(pause);
    const auto number = ++commits_;
    table::CommitIntent intent;
    intent.operation = "MERGE";
    intent.format = GetParam();
    if (number == 1) intent.schema = table::delta::OrdersSchema();
    if (number == 1 && !is_delta()) intent.properties["write.metadata.previous-versions-max"] = "20";
    // The double of Parquet is slow: what a foreign VACUUM would ask for is left out of checkpoints.
    if (number == 1 && is_delta()) intent.properties["delta.deletedFileRetentionDuration"] = "interval 1 minute";
    intent.add = {table::delta::FileOf(std::to_string(number))};
    intent.add.front().modified = clock_.Now();
    intent.remove = remove;
    intent.transactions = {{silver::kPositionTransaction, number}, {silver::kSideTransaction, 1'000'000 + number}};
    PutSide(1'000'000 + number, number);
    Put(std::string(kLocation) + "/" + intent.add.front().path, "rows");
    CommitThat(intent);
  }

  /// A file that is there comes back, as a rollback does it; returns the id of the version.
  int64_t BringBack(const std::string& name) {
    ++commits_;
    table::CommitIntent intent;
    intent.operation = "RESTORE";
    intent.add = {table::delta::FileOf(name)};
    return CommitThat(intent);
  }

  int64_t CommitThat(const table::CommitIntent& intent) {
    const auto planner = [&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
      return std::optional(intent);
    };
    const auto calls = Calls();
    const auto started = CpuSeconds();
    const auto done = table()->Commit(planner);
    commit_seconds_ += CpuSeconds() - started;
    commit_calls_ += Calls() - calls;
    EXPECT_THAT(done, IsOk());
    EXPECT_THAT(table()->Maintain(), IsOk());
    if (!done) return -1;
    SeeNames(*done->snapshot);
    return done->snapshot->snapshot_id;
  }

  /// The usual course: every commit replaces the file of the one before it, every tenth leaves it.
  void CommitAndReplace(std::chrono::seconds pause) {
    const bool keeps = commits_ == 0 || commits_ % 10 == 0;
    Commit(pause, keeps ? std::vector<std::string>{}
                        : std::vector<std::string>{"data/" + std::to_string(commits_) + ".parquet"});
  }

  std::vector<std::string> Missing(int64_t version) {
    std::vector<std::string> missing;
    for (const auto& key : names_by_version_.at(version)) {
      if (!store_.Head(key)) missing.push_back(key);
    }
    return missing;
  }

  size_t Objects(const std::string& prefix) {
    const auto listed = store_.List(prefix);
    EXPECT_THAT(listed, IsOk());
    return listed ? listed->size() : 0;
  }

  void Put(const std::string& key, const std::string& body) {
    const store::PutRequest put{key, body};
    ASSERT_THAT(store_.PutAll({&put, 1}), IsOk());
  }

  /// Of tables to the store.
  uint64_t Calls() const {
    using enum store::StoreOperation;
    return counting_.count(kGet) + counting_.count(kList) + counting_.count(kPutAll) + counting_.count(kPutIfAbsent);
  }

  /// Of this thread.
  static double CpuSeconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  }

  ManualClock clock_{{1'767'225'600'000'000}};
  SeededRandomness randomness_{77};
  store::MemoryStore store_{store::MemoryStore::Options{.clock = &clock_}};
  store::FaultyStore counting_{store_};
  table::delta::FakeParquet parquet_;
  table::delta::DeltaFormat delta_{{.parquet = &parquet_}};
  table::iceberg::IcebergFormat iceberg_{{.writer_version = "1", .root = "memory:", .parquet = &parquet_}};
  lake::TableFormats formats_{{&delta_, &iceberg_}};
  lake::OpenTables tables_{{counting_, formats_, clock_, randomness_}};
  int64_t commits_ = 0;
  double commit_seconds_ = 0;                                  ///< of this thread, spent in commits
  uint64_t commit_calls_ = 0;                                  ///< to the store, of commits
  std::map<int64_t, std::set<std::string>> names_by_version_;  ///< keys each version names
  std::vector<table::VersionChange> committed_;                ///< ids and times, oldest first

 private:
  /// Every side manifest names a tombstone file of its own and the one before it.
  void PutSide(int64_t manifest, int64_t number) {
    silver::SideManifest side;
    for (const auto of : {number - 1, number}) {
      if (of > 0) side.tombstones.push_back({"data/t" + std::to_string(of) + ".parquet", 4, 1});
    }
    Put(lake::SideKey(kLocation, side.tombstones.back().path), "keys");
    Put(lake::SideKey(kLocation, silver::SideManifestName(manifest)), silver::EncodeSideManifest(side));
  }

  void SeeNames(const table::Snapshot& snapshot) {
    auto& names = names_by_version_[snapshot.snapshot_id];
    for (const auto& file : snapshot.files) names.insert(std::string(kLocation) + "/" + file->path);
    const auto number = snapshot.transactions.at(silver::kPositionTransaction);
    const auto manifest = snapshot.transactions.at(silver::kSideTransaction);
    names.insert(lake::SideKey(kLocation, silver::SideManifestName(manifest)));
    names.insert(lake::SideKey(kLocation, "data/t" + std::to_string(number) + ".parquet"));
    if (number > 1) names.insert(lake::SideKey(kLocation, "data/t" + std::to_string(number - 1) + ".parquet"));
    table::VersionChange change;
    change.version = snapshot.snapshot_id;
    change.committed_at = snapshot.committed_at;
    committed_.push_back(std::move(change));
  }
};

/// "Delta", "Iceberg".
inline std::string FormatLabel(const testing::TestParamInfo<std::string>& format) {
  return format.param == "delta" ? "Delta" : "Iceberg";
}

}  // namespace tarn::upkeep
