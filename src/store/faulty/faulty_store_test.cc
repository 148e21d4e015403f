// SPDX-License-Identifier: Apache-2.0
#include "store/faulty/faulty_store.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"

namespace tarn::store {
namespace {

const Error kLost{ErrorCode::kUnknownOutcome, "lost", {}};

class FaultyStoreTest : public ::testing::Test {
 protected:
  bool Has(const std::string& key) { return inner_.Head(key).has_value(); }

  MemoryStore inner_;
  FaultyStore store_{inner_};
};

TEST_F(FaultyStoreTest, FailsTheChosenCallsOnMatchingKeys) {
  store_.Inject({.key_contains = "_log/", .nth = 2, .times = 2});
  ASSERT_THAT(store_.PutIfAbsent("a/_log/1", "x"), IsOk());
  ASSERT_THAT(store_.PutIfAbsent("a/data", "x"), IsOk());
  EXPECT_THAT(store_.PutIfAbsent("a/_log/2", "x"), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(store_.PutIfAbsent("b/_log/2", "x"), ErrorIs(ErrorCode::kUnavailable));
  ASSERT_THAT(store_.PutIfAbsent("a/_log/2", "x"), IsOk());
  EXPECT_EQ(store_.count(StoreOperation::kPutIfAbsent), 5U);
}

TEST_F(FaultyStoreTest, EffectDecidesWhatHappened) {
  store_.Inject({.error = kLost, .effect = StoreEffect::kNothing});
  store_.Inject({.error = kLost, .effect = StoreEffect::kDone});
  store_.Inject({.error = kLost, .effect = StoreEffect::kTwice});
  for (const auto* key : {"nothing", "done", "twice"}) {
    EXPECT_THAT(store_.PutIfAbsent(key, "x"), ErrorIs(ErrorCode::kUnknownOutcome));
  }
  EXPECT_FALSE(Has("nothing"));
  EXPECT_TRUE(Has("done"));
  EXPECT_TRUE(Has("twice"));
}

TEST_F(FaultyStoreTest, LateRequestArrivesBeforeTheNextCall) {
  store_.Inject({.error = kLost, .effect = StoreEffect::kLater});
  EXPECT_THAT(store_.PutIfAbsent("k", "x"), ErrorIs(ErrorCode::kUnknownOutcome));
  EXPECT_FALSE(Has("k"));
  EXPECT_THAT(store_.PutIfAbsent("k", "y"), ErrorIs(ErrorCode::kAlreadyExists));
}

TEST_F(FaultyStoreTest, HookRunsBeforeTheCallAndMayUseTheStore) {
  store_.Inject({.error = std::nullopt, .before = [&] { ASSERT_THAT(store_.PutIfAbsent("k", "theirs"), IsOk()); }});
  EXPECT_THAT(store_.PutIfAbsent("k", "mine"), ErrorIs(ErrorCode::kAlreadyExists));
}

TEST_F(FaultyStoreTest, ReadersAndWritersFailToo) {
  ASSERT_THAT(store_.PutIfAbsent("k", "body"), IsOk());
  store_.Inject({.operation = StoreOperation::kReadAt});
  store_.Inject({.operation = StoreOperation::kFinish, .error = kLost, .effect = StoreEffect::kDone});
  ASSERT_OK_AND_ASSIGN(const auto reader, store_.OpenReader("k"));
  std::string part(4, '?');
  EXPECT_THAT(reader->ReadAt(0, part), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(reader->ReadAt(0, part), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto writer, store_.OpenWriter("w"));
  ASSERT_THAT(writer->Append("x"), IsOk());
  EXPECT_THAT(writer->Finish(), ErrorIs(ErrorCode::kUnknownOutcome));
  EXPECT_TRUE(Has("w"));
}

TEST_F(FaultyStoreTest, OneSeedGivesOneCourse) {
  const auto course = [](uint64_t seed) {
    MemoryStore inner;
    FaultyStore store(
        inner, {.refused = 0.2, .lost_request = 0.1, .lost_answer = 0.2, .late_request = 0.1, .twice = 0.1}, seed);
    std::vector<int> codes;
    for (int i = 0; i < 200; ++i) {
      const auto put = store.PutIfAbsent("k" + std::to_string(i % 50), "x");
      codes.push_back(put ? -1 : static_cast<int>(put.error().code));
    }
    return codes;
  };
  EXPECT_EQ(course(7), course(7));
  EXPECT_NE(course(7), course(8));
}

}  // namespace
}  // namespace tarn::store
