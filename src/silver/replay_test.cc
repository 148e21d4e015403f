// SPDX-License-Identifier: Apache-2.0
// Refused records, edited and sent in again: from the quarantine log through bronze into silver.

#include <gtest/gtest.h>

#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

class ReplayTest : public LakeTest {
 protected:
  /// Posts records that do not fit and gives their ids.
  std::vector<std::string> Refuse(const std::string& body) {
    Post(body);
    const auto page = quarantine_.List("sales", "orders", {});
    EXPECT_THAT(page, IsOk());
    std::vector<std::string> ids;
    for (const auto& entry : page->entries) ids.push_back(entry.id);
    return ids;
  }

  quarantine::ReplayOutcome Replay(const quarantine::ReplayRequest& request) {
    auto outcome = quarantine_.Replay("sales", "orders", request);
    EXPECT_THAT(outcome, IsOk());
    return outcome ? *outcome : quarantine::ReplayOutcome();
  }
};

TEST_F(ReplayTest, WhatAnEarlierProcessDecidedIsAppendedOnce) {
  Create("id integer key, n integer");
  const auto ids = Refuse(R"([{"id":1,"n":"x"},{"id":2,"n":"y"}])");
  quarantine_.SetReplayer([](const std::string&, const std::string&) { return Status(); });  // dies before bronze
  EXPECT_EQ(Replay({.ids = {ids[0]}, .all = false, .payload = R"({"id":1,"n":1})", .request_id = "a"}).replayed, 1U);
  EXPECT_EQ(Replay({.ids = {ids[1]}, .all = false, .payload = R"({"id":2,"n":2})", .request_id = "b"}).replayed, 1U);
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.bronze.orders WHERE _replay_of IS NOT NULL"), "0");
  for (int times = 0; times < 2; ++times) {
    ASSERT_THAT(bronze_->AppendReplays("sales", "orders"), IsOk());
    EXPECT_EQ(Rows("SELECT _offset, _replay_of, _request_id, n FROM sales.bronze.orders WHERE _replay_of IS NOT NULL "
                   "ORDER BY 1"),
              "r1-1|1-1|a|1;r2-1|1-2|b|2");
  }
  Land();
  EXPECT_TRUE(MergeOnce().committed);
  EXPECT_EQ(Rows("SELECT id, n FROM sales.silver.orders ORDER BY id"), "1|1;2|2");
}

TEST_F(ReplayTest, AnotherProcessSeesTheStates) {
  Create("id integer key, n integer");
  const auto ids = Refuse(R"([{"id":1,"n":"x"},{"id":2,"n":"y"}])");
  ASSERT_THAT(quarantine_.Edit("sales", "orders", ids[0], R"({"id":1,"n":"still"})"), IsOk());
  ASSERT_THAT(quarantine_.Discard("sales", "orders", ids[1]), IsOk());
  quarantine::StateLog other(store_, clock_, "sales", "orders");
  ASSERT_OK_AND_ASSIGN(const auto fold, other.Pin());
  const auto& states = fold->states;
  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states.at(ids[0]).status, "");
  ASSERT_TRUE(states.at(ids[0]).payloads);
  EXPECT_EQ(states.at(ids[1]).status, "discarded");
  EXPECT_EQ(Rows("SELECT status, payload, reason FROM sales.quarantine.orders ORDER BY id"),
            R"(pending|{"id":1,"n":"still"}|n: Input should be a valid integer, but the text is none;)"
            R"(discarded|{"id":2,"n":"y"}|n: Input should be a valid integer, but the text is none)");
}

TEST_F(ReplayTest, AReplayThatTheMergeRefusesIsARecordOfItsOwn) {
  Create("id integer key, n integer");
  const auto ids = Refuse(R"([{"id":1,"n":"x"}])");
  EXPECT_EQ(Replay({.ids = ids, .all = false, .payload = R"({"id":1,"n":1})", .request_id = ""}).replayed, 1U);
  Land();
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  Create("id integer key, n boolean");
  EXPECT_TRUE(MergeOnce().committed);
  EXPECT_EQ(Rows("SELECT id, status FROM sales.quarantine.orders ORDER BY id"), "1-1|replayed");
  EXPECT_EQ(Rows("SELECT id, n FROM sales.silver.orders"), "1|true");
}

TEST(StateChangeTest, AnEntryComesBackAsItWas) {
  quarantine::StateChange change;
  change.id = "i";
  change.at = {17};
  change.records = {"1-1", "r2-3"};
  change.status = quarantine::kReplayed;
  change.payloads = quarantine::EntryObject{"k", 3, 4, 2};
  change.generation = 5;
  change.contract_version = 6;
  const std::string golden =
      R"({"at":17,"contract_version":6,"generation":5,"id":"i","payloads":{"crc32c":4,"entries":2,"key":"k","size":3},)"
      R"("records":["1-1","r2-3"],"status":"replayed","version":1})";
  EXPECT_EQ(quarantine::EncodeStateChange(change), golden);
  ASSERT_OK_AND_ASSIGN(const auto read, quarantine::DecodeStateChange(golden));
  EXPECT_EQ(quarantine::EncodeStateChange(read), golden);
  EXPECT_THAT(quarantine::DecodeStateChange(R"({"version":3})"), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(quarantine::DecodeStateChange("{}"), ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::silver
