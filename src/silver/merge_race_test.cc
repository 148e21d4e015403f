// SPDX-License-Identifier: Apache-2.0
// Commits of others between a merge's plan and its put, and lost answers: the merge plans again on what is there.

#include <gtest/gtest.h>

#include "lake/keys.h"
#include "silver/lake_testing.h"
#include "table/scripted_store_testing.h"

namespace tarn::silver {
namespace {

constexpr const char* kLocation = "silver/sales/orders";

class MergeRaceTest : public LakeTest {
 protected:
  using Fate = table::ScriptedStore::PutFate;

  /// A merge whose conditional puts follow the script.
  Result<Merge::Outcome> MergeRaced() {
    auto dependencies = Dependencies();
    Merge merge({scripted_, dependencies.engine, raced_, dependencies.bronze, dependencies.registry, dependencies.clock,
                 dependencies.randomness, dependencies.seat_check, dependencies.parquet, dependencies.merge_on_read,
                 dependencies.cost_rule});
    return merge.RunOnce("sales", "orders");
  }

  /// Another writer adds rows of (id, v), as engines that know nothing of our metadata columns do.
  void ForeignAppend(const std::string& rows) {
    const auto table = tables_.Get(kLocation);
    ASSERT_OK_AND_ASSIGN(const auto base, table->Load());
    std::string columns;
    for (const auto& field : base->schema.fields) {
      columns += (columns.empty() ? "" : ", ") + (field.name == "id" || field.name == "v" ? field.name : "NULL");
    }
    ASSERT_OK_AND_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
    engine::WriteRequest request;
    request.select = "SELECT " + columns + " FROM (VALUES " + rows + ") AS r(id, v)";
    request.schema = base->schema;
    request.location = kLocation;
    table::CommitIntent intent;
    intent.operation = "WRITE";
    ASSERT_OK_AND_ASSIGN(intent.add, workspace->WriteParquet(request));
    ASSERT_OK_AND_ASSIGN(const auto done, table->Commit([&](const table::SnapshotPtr&) {
      return Result<std::optional<table::CommitIntent>>(intent);
    }));
    ASSERT_TRUE(done.committed);
  }

  /// Another writer marks the rows of one file.
  void ForeignDelete(const std::string& condition) {
    const auto table = tables_.Get(kLocation);
    ASSERT_OK_AND_ASSIGN(const auto base, table->Load());
    ASSERT_OK_AND_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
    auto bound = std::make_shared<engine::BoundTable>();
    bound->visible = base->schema;
    bound->source = table::PinnedTable{kLocation, base, base->files};
    ASSERT_THAT(workspace->AddInput("t", bound), IsOk());
    ASSERT_OK_AND_ASSIGN(const auto stream, workspace->Query("SELECT \"file;row\" FROM input.t WHERE " + condition));
    table::RowDeletion deletion;
    deletion.path = base->files.at(0)->path;
    table::BatchView batch;
    ASSERT_OK_AND_ASSIGN(const bool more, stream->Next(batch));
    ASSERT_TRUE(more);
    for (size_t row = 0; row < batch.rows; ++row) {
      deletion.rows.Add(static_cast<uint64_t>(batch.columns[0].At<int64_t>(row)));
    }
    deletion.added = deletion.rows;
    table::CommitIntent intent;
    intent.operation = "DELETE";
    ASSERT_OK_AND_ASSIGN(intent.deletes, formats_.WriteDeletes(store_, kLocation, *base, {&deletion, 1}, randomness_));
    ASSERT_OK_AND_ASSIGN(const auto done, table->Commit([&](const table::SnapshotPtr&) {
      return Result<std::optional<table::CommitIntent>>(intent);
    }));
    ASSERT_TRUE(done.committed);
  }

  std::string Now() { return Rows("SELECT id, v FROM sales.silver.orders ORDER BY id"); }

  table::ScriptedStore scripted_{store_};
  lake::OpenTables raced_{{scripted_, formats_, clock_, randomness_}};
};

TEST_F(MergeRaceTest, ForeignDeletesInTheSameFileDuringTheMergeStay) {
  merge_on_read_ = true;
  cost_rule_.always_rewrite_bytes = 0;
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"one"},{"id":2,"v":"two"},{"id":3,"v":"three"},{"id":4,"v":"four"},{"id":5,"v":"five"},
          {"id":6,"v":"six"},{"id":7,"v":"seven"}])");
  Post(R"([{"id":1,"v":"ours"}])");
  Land();
  scripted_.before_put = [&] { ForeignDelete("id = 3"); };
  ASSERT_OK_AND_ASSIGN(const auto outcome, MergeRaced());
  EXPECT_TRUE(outcome.committed);
  EXPECT_EQ(Now(), "1|ours;2|two;4|four;5|five;6|six;7|seven");
  ASSERT_OK_AND_ASSIGN(const auto snapshot, tables_.Get(kLocation)->Load());
  ASSERT_EQ(snapshot->files.size(), 2U);
  EXPECT_EQ(snapshot->RecordCount(), 6);
}

TEST_F(MergeRaceTest, AForeignAppendDuringTheMergeStaysAndItsOlderRowOfAKeyGoes) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"one"}])");
  Post(R"([{"id":2,"v":"ours"}])");
  Land();
  scripted_.before_put = [&] { ForeignAppend("(2, 'foreign'), (3, 'foreign')"); };
  ASSERT_OK_AND_ASSIGN(const auto outcome, MergeRaced());
  EXPECT_TRUE(outcome.committed);
  EXPECT_EQ(Now(), "1|one;2|ours;3|foreign");
}

TEST_F(MergeRaceTest, AnotherMergeOfTheSameEntriesLeavesNothingToDo) {
  Create("id integer key, v string");
  Post(R"([{"id":1,"v":"one"}])");
  Land();
  scripted_.before_put = [&] { EXPECT_TRUE(MergeOnce().committed); };
  ASSERT_OK_AND_ASSIGN(const auto outcome, MergeRaced());
  EXPECT_FALSE(outcome.committed);
  EXPECT_EQ(outcome.position, 1U);
  EXPECT_EQ(Now(), "1|one");
  ASSERT_OK_AND_ASSIGN(const auto figures, silver_->FiguresOf("sales", "orders"));
  EXPECT_EQ(figures.counters.applied, 1U);
}

TEST_F(MergeRaceTest, ACommitWhoseAnswerIsLostHappensOnce) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"one"}])");
  Post(R"([{"id":1,"v":"two"},{"id":2,"v":"two"}])");
  Land();
  scripted_.fates = {Fate::kLostAfter};
  ASSERT_OK_AND_ASSIGN(const auto outcome, MergeRaced());
  EXPECT_TRUE(outcome.committed);
  EXPECT_EQ(Now(), "1|two;2|two");
  EXPECT_FALSE(MergeOnce().committed);
}

TEST_F(MergeRaceTest, AMergeThatCannotCommitLeavesTheTableAsItWas) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"one"}])");
  Post(R"([{"id":1,"v":"two"}])");
  Land();
  scripted_.fates = {Fate::kResourceExhausted};
  EXPECT_THAT(MergeRaced(), ErrorIs(ErrorCode::kResourceExhausted));
  EXPECT_EQ(Now(), "1|one");
  EXPECT_TRUE(MergeOnce().committed);
  EXPECT_EQ(Now(), "1|two");
}

}  // namespace
}  // namespace tarn::silver
