// SPDX-License-Identifier: Apache-2.0
#include "table/table.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"
#include "table/scripted_store_testing.h"

namespace tarn::table {
namespace {

using PutFate = ScriptedStore::PutFate;

/// The least a format can be: version n is the object log/{n}, its body the operation and the commit id.
class PlainFormat final : public TableFormat {
 public:
  std::string_view name() const override { return "plain"; }

  Result<SnapshotPtr> Load(store::ObjectStore& store, const std::string& location, const SnapshotPtr& known) override {
    ++loads;
    if (known == nullptr) ++full_loads;
    SnapshotPtr newest = known != nullptr ? known : std::make_shared<const Snapshot>();
    while (true) {
      const auto body = store.Get(location + "/" + KeyOf(newest->version + 1));
      if (!body && body.error().code == ErrorCode::kNotFound) return newest;
      if (!body) return Fail(body.error());
      newest = Next(newest, *body);
    }
  }
  Result<SnapshotPtr> LoadVersion(store::ObjectStore&, const std::string&, const SnapshotPtr&, int64_t) override {
    return Fail(ErrorCode::kNotFound, "not kept");
  }
  Result<std::vector<int64_t>> History(store::ObjectStore&, const std::string&, const SnapshotPtr& newest) override {
    return std::vector<int64_t>{newest->version};
  }
  Result<VersionChange> LoadChange(store::ObjectStore&, const std::string&, const SnapshotPtr&, int64_t) override {
    return Fail(ErrorCode::kNotFound, "not kept");
  }
  Result<ExpiryPlan> PrepareExpiry(store::ObjectStore&, const std::string&, const SnapshotPtr&,
                                   const std::set<int64_t>&, const std::set<int64_t>&) override {
    return ExpiryPlan();
  }
  Result<std::vector<FileDeletes>> WriteDeletes(store::ObjectStore&, const std::string&, const Snapshot&,
                                                std::span<const RowDeletion>, Randomness&) override {
    return Fail(ErrorCode::kUnsupported, "deletes");
  }
  Result<CommitPlan> Plan(const Snapshot& base, const std::string&, const CommitIntent& intent) override {
    const int64_t version = base.version + 1;
    return CommitPlan{.objects = {{.key = "objects/" + intent.commit_id, .body = "object"}},
                      .decisive = {.key = KeyOf(version), .body = intent.operation + " " + intent.commit_id},
                      .version = version};
  }
  Result<SnapshotPtr> Apply(const SnapshotPtr& base, const CommitIntent&, const CommitPlan& plan) override {
    return Next(base, plan.decisive.body);
  }
  Status AfterCommit(store::ObjectStore&, const std::string&, const SnapshotPtr&) override { return {}; }

  int loads = 0;
  int full_loads = 0;
  std::vector<DataFilePtr> files;  ///< of every snapshot from now on

 private:
  static std::string KeyOf(int64_t version) { return "log/" + std::to_string(version); }

  SnapshotPtr Next(const SnapshotPtr& base, const std::string& body) {
    auto snapshot = std::make_shared<Snapshot>(*base);
    ++snapshot->version;
    snapshot->files = files;
    snapshot->commit_id = body.substr(body.find(' ') + 1);
    ++snapshot->transactions[body.substr(0, body.find(' '))];
    return snapshot;
  }
};

class TableTest : public ::testing::Test {
 protected:
  Table::Planner Writing(const std::string& operation) {
    return [this, operation](const SnapshotPtr&) {
      ++plans_;
      CommitIntent intent;
      intent.operation = operation;
      return Result<std::optional<CommitIntent>>(std::move(intent));
    };
  }
  int64_t CountOf(const std::string& operation) {
    const auto snapshot = table_.Load();
    if (!snapshot) return -1;
    const auto found = (*snapshot)->transactions.find(operation);
    return found == (*snapshot)->transactions.end() ? 0 : found->second;
  }
  void CommitElsewhere() {
    Table other({.store = memory_, .format = other_format_, .clock = clock_, .randomness = randomness_}, "t");
    ASSERT_THAT(other.Commit(Writing("other")), IsOk());
  }

