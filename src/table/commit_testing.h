// SPDX-License-Identifier: Apache-2.0
#pragma once
// How tables are committed to, whatever their format: races, crashes, lost answers. A test file includes this and
// instantiates CommitTest and CrashTest with its format. For *_test.cc files only.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "base/crash_point.h"
#include "base/random.h"
#include "base/result_matchers.h"
#include "store/local/local_store.h"
#include "store/local/posix_disk.h"
#include "store/memory/memory_store.h"
#include "store/temp_directory_testing.h"
#include "table/scripted_store_testing.h"
#include "table/table_testing.h"

namespace tarn::table {

/// One format, and what tests must know of it.
struct CommittingFormat {
  std::string name;
  std::function<std::unique_ptr<TableFormat>()> make;
  std::function<CommitIntent()> create;                             ///< makes the table
  std::function<CommitIntent(const std::string& name)> append;      ///< adds data/{name}.parquet with one row
  std::function<void(const Snapshot&, int64_t rows)> expect_total;  ///< of what the metadata itself say
  int64_t first_version = 0;                                        ///< of the commit that makes the table
  int commits_of_a_writer = 0;
};

inline void PrintTo(const CommittingFormat& tested, std::ostream* out) { *out << tested.name; }

class CommitTest : public ::testing::TestWithParam<CommittingFormat> {
 protected:
  Table OpenTable(store::ObjectStore& store) {
    return Table({.store = store, .format = *format_, .clock = clock_, .randomness = randomness_}, kLocation);
  }
  static CommitIntent CreateIntent() { return GetParam().create(); }
  static CommitIntent Append(const std::string& name) { return GetParam().append(name); }
  /// Of the n-th commit after the one that makes the table.
  static int64_t VersionAfter(int64_t commits) { return GetParam().first_version + commits; }

  SystemClock clock_;
  SystemRandomness randomness_;
  std::unique_ptr<TableFormat> format_ = GetParam().make();
  store::MemoryStore memory_;
};

TEST_P(CommitTest, EightWritersLoseNothing) {
  constexpr int kWriters = 8;
  const int commits = GetParam().commits_of_a_writer;
  // One table per writer, as eight processes would have.
  Table first = OpenTable(memory_);
  ASSERT_THAT(first.Commit(Always(CreateIntent())), IsOk());
  std::array<Status, kWriters> results;
  {
    std::vector<std::jthread> writers;
    writers.reserve(kWriters);
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        Table table = OpenTable(memory_);
        for (int i = 0; i < commits; ++i) {
          const CommitIntent intent = Append(std::to_string(writer) + "-" + std::to_string(i));
          Status done = Fail(ErrorCode::kInternal, "not run");
          do {
            const auto outcome = table.Commit(Always(intent));
            done = outcome ? Status() : Status(Fail(outcome.error()));
          } while (!done && done.error().code == ErrorCode::kConflict);
          if (!done) results[static_cast<size_t>(writer)] = done;
        }
      });
    }
  }
  for (const Status& result : results) EXPECT_THAT(result, IsOk());
  Table reader = OpenTable(memory_);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, reader.Load());
  EXPECT_EQ(snapshot->version, VersionAfter(kWriters * commits));
  const auto paths = PathsOf(*snapshot);
  EXPECT_EQ(paths.size(), static_cast<size_t>(kWriters * commits));
  EXPECT_EQ(std::ranges::adjacent_find(paths), paths.end());
  EXPECT_EQ(snapshot->RecordCount(), kWriters * commits);
  GetParam().expect_total(*snapshot, kWriters * commits);
}

TEST_P(CommitTest, SharedTableServesManyThreads) {
  Table table = OpenTable(memory_);
  ASSERT_THAT(table.Commit(Always(CreateIntent())), IsOk());
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 10; ++i) {
          EXPECT_THAT(table.Commit(Always(Append(std::to_string(thread) + "-" + std::to_string(i)))), IsOk());
          EXPECT_THAT(table.Load(), IsOk());
        }
      });
    }
  }
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, table.Load());
  EXPECT_EQ(snapshot->files.size(), 40U);
}

TEST_P(CommitTest, TransactionIsAppliedOnceHoweverOftenItIsRetried) {
  Table table = OpenTable(memory_);
  Table rival = OpenTable(memory_);
  ASSERT_THAT(table.Commit(Always(CreateIntent())), IsOk());
  const auto merge_up_to = [](int64_t position, const std::string& name) {
    return [=](const SnapshotPtr& base) -> Result<std::optional<CommitIntent>> {
      const auto found = base->transactions.find("tarn-bronze");
      if (found != base->transactions.end() && found->second >= position) return std::optional<CommitIntent>();
      CommitIntent intent = Append(name);
      intent.transactions = {{"tarn-bronze", position}};
      return std::optional(std::move(intent));
    };
  };
  ASSERT_OK_AND_ASSIGN(const auto won, rival.Commit(merge_up_to(1, "rival")));
  EXPECT_TRUE(won.committed);
  // Its knowledge is old, so it plans, loses, reads the position and stops.
  ASSERT_OK_AND_ASSIGN(const auto lost, table.Commit(merge_up_to(1, "mine")));
  EXPECT_FALSE(lost.committed);
  ASSERT_OK_AND_ASSIGN(const auto next, table.Commit(merge_up_to(2, "next")));
  EXPECT_TRUE(next.committed);
  EXPECT_EQ(PathsOf(*next.snapshot), (std::vector<std::string>{"data/next.parquet", "data/rival.parquet"}));
  EXPECT_EQ(next.snapshot->transactions.at("tarn-bronze"), 2);
}

