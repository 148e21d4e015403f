// SPDX-License-Identifier: Apache-2.0
// Entries that replace others in a bronze log: what readers, checkpoints and writers make of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "bronze/bronze_log.h"
#include "store/faulty/faulty_store.h"
#include "store/memory/memory_store.h"

namespace tarn::bronze {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ReplacingEntryTest : public testing::Test {
 protected:
  BronzeLog Open() { return BronzeLog(store_, clock_, "sales", "orders"); }

  static Status Free() { return {}; }

  /// An entry of one row behind the last one.
  LogEntry Next() {
    LogEntry entry;
    entry.id = "id-" + std::to_string(rows_);
    const auto after = rows_ == 0 ? std::nullopt : std::optional(lake::Offset{1, rows_});
    ++rows_;
    entry.sources.push_back({"node:n1", after, {1, rows_}, {1, rows_}, 1});
    entry.objects.push_back({"bronze/sales/orders/" + std::to_string(rows_), 100, 7, 1});
    entry.ranges.push_back({1, 2, 1});
    return entry;
  }

  void Append(BronzeLog& log, int count) {
    for (int i = 0; i < count; ++i) ASSERT_THAT(log.Append(Next(), Free), IsOk());
  }

  /// One entry for those with the numbers given, whose rows have `positions`.
  static LogEntry Replacing(std::vector<NumberRange> numbers, std::vector<NumberedRows> positions,
                            uint64_t swept_through = 0) {
    LogEntry entry;
    entry.id = "replaces " + std::to_string(numbers.front().first);
    uint64_t rows = 0;
    for (const auto& run : positions) rows += run.count * run.rows;
    entry.objects.push_back({"bronze/sales/orders/merged-" + std::to_string(numbers.front().first), 100, 7, rows});
    entry.ranges.push_back({1, 2, rows});
    entry.replacement.emplace();
    for (const auto& range : numbers) entry.replacement->entries.Add(range);
    entry.replacement->rows = std::move(positions);
    entry.replacement->gone = {"bronze/sales/orders/old"};
    entry.replacement->swept_through = swept_through;
    return entry;
  }

  static LogEntry Retiring(std::vector<NumberRange> numbers, uint64_t through) {
    LogEntry entry;
    entry.id = "retires " + std::to_string(through);
    auto& replacement = entry.replacement.emplace();
    for (const auto& range : numbers) replacement.entries.Add(range);
    replacement.gone = {"bronze/sales/orders/old"};
    replacement.retired_through = through;
    replacement.retired = {{1, 2, through}};
    return entry;
  }

  static std::vector<uint64_t> NumbersOf(const std::vector<NumberedEntry>& entries) {
    std::vector<uint64_t> numbers;
    for (const auto& entry : entries) numbers.push_back(entry.number);
    return numbers;
  }

  std::vector<uint64_t> Live(BronzeLog log, uint64_t after = 0) {
    const auto view = log.View(after);
    EXPECT_THAT(view, IsOk());
    return view ? NumbersOf(view->entries) : std::vector<uint64_t>();
  }

  std::vector<uint64_t> Unswept(BronzeLog log) {
    const auto unswept = log.Unswept();
    EXPECT_THAT(unswept, IsOk());
    return unswept ? NumbersOf(*unswept) : std::vector<uint64_t>();
  }

  SystemClock clock_;
  store::MemoryStore store_;
  uint64_t rows_ = 0;
};

TEST_F(ReplacingEntryTest, EncodingIsTheDocumentedOne) {
  auto entry = Replacing({{3, 4}, {9, 9}}, {{3, 2, 1}, {5, 3, 2}}, 2);
  entry.written_at = {123};
  entry.incarnation = 7;
  const auto text = EncodeLogEntry(entry);
  EXPECT_EQ(
      text,
      R"({"fields":[],"id":"replaces 3","incarnation":7,"objects":[{"crc32c":7,"key":"bronze/sales/orders/merged-3","rows":8,"size":100}],"purge":false,"quarantine":[],"ranges":[[1,2,8]],"replacement":{"entries":[[3,4],[9,9]],"gone":["bronze/sales/orders/old"],"rows":[[3,2,1],[5,3,2]],"swept_through":2},"sources":[],"version":2,"written_at":123})");
  ASSERT_OK_AND_ASSIGN(const auto back, DecodeLogEntry(text));
  EXPECT_EQ(back, entry);
  LogCheckpoint checkpoint;
  checkpoint.summary.head = 9;
  checkpoint.summary.swept_through = 3;
  checkpoint.summary.replaced.Add({3, 5});
  checkpoint.first = 9;
  checkpoint.entries = {entry};
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeLogCheckpoint(EncodeLogCheckpoint(checkpoint)));
  EXPECT_EQ(read.summary, checkpoint.summary);
  EXPECT_EQ(read.entries, checkpoint.entries);
}

