// SPDX-License-Identifier: Apache-2.0
#pragma once
// A Delta table on a memory store whose files are names without content, committed to on a clock that stands still, for
// tests of upkeep's verbs that look at history only. For *_test.cc files only.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/result_matchers.h"
#include "lake/keys.h"
#include "lake/open_tables.h"
#include "silver/merge.h"
#include "store/memory/memory_store.h"
#include "table/delta/delta_testing.h"

namespace tarn::upkeep {

class HistoryTest : public testing::Test {
 protected:
  static constexpr const char* kLocation = "silver/sales/orders";

  std::shared_ptr<table::Table> table() { return tables_.Get(kLocation); }

  /// One commit `pause` after the last one: a new file, and of the files before it those named go.
  void Commit(std::chrono::seconds pause, const std::vector<std::string>& remove = {}) {
    clock_.Advance(pause);
    const auto number = ++commits_;
    table::CommitIntent intent;
    intent.operation = "MERGE";
    if (number == 1) intent.schema = table::delta::OrdersSchema();
    intent.add = {table::delta::FileOf(std::to_string(number))};
    intent.add.front().modified = clock_.Now();
    intent.remove = remove;
    intent.transactions = {{silver::kPositionTransaction, number}, {silver::kSideTransaction, 1'000'000 + number}};
    PutSide(1'000'000 + number, number);
    Put(std::string(kLocation) + "/" + intent.add.front().path, "rows");
    const auto planner = [&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
      return std::optional(intent);
    };
    ASSERT_OK_AND_ASSIGN(const auto done, table()->Commit(planner));
    ASSERT_THAT(table()->Maintain(), IsOk());
    SeeNames(*done.snapshot);
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

  ManualClock clock_{{1'767'225'600'000'000}};
  SeededRandomness randomness_{77};
  store::MemoryStore store_{store::MemoryStore::Options{.clock = &clock_}};
  table::delta::FakeParquet parquet_;
  table::delta::DeltaFormat format_{{.parquet = &parquet_}};
  lake::OpenTables tables_{{store_, format_, clock_, randomness_}};
  int64_t commits_ = 0;
  std::map<int64_t, std::set<std::string>> names_by_version_;  ///< keys each version names
  std::map<int64_t, Timestamp> committed_;

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
    auto& names = names_by_version_[snapshot.version];
    for (const auto& file : snapshot.files) names.insert(std::string(kLocation) + "/" + file->path);
    const auto number = snapshot.transactions.at(silver::kPositionTransaction);
    const auto manifest = snapshot.transactions.at(silver::kSideTransaction);
    names.insert(lake::SideKey(kLocation, silver::SideManifestName(manifest)));
    names.insert(lake::SideKey(kLocation, "data/t" + std::to_string(number) + ".parquet"));
    if (number > 1) names.insert(lake::SideKey(kLocation, "data/t" + std::to_string(number - 1) + ".parquet"));
    committed_[snapshot.version] = snapshot.committed_at;
  }
};

}  // namespace tarn::upkeep