TEST_P(CommitTest, LostAnswersAreRecognisedInTheSeries) {
  ScriptedStore store(memory_);
  Table table = OpenTable(store);
  store.fates = {ScriptedStore::PutFate::kLostAfter};
  ASSERT_THAT(table.Commit(Always(CreateIntent())), IsOk());
  store.fates = {ScriptedStore::PutFate::kLostBefore, ScriptedStore::PutFate::kUnavailable,
                 ScriptedStore::PutFate::kLostAfter};
  ASSERT_OK_AND_ASSIGN(const auto outcome, table.Commit(Always(Append("a"))));
  EXPECT_EQ(outcome.snapshot->version, VersionAfter(1));
  Table reader = OpenTable(memory_);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, reader.Load());
  EXPECT_EQ(snapshot->version, VersionAfter(1));
  EXPECT_EQ(snapshot->commit_id, outcome.snapshot->commit_id);
}

TEST_P(CommitTest, TwoCommitsThatSayTheSameAreToldApart) {
  ScriptedStore store(memory_);
  Table table = OpenTable(store);
  ASSERT_THAT(table.Commit(Always(CreateIntent())), IsOk());
  CommitIntent intent = IntentOf("ALTER");
  intent.properties = {{"owner", "x"}};
  // A rival puts the same properties at the same instant, and the answer to ours is lost.
  Table rival = OpenTable(memory_);
  store.before_put = [&] { ASSERT_THAT(rival.Commit(Always(intent)), IsOk()); };
  store.fates = {ScriptedStore::PutFate::kLostBefore};
  ASSERT_OK_AND_ASSIGN(const auto outcome, table.Commit(Always(intent)));
  EXPECT_EQ(outcome.snapshot->version, VersionAfter(2));
}

#ifdef TARN_CRASH_POINTS

inline constexpr int kCrashExitCode = 86;

class CrashTest : public CommitTest {
 protected:
  void SetUp() override { ::testing::FLAGS_gtest_death_test_style = "fast"; }  // the child goes on with this root

  Result<Table::Outcome> CommitOn(const std::string& name, const std::string& crash_point) {
    store::PosixDisk disk;
    TARN_ASSIGN(const auto store, store::LocalStore::Open(disk, {.root = root_, .on_fatal = [](const Error&) {}}));
    Table table = OpenTable(*store);
    TARN_ASSIGN(const SnapshotPtr head, table.Load());
    if (!head->exists()) {
      TARN_TRY(table.Commit(Always(CreateIntent())));
    }
    ArmCrashPoint(crash_point);
    return table.Commit(Always(Append(name)));
  }
  std::vector<std::string> PathsAfterRestart() {
    store::PosixDisk disk;
    auto store = store::LocalStore::Open(disk, {.root = root_, .on_fatal = [](const Error&) {}});
    EXPECT_THAT(store, IsOk());
    Table table = OpenTable(**store);
    const auto snapshot = table.Load();
    EXPECT_THAT(snapshot, IsOk());
    return PathsOf(**snapshot);
  }

  store::TempDirectory directory_;
  const std::string root_ = directory_ / "lake/";
};

TEST_P(CrashTest, CrashBeforeThePutLeavesTheTableAsItWas) {
  ASSERT_THAT(CommitOn("kept", ""), IsOk());
  EXPECT_EXIT(static_cast<void>(CommitOn("lost", "table.commit.before_put")), ::testing::ExitedWithCode(kCrashExitCode),
              "before_put");
  EXPECT_EQ(PathsAfterRestart(), std::vector<std::string>{"data/kept.parquet"});
  ASSERT_THAT(CommitOn("next", ""), IsOk());
  EXPECT_EQ(PathsAfterRestart(), (std::vector<std::string>{"data/kept.parquet", "data/next.parquet"}));
}

TEST_P(CrashTest, CrashAfterThePutLeavesTheCommit) {
  ASSERT_THAT(CommitOn("kept", ""), IsOk());
  EXPECT_EXIT(static_cast<void>(CommitOn("there", "table.commit.after_put")), ::testing::ExitedWithCode(kCrashExitCode),
              "after_put");
  EXPECT_EQ(PathsAfterRestart(), (std::vector<std::string>{"data/kept.parquet", "data/there.parquet"}));
}

#endif

}  // namespace tarn::table
