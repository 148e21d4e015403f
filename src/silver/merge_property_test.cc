// SPDX-License-Identifier: Apache-2.0
// Random upserts, deletes, truncates and late records against a map that keeps the greatest record of each key.

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

struct Record {
  int64_t key = 0;
  std::string region;
  std::optional<int64_t> sequence;
  int64_t value = 0;
  bool deletes = false;
};

using Key = std::pair<std::string, int64_t>;

/// The greatest record of each key by (sequence, arrival), null sequence lowest; none that is before a truncate.
class Model {
 public:
  explicit Model(bool sequenced) : sequenced_(sequenced) {}

  void Take(const Record& record) {
    if (sequenced_ && record.sequence < truncated_) return;
    auto [at, inserted] = greatest_.try_emplace({record.region, record.key}, record);
    if (inserted) return;
    if (sequenced_ && record.sequence < at->second.sequence) return;  // nullopt is less than every number
    at->second = record;
  }

  void Truncate(int64_t sequence) {
    if (sequenced_ && truncated_ > sequence) return;
    truncated_ = sequence;
    std::erase_if(greatest_, [&](const auto& one) { return !sequenced_ || one.second.sequence <= truncated_; });
  }

  std::string Rows() const {
    std::string text;
    for (const auto& [key, record] : greatest_) {
      if (record.deletes) continue;
      if (!text.empty()) text += ";";
      text += key.first + "|" + std::to_string(key.second) + "|" + std::to_string(record.value);
    }
    return text;
  }

 private:
  const bool sequenced_;
  std::map<Key, Record> greatest_;
  std::optional<int64_t> truncated_;
};

class MergePropertyTest : public LakeTest {
 protected:
  Record RandomRecord() {
    Record record;
    record.key = Pick(40);
    record.region = Pick(2) == 0 ? "north" : "south";
    if (Pick(8) > 0) record.sequence = Pick(30);
    record.value = Pick(1'000'000);
    record.deletes = Pick(5) == 0;
    return record;
  }

  std::string RandomBatch(Model& model) {
    std::string body = "[";
    for (int64_t left = 1 + Pick(Pick(4) == 0 ? 60 : 4); left > 0; --left) {
      if (body.size() > 1) body += ",";
      if (truncates_ && Pick(12) == 0) {
        const auto sequence = Pick(20);
        model.Truncate(sequence);
        body += R"({"_op":"truncate","seq":)" + std::to_string(sequence) + "}";
        continue;
      }
      const auto record = RandomRecord();
      model.Take(record);
      body += R"({"region":")" + record.region + R"(","id":)" + std::to_string(record.key);
      if (record.sequence) body += R"(,"seq":)" + std::to_string(*record.sequence);
      body += record.deletes ? R"(,"_op":"delete"})" : R"(,"v":)" + std::to_string(record.value) + "}";
    }
    return body + "]";
  }

  void RunAgainstModel(bool sequenced, int merges) {
    Model model(sequenced);
    Create("region string key, id integer key, seq integer, v integer", sequenced ? "seq" : "");
    for (int merge = 0; merge < merges; ++merge) {
      for (int64_t posts = 1 + Pick(2); posts > 0; --posts) {
        Post(RandomBatch(model));
        if (Pick(2) == 0) Land();
      }
      Land();
      ASSERT_TRUE(MergeOnce().committed);
      ASSERT_EQ(Rows("SELECT region, id, v FROM sales.silver.orders ORDER BY region, id"), model.Rows())
          << "seed " << seed_ << ", merge " << merge;
    }
    ASSERT_OK_AND_ASSIGN(const auto figures, silver_->FiguresOf("sales", "orders"));
    ASSERT_OK_AND_ASSIGN(const auto log, bronze_->LogOf("sales", "orders").Summary());
    EXPECT_EQ(figures.counters.Sum(), log.rows) << "seed " << seed_;
  }

  int64_t Pick(int64_t below) { return static_cast<int64_t>(dice_() % static_cast<uint64_t>(below)); }

  const uint64_t seed_ = std::random_device()();
  std::mt19937_64 dice_{seed_};
  bool truncates_ = false;
};

TEST_F(MergePropertyTest, RewritingKeepsTheLastRecordOfEachKey) { RunAgainstModel(false, 20); }

TEST_F(MergePropertyTest, RewritingKeepsTheGreatestSequenceOfEachKey) { RunAgainstModel(true, 20); }

TEST_F(MergePropertyTest, WhatIsBeforeATruncateStaysDead) {
  truncates_ = true;
  RunAgainstModel(true, 25);
}

TEST_F(MergePropertyTest, TruncatesWithoutSequenceKillWhatCameBefore) {
  truncates_ = true;
  RunAgainstModel(false, 25);
}

/// Rows are marked in files of every size; a file is rewritten when a third of its rows is gone.
class MarkPropertyTest : public MergePropertyTest {
 protected:
  void SetUp() override {
    merge_on_read_ = true;
    cost_rule_.always_rewrite_bytes = 0;
    cost_rule_.min_filtered_rows = 1;
    MergePropertyTest::SetUp();
  }

  void TearDown() override {
    ASSERT_OK_AND_ASSIGN(const auto history, tables_.Get("silver/sales/orders")->History());
    bool marked = false;
    for (const int64_t version : history) {
      ASSERT_OK_AND_ASSIGN(const auto snapshot, tables_.Get("silver/sales/orders")->LoadVersion(version));
      for (const auto& file : snapshot->files) marked = marked || !file->deletes.empty();
    }
    EXPECT_TRUE(marked) << "no row was ever marked, seed " << seed_;
  }
};

TEST_F(MarkPropertyTest, MarkingKeepsTheLastRecordOfEachKey) { RunAgainstModel(false, 20); }

TEST_F(MarkPropertyTest, MarkingKeepsTheGreatestSequenceOfEachKey) { RunAgainstModel(true, 20); }

TEST_F(MarkPropertyTest, MarkingRowsOfIcebergTablesBeforeTruncates) {
  truncates_ = true;
  table_format_ = "iceberg";
  RunAgainstModel(true, 20);
}

TEST_F(MergePropertyTest, RewritingIcebergTablesKeepsTheGreatestSequenceOfEachKey) {
  table_format_ = "iceberg";
  RunAgainstModel(true, 15);
}

TEST_F(MarkPropertyTest, MarkingRowsOfIcebergTablesKeepsTheGreatestSequenceOfEachKey) {
  table_format_ = "iceberg";
  RunAgainstModel(true, 15);
}

}  // namespace
}  // namespace tarn::silver