TEST_F(ReplacingEntryTest, WhatRetiresIsWrittenAsDocumented) {
  auto entry = Retiring({{1, 4}}, 4);
  entry.written_at = {123};
  entry.replacement->newest_at = {99};
  const auto text = EncodeLogEntry(entry);
  EXPECT_EQ(
      text,
      R"({"fields":[],"id":"retires 4","incarnation":0,"objects":[],"purge":false,"quarantine":[],"ranges":[],"replacement":{"entries":[[1,4]],"gone":["bronze/sales/orders/old"],"newest_at":99,"retired":[[1,2,4]],"retired_through":4,"rows":[],"swept_through":0},"sources":[],"version":4,"written_at":123})");
  ASSERT_OK_AND_ASSIGN(const auto back, DecodeLogEntry(text));
  EXPECT_EQ(back, entry);
  LogCheckpoint checkpoint;
  checkpoint.summary.head = 9;
  checkpoint.summary.replaced.Add({1, 4});
  checkpoint.summary.retired_through = 4;
  checkpoint.summary.retired = {{1, 2, 4}};
  checkpoint.first = 10;
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeLogCheckpoint(EncodeLogCheckpoint(checkpoint)));
  EXPECT_EQ(read.summary, checkpoint.summary);
}

TEST_F(ReplacingEntryTest, WhatWasErasedIsWrittenAsDocumented) {
  auto entry = Replacing({{3, 4}}, {{3, 1, 1}, {4, 1, 0}}, 2);
  entry.replacement->erased = {{4, 1, 3}};
  entry.written_at = {123};
  const auto text = EncodeLogEntry(entry);
  EXPECT_THAT(text, testing::HasSubstr(R"("replacement":{"entries":[[3,4]],"erased":[[4,1,3]],"gone":[)"));
  EXPECT_THAT(text, testing::HasSubstr(R"("version":5)"));
  ASSERT_OK_AND_ASSIGN(const auto back, DecodeLogEntry(text));
  EXPECT_EQ(back, entry);
  EXPECT_EQ(back.erased_rows(), 3U);
}

TEST_F(ReplacingEntryTest, WhatRetiresIsThereWithoutRows) {
  auto log = Open();
  Append(log, 4);
  ASSERT_THAT(log.Append(Retiring({{1, 2}}, 2), Free), IsOk());  // 5
  EXPECT_THAT(Live(Open()), ElementsAre(5, 3, 4));
  EXPECT_THAT(Live(Open(), 2), ElementsAre(3, 4)) << "nothing of it is to be merged";
  EXPECT_THAT(log.Append(Retiring({{3, 3}}, 1), Free), ErrorIs(ErrorCode::kConflict)) << "it never goes back";
  EXPECT_THAT(log.Append(Retiring({{2, 3}}, 3), Free), ErrorIs(ErrorCode::kConflict)) << "retired before";
  ASSERT_THAT(log.Append(Retiring({{3, 3}, {5, 5}}, 3), Free), IsOk());  // 6
  EXPECT_THAT(Live(Open()), ElementsAre(6, 4));
  EXPECT_THAT(Unswept(Open()), ElementsAre(5, 6));
  ASSERT_OK_AND_ASSIGN(const auto summary, Open().Summary());
  EXPECT_EQ(summary.retired_through, 3U);
  EXPECT_EQ(summary.rows, 4U);
}

