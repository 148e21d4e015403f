// SPDX-License-Identifier: Apache-2.0
#include "upkeep/compact.h"

#include <gmock/gmock.h>

#include "lake/keys.h"
#include "silver/key_filter.h"
#include "silver/lake_testing.h"
#include "store/faulty/faulty_store.h"

namespace tarn::upkeep {
namespace {

struct Kind {
  std::string name;
  std::string format;
  bool merge_on_read = false;
};

class CompactTest : public silver::LakeTest, public testing::WithParamInterface<Kind> {
 protected:
  void SetUp() override {
    table_format_ = GetParam().format;
    merge_on_read_ = GetParam().merge_on_read;
    LakeTest::SetUp();
    rule_.files_per_tier = 2;
  }

  Compact Make(std::function<Status()> seat_check = [] { return Status(); }) {
    return Compact({store_, *engine_, tables_, std::move(seat_check)}, rule_);
  }

  table::SnapshotPtr Newest() {
    const auto snapshot = tables_.Get(location_)->Load();
    EXPECT_THAT(snapshot, IsOk());
    return snapshot ? *snapshot : nullptr;
  }

  size_t DataObjects() { return store_.List(location_ + "/data/")->size(); }

  /// Six keys in three files, one of them deleted again.
  void Fill() {
    Create("id integer key, name string");
    Put(R"([{"id":5,"name":"e"},{"id":1,"name":"a"}])");
    Put(R"([{"id":3,"name":"c"},{"id":2,"name":"b"}])");
    Put(R"([{"id":4,"name":"d"},{"id":6,"name":"f"}])");
    Put(R"([{"id":6}])", contract::Operation::kDelete);
  }

