// SPDX-License-Identifier: Apache-2.0
#include "store/series.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "base/random.h"
#include "base/result_matchers.h"
#include "store/faulty/faulty_store.h"
#include "store/local/local_store.h"
#include "store/local/posix_disk.h"
#include "store/memory/memory_store.h"
#include "store/temp_directory_testing.h"

namespace tarn::store {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

SeriesName Padded() { return {.prefix = "s/_log/", .suffix = ".json"}; }

class SeriesTest : public ::testing::Test {
 protected:
  Series Open() { return {store_, Padded(), clock_}; }

  void Collect(uint64_t first, uint64_t last) {
    for (auto n = first; n <= last; ++n) ASSERT_THAT(store_.Delete(Padded().KeyOf(n)), IsOk());
  }

  ManualClock clock_{Timestamp{1'767'225'600'000'000}};
  MemoryStore inner_;
  FaultyStore store_{inner_};
};

/// Head of a series that must be readable; nullopt while empty.
std::optional<uint64_t> HeadOf(Series& series) {
  const auto head = series.Head();
  EXPECT_THAT(head, IsOk());
  return head ? *head : std::nullopt;
}

TEST(SeriesNameTest, NumbersAndKeysMatch) {
  const auto name = Padded();
  EXPECT_EQ(name.KeyOf(7), "s/_log/00000000000000000007.json");
  EXPECT_EQ(name.NumberOf(name.KeyOf(UINT64_MAX)), UINT64_MAX);
  for (const auto* other : {"s/_log/7.json", "s/_log/00000000000000000000.json", "s/_log/0000000000000000000x.json",
                            "s/_log/.json", "s/_log/00000000000000000007.json.tmp", "t/_log/00000000000000000007.json",
                            "s/_log/00000000000000000007.checkpoint.json", "s/_log/99999999999999999999.json"}) {
    EXPECT_EQ(name.NumberOf(other), std::nullopt) << other;
  }
  const SeriesName plain{.prefix = "v", .suffix = ".metadata.json", .digits = 0, .first_number = 0};
  EXPECT_EQ(plain.KeyOf(12), "v12.metadata.json");
  EXPECT_EQ(plain.NumberOf("v12.metadata.json"), 12U);
  EXPECT_EQ(plain.NumberOf("v0.metadata.json"), 0U);
  EXPECT_EQ(plain.NumberOf("v012.metadata.json"), std::nullopt);
  EXPECT_EQ(plain.NumberOf("v-1.metadata.json"), std::nullopt);
}

TEST_F(SeriesTest, GrowsFromEmpty) {
  auto series = Open();
  EXPECT_EQ(HeadOf(series), std::nullopt);
  ASSERT_THAT(series.Put(1, "one"), IsOk());
  ASSERT_THAT(series.Put(2, "two"), IsOk());
  EXPECT_EQ(HeadOf(series), 2U);
  ASSERT_OK_AND_ASSIGN(const auto body, series.Read(2));
  EXPECT_EQ(body, "two");
  EXPECT_THAT(series.Read(3), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(series.Put(0, "zero"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(SeriesTest, LoserSeesConflictAndTheWinnersNumber) {
  auto first = Open();
  auto second = Open();
  EXPECT_EQ(HeadOf(second), std::nullopt);
  ASSERT_THAT(first.Put(1, "same"), IsOk());
  EXPECT_THAT(second.Put(1, "same"), ErrorIs(ErrorCode::kConflict));
  EXPECT_THAT(second.Put(1, "same"), ErrorIs(ErrorCode::kConflict));
  EXPECT_EQ(HeadOf(second), 1U);
  ASSERT_THAT(second.Put(2, "next"), IsOk());
  EXPECT_EQ(HeadOf(first), 2U);
}

TEST_F(SeriesTest, ProbesInsteadOfListingInSteadyState) {
  auto writer = Open();
  auto reader = Open();
  EXPECT_EQ(HeadOf(writer), std::nullopt);
  EXPECT_EQ(HeadOf(reader), std::nullopt);
  store_.ResetCounts();
  for (uint64_t n = 1; n <= 20; ++n) {
    ASSERT_THAT(writer.Put(n, "x"), IsOk());
    EXPECT_EQ(HeadOf(reader), n);
    clock_.Advance(minutes(59));
  }
  EXPECT_EQ(store_.count(StoreOperation::kList), 0U);
  EXPECT_EQ(store_.count(StoreOperation::kPutIfAbsent), 20U);
  EXPECT_EQ(store_.count(StoreOperation::kHead), 40U);  // the new number and the absent one after it
}

TEST_F(SeriesTest, EmptySeriesIsProbedAfterTheFirstList) {
  auto series = Open();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(HeadOf(series), std::nullopt);
  EXPECT_EQ(store_.count(StoreOperation::kList), 1U);
  EXPECT_EQ(store_.count(StoreOperation::kHead), 2U);
}

TEST_F(SeriesTest, ListsWhenKnowledgeIsOlderThanAnHour) {
  auto writer = Open();
  auto reader = Open();
  ASSERT_THAT(writer.Put(1, "x"), IsOk());
  EXPECT_EQ(HeadOf(reader), 1U);
  for (uint64_t n = 2; n <= 30; ++n) ASSERT_THAT(writer.Put(n, "x"), IsOk());
  Collect(1, 29);  // a probe of 2 would find nothing and believe 1
  clock_.Advance(hours(1) + milliseconds(1));
  store_.ResetCounts();
  EXPECT_EQ(HeadOf(reader), 30U);
  EXPECT_EQ(store_.count(StoreOperation::kList), 1U);
  EXPECT_EQ(store_.count(StoreOperation::kHead), 0U);
}

TEST_F(SeriesTest, FarBehindReaderListsAfterSomeProbes) {
  auto writer = Open();
  auto reader = Open();
  EXPECT_EQ(HeadOf(reader), std::nullopt);
  for (uint64_t n = 1; n <= 500; ++n) ASSERT_THAT(writer.Put(n, "x"), IsOk());
  store_.ResetCounts();
  EXPECT_EQ(HeadOf(reader), 500U);
  EXPECT_EQ(store_.count(StoreOperation::kList), 1U);
  EXPECT_LT(store_.count(StoreOperation::kHead), 100U);
}

TEST_F(SeriesTest, LateWinnerOfACollectedNumberDoesNotBelieveIt) {
  auto late = Open();
  auto writer = Open();
  EXPECT_EQ(HeadOf(late), std::nullopt);
  for (uint64_t n = 1; n <= 5; ++n) ASSERT_THAT(writer.Put(n, "x"), IsOk());
  Collect(1, 4);
  clock_.Advance(hours(25));
  EXPECT_THAT(late.Put(1, "zombie"), ErrorIs(ErrorCode::kConflict));
  EXPECT_EQ(HeadOf(late), 5U);
  EXPECT_THAT(late.Read(1), ErrorIs(ErrorCode::kNotFound));
  ASSERT_THAT(late.Put(6, "x"), IsOk());
}

TEST_F(SeriesTest, WhoCannotListPutsNothing) {
  auto series = Open();
  store_.Inject({.operation = StoreOperation::kList});
  EXPECT_THAT(series.Put(1, "mine"), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_EQ(store_.count(StoreOperation::kPutIfAbsent), 0U);
  ASSERT_THAT(series.Put(1, "mine"), IsOk());
}

TEST_F(SeriesTest, ANumberThatOthersBuiltOnAtOnceStays) {
  constexpr uint64_t kNumbers = 200;
  std::atomic<uint64_t> won = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      for (uint64_t n = 1; n <= kNumbers; ++n) {
        auto newcomer = Open();  // one that never looked, as the registries' series are
        const auto put = newcomer.Put(n, "x");
        if (put) ++won;
        EXPECT_TRUE(put || put.error().code == ErrorCode::kConflict) << put.error().ToString();
      }
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(won, kNumbers);
  auto series = Open();
  ASSERT_OK_AND_ASSIGN(const auto numbers, series.Numbers());
  EXPECT_EQ(numbers.size(), kNumbers);
}

TEST_F(SeriesTest, StaleKnowledgeIsUsedUntilTheStoresBound) {
  MemoryStore remote({.max_staleness = milliseconds(1000)});
  FaultyStore counted(remote);
  Series writer(counted, Padded(), clock_);
  Series reader(counted, Padded(), clock_);
  EXPECT_EQ(HeadOf(reader), std::nullopt);
  ASSERT_THAT(writer.Put(1, "x"), IsOk());
  counted.ResetCounts();
  clock_.Advance(milliseconds(999));
  EXPECT_EQ(HeadOf(reader), std::nullopt);
  EXPECT_EQ(counted.count(StoreOperation::kHead), 0U);
  clock_.Advance(milliseconds(1));
  EXPECT_EQ(HeadOf(reader), 1U);
}

TEST_F(SeriesTest, ForeignHeadIsMadeDurableOnce) {
  auto writer = Open();
  auto reader = Open();
  for (uint64_t n = 1; n <= 3; ++n) ASSERT_THAT(writer.Put(n, "x"), IsOk());
  EXPECT_EQ(store_.count(StoreOperation::kMakeDurable), 0U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(HeadOf(reader), 3U);
  for (uint64_t n = 1; n <= 3; ++n) ASSERT_THAT(reader.Read(n), IsOk());
  EXPECT_EQ(store_.count(StoreOperation::kMakeDurable), 1U);
}

TEST_F(SeriesTest, HeadThatCannotBeMadeDurableIsAnError) {
  auto writer = Open();
  ASSERT_THAT(writer.Put(1, "x"), IsOk());
  store_.Inject({.operation = StoreOperation::kMakeDurable});
  auto reader = Open();
  EXPECT_THAT(reader.Head(), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_EQ(HeadOf(reader), 1U);
}

// ---- lost answers ----

TEST_F(SeriesTest, LostAnswerOfADonePutIsSuccess) {
  auto series = Open();
  EXPECT_EQ(HeadOf(series), std::nullopt);
  for (const auto effect : {StoreEffect::kDone, StoreEffect::kTwice}) {
    const auto n = HeadOf(series).value_or(0) + 1;
    store_.Inject({.error = Error{ErrorCode::kUnknownOutcome, "lost", {}}, .effect = effect});
    ASSERT_THAT(series.Put(n, "mine"), IsOk());
    EXPECT_EQ(HeadOf(series), n);
  }
}

TEST_F(SeriesTest, LostRequestIsUnavailableAndCanBeRepeated) {
  auto series = Open();
  store_.Inject({.error = Error{ErrorCode::kUnknownOutcome, "lost", {}}});
  EXPECT_THAT(series.Put(1, "mine"), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_EQ(HeadOf(series), std::nullopt);
  ASSERT_THAT(series.Put(1, "mine"), IsOk());
}

TEST_F(SeriesTest, LostAnswerWithAnotherWinnerIsConflict) {
  auto series = Open();
  EXPECT_EQ(HeadOf(series), std::nullopt);
  store_.Inject({.error = Error{ErrorCode::kUnknownOutcome, "lost", {}},
                 .before = [&] { ASSERT_THAT(inner_.PutIfAbsent(Padded().KeyOf(1), "theirs"), IsOk()); }});
  EXPECT_THAT(series.Put(1, "mine"), ErrorIs(ErrorCode::kConflict));
  ASSERT_OK_AND_ASSIGN(const auto body, series.Read(1));
  EXPECT_EQ(body, "theirs");
}

TEST_F(SeriesTest, LostAnswerThatCannotBeReadBackIsUnknown) {
  auto series = Open();
  EXPECT_EQ(HeadOf(series), std::nullopt);
  store_.Inject({.error = Error{ErrorCode::kUnknownOutcome, "lost", {}}, .effect = StoreEffect::kDone});
  store_.Inject({.operation = StoreOperation::kGet});
  EXPECT_THAT(series.Put(1, "mine"), ErrorIs(ErrorCode::kUnknownOutcome));
  ASSERT_THAT(series.Put(1, "mine"), IsOk()) << "the repeated call finds its own put";
}

TEST_F(SeriesTest, LateRequestIsRecognisedByTheRepeatedCall) {
  auto series = Open();
  EXPECT_EQ(HeadOf(series), std::nullopt);
  store_.Inject({.error = Error{ErrorCode::kUnknownOutcome, "lost", {}}, .effect = StoreEffect::kLater});
  store_.Inject({.operation = StoreOperation::kGet, .error = Error{ErrorCode::kNotFound, "not there yet", {}}});
  EXPECT_THAT(series.Put(1, "mine"), ErrorIs(ErrorCode::kUnavailable));
  ASSERT_THAT(series.Put(1, "mine"), IsOk());
  EXPECT_EQ(HeadOf(series), 1U);
}

TEST_F(SeriesTest, RefusedPutIsUnavailable) {
  auto series = Open();
  store_.Inject({});
  EXPECT_THAT(series.Put(1, "mine"), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(inner_.Get(Padded().KeyOf(1)), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(SeriesTest, NumbersAreListedInOrder) {
  const SeriesName plain{.prefix = "v", .suffix = ".json", .digits = 0};
  Series series(store_, plain, clock_);
  for (uint64_t n = 1; n <= 12; ++n) ASSERT_THAT(series.Put(n, "x"), IsOk());
  ASSERT_THAT(store_.Delete(plain.KeyOf(3)), IsOk());
  ASSERT_THAT(store_.PutIfAbsent("vacuum.json", "x"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto numbers, series.Numbers(2));
  EXPECT_EQ(numbers, std::vector<uint64_t>({2, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  Series fresh(store_, plain, clock_);
  EXPECT_EQ(HeadOf(fresh), 12U);
}

// ---- many writers ----

/// Writers that each take the next number until `target`; every number must have one winner.
void RaceWriters(ObjectStore& store, uint64_t target, int threads_count) {
  SystemClock clock;
  std::vector<std::map<uint64_t, std::string>> won(static_cast<size_t>(threads_count));
  std::atomic<int> unexpected{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < threads_count; ++i) {
      threads.emplace_back([&, i] {
        Series series(store, Padded(), clock);
        for (;;) {
          const auto head = series.Head();
          if (!head) {
            unexpected.fetch_add(1);
            return;
          }
          const auto n = head->value_or(0) + 1;
          if (n > target) return;
          const auto body = std::to_string(i) + ":" + std::to_string(n);
          const auto put = series.Put(n, body);
          if (put) {
            won[static_cast<size_t>(i)][n] = body;
          } else if (put.error().code != ErrorCode::kConflict) {
            unexpected.fetch_add(1);
          }
        }
      });
    }
  }
  EXPECT_EQ(unexpected.load(), 0);
  std::map<uint64_t, std::string> winners;
  for (const auto& numbers : won) {
    for (const auto& [n, body] : numbers) EXPECT_TRUE(winners.emplace(n, body).second) << "two winners of " << n;
  }
  EXPECT_EQ(winners.size(), target);
  Series series(store, Padded(), clock);
  for (const auto& [n, body] : winners) {
    const auto found = series.Read(n);
    EXPECT_TRUE(found && *found == body) << n;
  }
}

TEST(SeriesRaceTest, EachNumberHasOneWinnerInMemory) {
  MemoryStore store;
  RaceWriters(store, 300, 8);
}

TEST(SeriesRaceTest, EachNumberHasOneWinnerOnDisk) {
  const TempDirectory directory;
  PosixDisk disk;
  ASSERT_OK_AND_ASSIGN(const auto store, LocalStore::Open(disk, {.root = directory / "lake", .on_fatal = {}}));
  RaceWriters(*store, 60, 8);
}

TEST(SeriesRaceTest, SharedSeriesHasOneWinnerPerNumber) {
  MemoryStore store;
  SystemClock clock;
  Series series(store, Padded(), clock);
  std::atomic<uint64_t> wins{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        for (auto head = series.Head(); head && head->value_or(0) < 200; head = series.Head()) {
          if (series.Put(head->value_or(0) + 1, std::to_string(i))) wins.fetch_add(1);
        }
      });
    }
  }
  EXPECT_EQ(wins.load(), 200U);
}

/// Two writers append their own entries through a bad network: each entry lands exactly once, in its writer's order.
void AppendThroughFaults(uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  MemoryStore inner;
  FaultyStore store(inner, {.refused = 0.1, .lost_request = 0.1, .lost_answer = 0.1, .late_request = 0.1, .twice = 0.1},
                    seed);
  ManualClock clock(Timestamp{0});
  Series first(store, Padded(), clock);
  Series second(store, Padded(), clock);
  const std::vector<Series*> writers = {&first, &second};
  std::vector<int> done(2, 0);
  SeededRandomness randomness(seed);
  for (int step = 0; step < 400 && (done[0] < 10 || done[1] < 10); ++step) {
    const auto who = randomness.Next() % 2;
    const auto head = writers[who]->Head();
    if (!head) continue;
    const auto body = std::to_string(who) + ":" + std::to_string(done[who]);
    if (*head) {  // an earlier try may have landed: compare before writing again
      const auto numbers = inner.List(Padded().prefix);
      bool landed = false;
      for (const auto& object : *numbers) landed = landed || *inner.Get(object.key) == body;
      if (landed) {
        ++done[who];
        continue;
      }
    }
    if (writers[who]->Put(head->value_or(0) + 1, body)) ++done[who];
  }
  store.SetRates({});
  store.DeliverLate();
  std::vector<int> next(2, 0);
  const auto objects = inner.List(Padded().prefix);
  ASSERT_THAT(objects, IsOk());
  for (size_t i = 0; i < objects->size(); ++i) {
    EXPECT_EQ(Padded().NumberOf((*objects)[i].key), i + 1);
    const auto body = *inner.Get((*objects)[i].key);
    const auto who = static_cast<size_t>(body[0] - '0');
    EXPECT_EQ(body, std::to_string(who) + ":" + std::to_string(next[who]++));
  }
  EXPECT_GE(next[0], done[0]);
  EXPECT_GE(next[1], done[1]);
}

TEST(SeriesFaultTest, EveryEntryLandsOnceThroughABadNetwork) {
  for (uint64_t seed = 1; seed <= 200; ++seed) AppendThroughFaults(seed);
}

}  // namespace
}  // namespace tarn::store