TEST_F(ReplacingEntryTest, DocumentsWithoutOneAreOfTheFirstVersion) {
  EXPECT_THAT(EncodeLogEntry(Next()), testing::HasSubstr(R"("version":1)"));
  EXPECT_THAT(EncodeLogCheckpoint({}), testing::HasSubstr(R"("version":1)"));
}

TEST_F(ReplacingEntryTest, ItsRowsStandWhereTheReplacedOnesStood) {
  auto log = Open();
  Append(log, 6);
  ASSERT_THAT(log.Append(Replacing({{2, 4}}, {{2, 3, 1}}), Free), IsOk());
  Append(log, 1);
  ASSERT_OK_AND_ASSIGN(const auto view, log.View());
  EXPECT_THAT(NumbersOf(view.entries), ElementsAre(1, 7, 5, 6, 8));
  EXPECT_EQ(view.summary.rows, 7);
  EXPECT_EQ(view.entries[1].first_position(), 2);
  EXPECT_EQ(view.entries[1].last_position(), 4);
  EXPECT_THAT(Live(Open()), ElementsAre(1, 7, 5, 6, 8));
}

TEST_F(ReplacingEntryTest, AReaderBehindAPositionSeesOnlyRowsBehindIt) {
  auto log = Open();
  Append(log, 6);
  ASSERT_THAT(log.Append(Replacing({{1, 4}}, {{1, 2, 1}, {3, 2, 1}}), Free), IsOk());
  EXPECT_THAT(Live(Open(), 4), ElementsAre(5, 6)) << "it has no rows to merge";
  ASSERT_OK_AND_ASSIGN(const auto view, log.View(3));
  ASSERT_THAT(NumbersOf(view.entries), ElementsAre(7, 5, 6));
  EXPECT_EQ(view.entries[0].skip_rows, 3);
  EXPECT_EQ(view.entries[0].rows(), 1);
}

TEST_F(ReplacingEntryTest, ItMayBeReplacedItself) {
  auto log = Open();
  Append(log, 6);
  ASSERT_THAT(log.Append(Replacing({{1, 3}}, {{1, 3, 1}}), Free), IsOk());
  ASSERT_THAT(log.Append(Replacing({{4, 6}}, {{4, 3, 1}}), Free), IsOk());
  ASSERT_THAT(log.Append(Replacing({{7, 8}}, {{1, 6, 1}}), Free), IsOk());
  EXPECT_THAT(Live(Open()), ElementsAre(9));
  EXPECT_THAT(Unswept(Open()), ElementsAre(7, 8, 9)) << "what each of them replaced is still to be deleted";
  ASSERT_OK_AND_ASSIGN(const auto summary, log.Summary());
  EXPECT_THAT(summary.replaced.ranges(), ElementsAre(NumberRange{1, 8}));
}

TEST_F(ReplacingEntryTest, WhatIsNotLiveCannotBeReplaced) {
  auto log = Open();
  Append(log, 4);
  EXPECT_THAT(log.Append(Replacing({{3, 5}}, {{3, 2, 1}}), Free), ErrorIs(ErrorCode::kConflict)) << "not there";
  ASSERT_THAT(log.Append(Replacing({{1, 2}}, {{1, 2, 1}}), Free), IsOk());
  EXPECT_THAT(log.Append(Replacing({{2, 3}}, {{2, 2, 1}}), Free), ErrorIs(ErrorCode::kConflict)) << "replaced";
  LogEntry purge;
  purge.purge = true;
  ASSERT_THAT(log.Append(purge, Free), IsOk());
  EXPECT_THAT(log.Append(Replacing({{3, 4}}, {{3, 2, 1}}), Free), ErrorIs(ErrorCode::kConflict)) << "purged";
  EXPECT_THAT(Live(Open()), IsEmpty());
}

TEST_F(ReplacingEntryTest, ItLeavesTheSourcesWhereTheyAre) {
  auto log = Open();
  Append(log, 3);
  auto replacing = Replacing({{1, 2}}, {{1, 2, 1}});
  replacing.sources.push_back({"node:n1", std::nullopt, {1, 1}, {1, 2}, 2});
  ASSERT_THAT(log.Append(replacing, Free), IsOk());
  Append(log, 1);
  ASSERT_OK_AND_ASSIGN(const auto summary, Open().Summary());
  EXPECT_EQ(summary.last_by_source.at("node:n1"), (lake::Offset{1, 4}));
}

