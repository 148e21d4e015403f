// SPDX-License-Identifier: Apache-2.0
// Commit paths of an Iceberg table: races, crashes, lost answers.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>

#include "base/crash_point.h"
#include "base/result_matchers.h"
#include "store/local/local_store.h"
#include "store/local/posix_disk.h"
#include "store/memory/memory_store.h"
#include "table/iceberg/iceberg_testing.h"
#include "table/scripted_store_testing.h"

namespace tarn::table::iceberg {
namespace {

constexpr int kCrashExitCode = 86;

class CommitTest : public ::testing::Test {
 protected:
  Table OpenTable(store::ObjectStore& store) {
    return Table({.store = store, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation);
  }

  SystemClock clock_;
  SystemRandomness randomness_;
  IcebergFormat format_{{.writer_version = "1", .root = "memory:", .parquet = nullptr}};
  store::MemoryStore memory_;
};

TEST_F(CommitTest, EightWritersLoseNothing) {
  constexpr int kWriters = 8;
  constexpr int kCommits = 5;
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
        for (int i = 0; i < kCommits; ++i) {
          const CommitIntent intent = Append(std::to_string(writer) + "-" + std::to_string(i), 1);
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
  EXPECT_EQ(snapshot->version, 1 + kWriters * kCommits);
  const auto paths = PathsOf(*snapshot);
  EXPECT_EQ(paths.size(), static_cast<size_t>(kWriters * kCommits));
  EXPECT_EQ(std::ranges::adjacent_find(paths), paths.end());
  EXPECT_EQ(SummaryOf(*snapshot).at("total-records"), std::to_string(kWriters * kCommits));
}

TEST_F(CommitTest, TransactionIsAppliedOnceHoweverOftenItIsRetried) {
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
  EXPECT_EQ(PathsOf(*next.snapshot), (std::vector<std::string>{"data/next.parquet", "data/rival.parquet"}));
  EXPECT_EQ(next.snapshot->transactions.at("tarn-bronze"), 2);
}

TEST_F(CommitTest, LostAnswersAreRecognisedInTheSeries) {
  ScriptedStore store(memory_);
  Table table = OpenTable(store);
  store.fates = {ScriptedStore::PutFate::kLostAfter};
  ASSERT_THAT(table.Commit(Always(CreateIntent())), IsOk());
  store.fates = {ScriptedStore::PutFate::kLostBefore, ScriptedStore::PutFate::kUnavailable,
                 ScriptedStore::PutFate::kLostAfter};
  ASSERT_OK_AND_ASSIGN(const auto outcome, table.Commit(Always(Append("a"))));
  EXPECT_EQ(outcome.snapshot->version, 2);
  Table reader = OpenTable(memory_);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr snapshot, reader.Load());
  EXPECT_EQ(snapshot->version, 2);
  EXPECT_EQ(snapshot->commit_id, outcome.snapshot->commit_id);
}

TEST_F(CommitTest, TwoCommitsThatSayTheSameAreToldApart) {
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
  EXPECT_EQ(outcome.snapshot->version, 3);
}

#ifdef TARN_CRASH_POINTS

class CrashTest : public CommitTest {
 protected:
  void SetUp() override {
    ::testing::FLAGS_gtest_death_test_style = "fast";  // the child goes on with this root
    std::string pattern = (std::filesystem::temp_directory_path() / "tarn-table-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  Result<Table::Outcome> CommitOn(const std::string& root, const std::string& name, const std::string& crash_point) {
    store::PosixDisk disk;
    TARN_ASSIGN(const auto store, store::LocalStore::Open(disk, {.root = root, .on_fatal = [](const Error&) {}}));
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

  std::string root_;
};

TEST_F(CrashTest, CrashBeforeThePutLeavesTheTableAsItWas) {
  ASSERT_THAT(CommitOn(root_, "kept", ""), IsOk());
  EXPECT_EXIT(static_cast<void>(CommitOn(root_, "lost", "table.commit.before_put")),
              ::testing::ExitedWithCode(kCrashExitCode), "before_put");
  EXPECT_EQ(PathsAfterRestart(), std::vector<std::string>{"data/kept.parquet"});
  ASSERT_THAT(CommitOn(root_, "next", ""), IsOk());
  EXPECT_EQ(PathsAfterRestart(), (std::vector<std::string>{"data/kept.parquet", "data/next.parquet"}));
}

TEST_F(CrashTest, CrashAfterThePutLeavesTheCommit) {
  ASSERT_THAT(CommitOn(root_, "kept", ""), IsOk());
  EXPECT_EXIT(static_cast<void>(CommitOn(root_, "there", "table.commit.after_put")),
              ::testing::ExitedWithCode(kCrashExitCode), "after_put");
  EXPECT_EQ(PathsAfterRestart(), (std::vector<std::string>{"data/kept.parquet", "data/there.parquet"}));
}

#endif

}  // namespace
}  // namespace tarn::table::iceberg