  ManualClock clock_{Timestamp{1'700'000'000'000'000}};
  SeededRandomness randomness_{7};
  store::MemoryStore memory_;
  ScriptedStore store_{memory_};
  PlainFormat format_;
  PlainFormat other_format_;
  Table table_{{.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, "t"};
  int plans_ = 0;
};

TEST_F(TableTest, CommitsAndRemembersWhatItMade) {
  ASSERT_OK_AND_ASSIGN(const auto outcome, table_.Commit(Writing("mine")));
  EXPECT_TRUE(outcome.committed);
  EXPECT_EQ(outcome.snapshot->version, 0);
  EXPECT_FALSE(outcome.snapshot->commit_id.empty());
  EXPECT_THAT(memory_.Get("t/objects/" + outcome.snapshot->commit_id), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto loaded, table_.Load());
  EXPECT_EQ(loaded, outcome.snapshot);
}

TEST_F(TableTest, PlanThatHasNothingToDoCommitsNothing) {
  ASSERT_OK_AND_ASSIGN(const auto outcome, table_.Commit([](const SnapshotPtr&) -> Result<std::optional<CommitIntent>> {
    return std::optional<CommitIntent>();
  }));
  EXPECT_FALSE(outcome.committed);
  EXPECT_EQ(outcome.snapshot->version, -1);
  EXPECT_EQ(store_.puts, 0);
}

TEST_F(TableTest, LostRaceIsPlannedAgainOnTheWinner) {
  store_.before_put = [this] { CommitElsewhere(); };
  ASSERT_OK_AND_ASSIGN(const auto outcome, table_.Commit(Writing("mine")));
  EXPECT_EQ(outcome.snapshot->version, 1);
  EXPECT_EQ(plans_, 3);  // ours, the other's, ours again
  EXPECT_EQ(CountOf("mine"), 1);
  EXPECT_EQ(CountOf("other"), 1);
}

TEST_F(TableTest, RaceLostForEverEndsInConflict) {
  const auto planner = [&](const SnapshotPtr& base) {
    store_.before_put = [this] { CommitElsewhere(); };
    return Writing("mine")(base);
  };
  EXPECT_THAT(table_.Commit(planner), ErrorIs(ErrorCode::kConflict));
  EXPECT_EQ(CountOf("mine"), 0);
  EXPECT_EQ(CountOf("other"), Table::kMaxAttempts);
}

TEST_F(TableTest, UnavailableStoreIsTriedAgainWithTheSamePlan) {
  store_.fates = {PutFate::kUnavailable, PutFate::kUnavailable};
  ASSERT_THAT(table_.Commit(Writing("mine")), IsOk());
  EXPECT_EQ(plans_, 1);
  EXPECT_EQ(store_.puts, 3);
  EXPECT_EQ(CountOf("mine"), 1);
}

TEST_F(TableTest, StoreThatStaysUnavailableIsReported) {
  store_.fates.assign(Table::kMaxPutAttempts, PutFate::kUnavailable);
  EXPECT_THAT(table_.Commit(Writing("mine")), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_EQ(CountOf("mine"), 0);
}

TEST_F(TableTest, FullStoreIsNotTriedAgain) {
  store_.fates = {PutFate::kResourceExhausted};
  EXPECT_THAT(table_.Commit(Writing("mine")), ErrorIs(ErrorCode::kResourceExhausted));
  EXPECT_EQ(store_.puts, 1);
}

TEST_F(TableTest, LostAnswerOfAWrittenCommitIsRecognisedAsSuccess) {
  store_.fates = {PutFate::kLostAfter};
  ASSERT_OK_AND_ASSIGN(const auto outcome, table_.Commit(Writing("mine")));
  EXPECT_TRUE(outcome.committed);
  EXPECT_EQ(plans_, 1);
  EXPECT_EQ(CountOf("mine"), 1);
}

TEST_F(TableTest, LostAnswerOfAnUnwrittenCommitIsPutAgain) {
  store_.fates = {PutFate::kLostBefore};
  ASSERT_THAT(table_.Commit(Writing("mine")), IsOk());
  EXPECT_EQ(store_.puts, 2);
  EXPECT_EQ(CountOf("mine"), 1);
}

TEST_F(TableTest, LostAnswerWithAnotherWinnerIsPlannedAgain) {
  store_.fates = {PutFate::kLostBefore};
  store_.before_put = [this] { CommitElsewhere(); };
  ASSERT_THAT(table_.Commit(Writing("mine")), IsOk());
  EXPECT_EQ(CountOf("mine"), 1);
  EXPECT_EQ(CountOf("other"), 1);
}

TEST_F(TableTest, CommitFoundTakenByItselfIsRecognised) {
  store_.fates = {PutFate::kTakenAfter};
  ASSERT_THAT(table_.Commit(Writing("mine")), IsOk());
  EXPECT_EQ(plans_, 1);
  EXPECT_EQ(CountOf("mine"), 1);
}

TEST_F(TableTest, LostAnswerThatCannotBeReadBackIsUnknown) {
  ASSERT_THAT(table_.Load(), IsOk());
  store_.fates.assign(Table::kMaxPutAttempts, PutFate::kLostBefore);
  store_.before_put = [this] { store_.reads_fail = true; };
  const auto outcome = table_.Commit(Writing("mine"));
  EXPECT_THAT(outcome, ErrorIs(ErrorCode::kUnknownOutcome));
  store_.reads_fail = false;
  EXPECT_EQ(CountOf("mine"), 0);
}

TEST_F(TableTest, GuardStopsTheCommitBeforeTheDecidingPut) {
  const auto guard = [] { return Status(Fail(ErrorCode::kFailedPrecondition, "not our seat any more")); };
  EXPECT_THAT(table_.Commit(Writing("mine"), guard), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(store_.puts, 0);
}

TEST_F(TableTest, KnowledgeOlderThanAnHourIsListedAgain) {
  ASSERT_THAT(table_.Load(), IsOk());
  EXPECT_EQ(format_.full_loads, 1);
  clock_.Advance(std::chrono::minutes(59));
  ASSERT_THAT(table_.Load(), IsOk());
  EXPECT_EQ(format_.full_loads, 1);
  clock_.Advance(std::chrono::minutes(61));
  ASSERT_THAT(table_.Load(), IsOk());
  EXPECT_EQ(format_.full_loads, 2);
}

TEST_F(TableTest, PlanThatTookLongerThanAnHourListsBeforeItDecides) {
  const auto planner = [&](const SnapshotPtr& base) {
    if (plans_ == 0) {
      clock_.Advance(std::chrono::minutes(61));
      CommitElsewhere();
    }
    return Writing("mine")(base);
  };
  ASSERT_OK_AND_ASSIGN(const auto outcome, table_.Commit(planner));
  EXPECT_EQ(outcome.snapshot->version, 1);
  EXPECT_EQ(store_.puts, 1);
}

// durability.md §5.4: what was deleted after a compaction read its rows does not come back.
TEST_F(TableTest, RewriteOfAFileWhoseDeletesChangedIsAConflict) {
  auto file = std::make_shared<DataFile>();
  file->path = "data/a.parquet";
  format_.files = {file};
  ASSERT_OK_AND_ASSIGN(const auto read, table_.Commit(Writing("mine")));
  const auto rewrite = [&](const SnapshotPtr&) -> Result<std::optional<CommitIntent>> {
    CommitIntent intent;
    intent.operation = "OPTIMIZE";
    intent.remove = {"data/a.parquet"};
    intent.rewritten_from = read.snapshot;
    return std::optional(std::move(intent));
  };
  CommitElsewhere();
  ASSERT_OK_AND_ASSIGN(const auto outcome, table_.Commit(rewrite));
  EXPECT_TRUE(outcome.committed);

  auto deleted = std::make_shared<DataFile>(*file);
  deleted->deletes = {std::make_shared<DeleteFile>()};
  format_.files = {deleted};
  CommitElsewhere();
  EXPECT_THAT(table_.Commit(rewrite), ErrorIs(ErrorCode::kConflict));
  format_.files = {};
  CommitElsewhere();
  EXPECT_THAT(table_.Commit(rewrite), ErrorIs(ErrorCode::kConflict));
}

TEST_F(TableTest, StalenessThatTheStoreAllowsSavesTheProbe) {
  store::MemoryStore relaxed({.max_staleness = std::chrono::seconds(1)});
  Table table({.store = relaxed, .format = format_, .clock = clock_, .randomness = randomness_}, "t");
  ASSERT_THAT(table.Load(), IsOk());
  ASSERT_THAT(table.Load(), IsOk());
  EXPECT_EQ(format_.loads, 1);
  clock_.Advance(std::chrono::milliseconds(1500));
  ASSERT_THAT(table.Load(), IsOk());
  EXPECT_EQ(format_.loads, 2);
}

}  // namespace
}  // namespace tarn::table