/// Replaced stretches are not read again: their entries and checkpoints may be gone.
TEST_F(ReplacingEntryTest, ANewReaderNeedsNothingOfWhatWasReplacedAndSwept) {
  auto log = Open();
  Append(log, 350);
  ASSERT_THAT(log.Append(Replacing({{1, 250}}, {{1, 250, 1}}), Free), IsOk());  // 351
  Append(log, 60);
  ASSERT_THAT(log.Append(Replacing({{252, 300}}, {{252, 49, 1}}, 351), Free), IsOk());
  Append(log, 250);
  for (uint64_t number = 1; number <= 250; ++number) {
    ASSERT_THAT(store_.Delete(log.EntryKey(number)), IsOk());
    ASSERT_THAT(store_.Delete(log.CheckpointKey(number)), IsOk());
  }
  std::vector<uint64_t> expected{351, 251, 412};
  for (uint64_t number = 301; number <= 662; ++number) {
    if (number != 351 && number != 412) expected.push_back(number);
  }
  EXPECT_EQ(Live(Open()), expected);
  EXPECT_THAT(Unswept(Open()), ElementsAre(412));
  auto reader = Open();
  ASSERT_OK_AND_ASSIGN(const auto first, reader.View());
  ASSERT_OK_AND_ASSIGN(const auto second, reader.View());
  EXPECT_EQ(NumbersOf(first.entries), NumbersOf(second.entries));
  EXPECT_THAT(reader.Append(Next(), Free), IsOk());
}

TEST_F(ReplacingEntryTest, ALongLogIsReadByItsLiveEntriesOnly) {
  auto log = Open();
  constexpr uint64_t kEntries = 12'000;
  uint64_t first = 1;
  for (uint64_t number = 1; number <= kEntries; ++number) {
    if (number - first < 99) {
      ASSERT_THAT(log.Append(Next(), Free), IsOk());
      continue;
    }
    ASSERT_THAT(log.Append(Replacing({{first, number - 1}}, {{first, number - first, 1}}, number - 1), Free), IsOk());
    first = number + 1;
  }
  store::FaultyStore counting(store_);
  BronzeLog reader(counting, clock_, "sales", "orders");
  ASSERT_OK_AND_ASSIGN(const auto view, reader.View());
  EXPECT_EQ(view.entries.size(), 120);
  EXPECT_LE(counting.count(store::StoreOperation::kGet), 130) << "a checkpoint for each live entry";
  const auto reads = counting.count(store::StoreOperation::kGet);
  ASSERT_THAT(reader.View(), IsOk());
  EXPECT_EQ(counting.count(store::StoreOperation::kGet), reads) << "remembered";
}

TEST_F(ReplacingEntryTest, TwoWritersReplaceAnEntryOnce) {
  auto one = Open();
  Append(one, 3);
  auto other = Open();
  ASSERT_THAT(other.Summary(), IsOk());
  ASSERT_THAT(one.Append(Replacing({{1, 2}}, {{1, 2, 1}}), Free), IsOk());
  EXPECT_THAT(other.Append(Replacing({{2, 3}}, {{2, 2, 1}}), Free), ErrorIs(ErrorCode::kConflict));
  EXPECT_THAT(Live(Open()), ElementsAre(4, 3));
}

TEST_F(ReplacingEntryTest, ALostAnswerIsReadBack) {
  auto log = Open();
  Append(log, 3);
  store::FaultyStore faulty(store_);
  faulty.Inject({.operation = store::StoreOperation::kPutIfAbsent,
                 .error = Error{ErrorCode::kUnknownOutcome, "lost", {}},
                 .effect = store::StoreEffect::kDone});
  BronzeLog writer(faulty, clock_, "sales", "orders");
  EXPECT_THAT(writer.Append(Replacing({{1, 2}}, {{1, 2, 1}}), Free), IsOk());
  EXPECT_THAT(Live(Open()), ElementsAre(4, 3));
}

}  // namespace
}  // namespace tarn::bronze