  const std::string location_ = lake::SilverLocation("sales", "orders", 1);
  const std::string all_ = "SELECT id, name, _offset FROM sales.silver.orders ORDER BY id";
  CompactionRule rule_;
};

TEST_P(CompactTest, RowsPositionAndSideManifestStayAsTheyWere) {
  Fill();
  const auto before = Newest();
  const auto rows = Rows(all_);
  ASSERT_GE(before->files.size(), 2U);
  auto compact = Make();
  ASSERT_OK_AND_ASSIGN(const auto done, compact.Run(location_, {}, false));
  EXPECT_EQ(done.files_before, before->files.size());
  EXPECT_EQ(done.files_after, 1);
  const auto after = Newest();
  EXPECT_EQ(after->files.size(), 1U);
  EXPECT_EQ(after->transactions, before->transactions);
  EXPECT_EQ(after->RecordCount(), 5);
  EXPECT_EQ(Rows(all_), rows);
  ASSERT_OK_AND_ASSIGN(const auto again, compact.Run(location_, {}, false));
  EXPECT_EQ(again.files_before, 0);
  EXPECT_EQ(Newest()->version, after->version) << "nothing to do is no commit";
}

TEST_P(CompactTest, MergesGoOnAfterIt) {
  Fill();
  ASSERT_THAT(Make().Run(location_, {}, false), IsOk());
  Put(R"([{"id":3,"name":"new"},{"id":6,"name":"back"}])");
  EXPECT_EQ(Rows("SELECT id, name FROM sales.silver.orders ORDER BY id"), "1|a;2|b;3|new;4|d;5|e;6|back");
}

TEST_P(CompactTest, RowsAreClusteredByTheKeyIfAsked) {
  Fill();
  ASSERT_THAT(Make().Run(location_, {.cluster_by = {"id"}, .key = {}}, false), IsOk());
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders"), "1;2;3;4;5");
}

TEST_P(CompactTest, ALargeFileGetsAKeyFilterThatGoesWithIt) {
  Create("id integer key, name string");
  for (int half = 0; half < 2; ++half) {
    std::string body = "[";
    for (int id = 0; id < 800; ++id) {
      body += (id > 0 ? "," : "") + ("{\"id\":" + std::to_string(2 * id + half)) + ",\"name\":\"n\"}";
    }
    Put(body + "]");
  }
  ASSERT_THAT(Make().Run(location_, {.cluster_by = {}, .key = {"id"}}, false), IsOk());
  ASSERT_EQ(Newest()->files.size(), 1U);
  const auto path = Newest()->files[0]->path;
  const auto key = lake::SideKey(location_, silver::KeyFilterName(path));
  ASSERT_OK_AND_ASSIGN(const auto bytes, store_.Get(key));
  ASSERT_THAT(silver::DecodeKeyFilter(bytes), IsOk());
  ASSERT_THAT(store_.Delete(location_ + "/" + path), IsOk());  // whoever opens it fails
  Post(R"([{"id":5000,"name":"new"}])");
  Land();
  EXPECT_TRUE(MergeOnce().committed);
}

TEST_P(CompactTest, ADryRunCountsAndTouchesNothing) {
  Fill();
  const auto before = Newest();
  const auto objects = DataObjects();
  ASSERT_OK_AND_ASSIGN(const auto dry, Make().Run(location_, {}, true));
  EXPECT_EQ(dry.files_before, before->files.size());
  EXPECT_EQ(Newest()->version, before->version);
  EXPECT_EQ(DataObjects(), objects);
}

TEST_P(CompactTest, AFileThatAMergeReplacedMeanwhileIsNotTouched) {
  Fill();
  size_t objects = 0;
  auto compact = Make([&] {
    if (objects > 0) return Status();
    Put(R"([{"id":1,"name":"newer"},{"id":3,"name":"newer"},{"id":4,"name":"newer"}])");
    objects = DataObjects();
    return Status();
  });
  ASSERT_OK_AND_ASSIGN(const auto done, compact.Run(location_, {}, false));
  EXPECT_EQ(done.groups_lost, 1);
  EXPECT_EQ(done.files_before, 0);
  EXPECT_EQ(DataObjects(), objects - 1) << "what was rewritten for nothing is gone";
  EXPECT_EQ(Rows("SELECT id, name FROM sales.silver.orders ORDER BY id"), "1|newer;2|b;3|newer;4|newer;5|e");
}

TEST_P(CompactTest, ACommitThatOnlyAddsDoesNotStopIt) {
  Create("id integer, name string");
  Put(R"([{"id":1,"name":"a"}])");
  Put(R"([{"id":2,"name":"b"}])");
  bool raced = false;
  auto compact = Make([&] {
    if (!std::exchange(raced, true)) Put(R"([{"id":3,"name":"c"}])");
    return Status();
  });
  ASSERT_OK_AND_ASSIGN(const auto done, compact.Run(location_, {}, false));
  EXPECT_EQ(done.groups_lost, 0);
  EXPECT_EQ(done.files_before, 2);
  EXPECT_EQ(Newest()->files.size(), 2U);
  EXPECT_EQ(Rows("SELECT id, name FROM sales.silver.orders ORDER BY id"), "1|a;2|b;3|c");
}

TEST_P(CompactTest, AFileWhoseRowsAreNotWhatTheLogSaysIsNotReplaced) {
  Fill();
  const auto lie = [&](const table::SnapshotPtr& base) -> Result<std::optional<table::CommitIntent>> {
    table::CommitIntent intent;
    intent.operation = "WRITE";
    intent.add = {*base->files.front()};
    intent.remove = {base->files.front()->path};
    intent.add.front().record_count += 1;
    intent.add.front().path = "data/copy.parquet";
    return std::optional(std::move(intent));
  };
  ASSERT_OK_AND_ASSIGN(const auto body, store_.Get(location_ + "/" + Newest()->files.front()->path));
  const store::PutRequest copy{location_ + "/data/copy.parquet", body};
  ASSERT_THAT(store_.PutAll({&copy, 1}), IsOk());
  ASSERT_THAT(tables_.Get(location_)->Commit(lie), IsOk());
  const auto before = Newest();
  EXPECT_THAT(Make().Run(location_, {}, false), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_EQ(Newest()->version, before->version);
}

TEST_P(CompactTest, ANodeThatLostItsSeatCommitsNothing) {
  Fill();
  const auto before = Newest();
  auto compact = Make([] { return Status(Fail(ErrorCode::kFailedPrecondition, "seat")); });
  EXPECT_THAT(compact.Run(location_, {}, false), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(Newest()->version, before->version);
}

TEST_P(CompactTest, ALostAnswerIsReadBack) {
  Fill();
  const auto rows = Rows(all_);
  store::FaultyStore faulty(store_);
  faulty.Inject({.key_contains = GetParam().format == "delta" ? "_delta_log/" : "/metadata/v",
                 .error = Error{ErrorCode::kUnknownOutcome, "lost", {}},
                 .effect = store::StoreEffect::kDone});
  lake::OpenTables tables({faulty, formats_, clock_, randomness_});
  Compact compact({faulty, *engine_, tables, [] { return Status(); }}, rule_);
  ASSERT_OK_AND_ASSIGN(const auto done, compact.Run(location_, {}, false));
  EXPECT_EQ(done.groups_lost, 0);
  EXPECT_EQ(Newest()->files.size(), 1U);
  EXPECT_EQ(Rows(all_), rows);
}

INSTANTIATE_TEST_SUITE_P(Formats, CompactTest,
                         testing::Values(Kind{"Delta", "delta"}, Kind{"DeltaWithVectors", "delta", true},
                                         Kind{"Iceberg", "iceberg"}, Kind{"IcebergWithDeletes", "iceberg", true}),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace tarn::upkeep
