// SPDX-License-Identifier: Apache-2.0
#include "bronze/bronze_log.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"

namespace tarn::bronze {
namespace {

constexpr const char* kSource = "node:n1";

class BronzeLogTest : public testing::Test {
 protected:
  BronzeLog Open() { return BronzeLog(store_, clock_, "sales", "orders"); }

  /// An entry of rows (from, upto] of the source.
  static LogEntry Entry(uint64_t from, uint64_t upto) {
    LogEntry entry;
    entry.id = "id-" + std::to_string(upto);
    entry.incarnation = 1;
    entry.sources.push_back({kSource,
                             from == 0 ? std::nullopt : std::optional(lake::Offset{1, from}),
                             {1, from + 1},
                             {1, upto},
                             upto - from});
    entry.objects.push_back({"bronze/sales/orders/" + std::to_string(upto), 100, 7, upto - from});
    entry.ranges.push_back({1, 2, upto - from});
    return entry;
  }

  static Status Free() { return {}; }

  static Result<std::vector<NumberedEntry>> EntriesOf(BronzeLog& log, uint64_t after = 0) {
    TARN_ASSIGN(auto view, log.View(after));
    return std::move(view.entries);
  }

  SystemClock clock_;
  store::MemoryStore store_;
};

TEST_F(BronzeLogTest, EntryAndCheckpointComeBackAsTheyWere) {
  auto entry = Entry(3, 9);
  entry.quarantine.push_back({"quarantine/sales/orders/x", 5, 6, 1});
  entry.fields.push_back({"Größe", table::Decimal(12, 3)});
  entry.written_at = {123};
  ASSERT_OK_AND_ASSIGN(const auto back, DecodeLogEntry(EncodeLogEntry(entry)));
  EXPECT_EQ(back, entry);
  LogCheckpoint checkpoint{
      {.head = 4, .last_by_source = {{kSource, {1, 9}}}, .fields = entry.fields, .rows = 9}, 4, {entry}};
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeLogCheckpoint(EncodeLogCheckpoint(checkpoint)));
  EXPECT_EQ(read.summary, checkpoint.summary);
  EXPECT_EQ(read.entries, checkpoint.entries);
}

TEST_F(BronzeLogTest, WhatWasPurgedIsCountedAlsoByCheckpoints) {
  LogSummary summary;
  ASSERT_THAT(Fold(1, Entry(0, 5), summary), IsOk());
  LogEntry purge;
  purge.purge = true;
  ASSERT_THAT(Fold(2, purge, summary), IsOk());
  ASSERT_THAT(Fold(3, Entry(5, 7), summary), IsOk());
  ASSERT_THAT(Fold(4, purge, summary), IsOk());
  EXPECT_EQ(summary.purged_rows, 7U);
  EXPECT_EQ(summary.rows, 0U);
  const auto text = EncodeLogCheckpoint({summary, 5, {}});
  EXPECT_EQ(
      text,
      R"({"entries":[],"fields":[],"first":5,"head":4,"last_by_source":{"node:n1":[1,7]},"purged_rows":7,"purged_through":4,"replaced":[],"rows":0,"swept_through":0,"version":3})");
  ASSERT_OK_AND_ASSIGN(const auto back, DecodeLogCheckpoint(text));
  EXPECT_EQ(back.summary, summary);
}

TEST_F(BronzeLogTest, CheckpointsOfTheSecondVersionDoNotSayWhatWasPurged) {
  ASSERT_OK_AND_ASSIGN(
      const auto old,
      DecodeLogCheckpoint(
          R"({"entries":[],"fields":[],"first":5,"head":4,"last_by_source":{"node:n1":[1,7]},"purged_through":4,"replaced":[[5,6]],"rows":0,"swept_through":3,"version":2})"));
  EXPECT_EQ(old.summary.purged_through, 4U);
  EXPECT_EQ(old.summary.purged_rows, 0U);
  EXPECT_EQ(old.summary.swept_through, 3U);
  EXPECT_THAT(DecodeLogCheckpoint(R"({"version":6})"), ErrorIs(ErrorCode::kUnsupported));
}

TEST_F(BronzeLogTest, AppendsInOrderAndRefusesAnEntryThatDoesNotFollow) {
  auto log = Open();
  ASSERT_OK_AND_ASSIGN(const auto first, log.Append(Entry(0, 5), Free));
  ASSERT_OK_AND_ASSIGN(const auto second, log.Append(Entry(5, 8), Free));
  EXPECT_EQ(first, 1U);
  EXPECT_EQ(second, 2U);
  EXPECT_THAT(log.Append(Entry(5, 9), Free), ErrorIs(ErrorCode::kConflict));
  EXPECT_THAT(log.Append(Entry(9, 12), Free), ErrorIs(ErrorCode::kConflict));
  ASSERT_OK_AND_ASSIGN(const auto summary, log.Summary());
  EXPECT_EQ(summary.head, 2U);
  EXPECT_EQ(summary.rows, 8U);
}

TEST_F(BronzeLogTest, AFailedGuardPutsNothing) {
  auto log = Open();
  const auto refuse = [] { return Status(Fail(ErrorCode::kFailedPrecondition, "seat lost")); };
  EXPECT_THAT(log.Append(Entry(0, 5), refuse), ErrorIs(ErrorCode::kFailedPrecondition));
  ASSERT_OK_AND_ASSIGN(const auto summary, Open().Summary());
  EXPECT_EQ(summary.head, 0U);
}

TEST_F(BronzeLogTest, ANewReaderStartsAtTheCheckpointAndFindsOlderEntries) {
  constexpr uint64_t kEntries = 250;
  auto log = Open();
  for (uint64_t n = 0; n < kEntries; ++n) ASSERT_THAT(log.Append(Entry(n, n + 1), Free), IsOk());
  auto reader = Open();
  ASSERT_OK_AND_ASSIGN(const auto summary, reader.Summary());
  EXPECT_EQ(summary.head, kEntries);
  EXPECT_EQ(summary.rows, kEntries);
  ASSERT_OK_AND_ASSIGN(const auto late, EntriesOf(reader, 240));
  ASSERT_EQ(late.size(), 10U);
  EXPECT_EQ(late.front().number, 241U);
  ASSERT_OK_AND_ASSIGN(const auto all, EntriesOf(reader));
  ASSERT_EQ(all.size(), kEntries);
  for (uint64_t n = 0; n < kEntries; ++n) {
    EXPECT_EQ(all[n].number, n + 1);
    EXPECT_EQ(*all[n].entry, Entry(n, n + 1));
  }
}

TEST_F(BronzeLogTest, ALongLogIsReadAgainWhereItWasForgotten) {
  constexpr uint64_t kEntries = BronzeLog::kRememberedEntries + 250;
  auto log = Open();
  for (uint64_t n = 0; n < kEntries; ++n) ASSERT_THAT(log.Append(Entry(n, n + 1), Free), IsOk());
  for (int round = 0; round < 2; ++round) {
    ASSERT_OK_AND_ASSIGN(const auto all, EntriesOf(log));
    ASSERT_EQ(all.size(), kEntries);
    for (uint64_t n = 0; n < kEntries; ++n) ASSERT_EQ(all[n].number, n + 1);
    EXPECT_EQ(*all[3].entry, Entry(3, 4));
    EXPECT_EQ(*all[kEntries - 1].entry, Entry(kEntries - 1, kEntries));
  }
  EXPECT_THAT(log.Append(Entry(kEntries, kEntries + 1), Free), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto most, EntriesOf(log, 99));
  ASSERT_EQ(most.size(), kEntries - 98);
  EXPECT_EQ(most.front().number, 100U);
}

TEST_F(BronzeLogTest, EntriesWithoutTheirCheckpointAreReadOneByOne) {
  auto log = Open();
  for (uint64_t n = 0; n < 205; ++n) ASSERT_THAT(log.Append(Entry(n, n + 1), Free), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto objects, store_.List("bronze/sales/orders/_log/"));
  for (const auto& object : objects) {
    const bool first_checkpoint = object.key.contains("00100.checkpoint");
    if (first_checkpoint) {
      ASSERT_THAT(store_.Delete(object.key), IsOk());
    }
  }
  auto reader = Open();
  ASSERT_OK_AND_ASSIGN(const auto all, EntriesOf(reader));
  EXPECT_EQ(all.size(), 205U);
}

TEST_F(BronzeLogTest, PurgeHidesWhatWasBeforeIt) {
  auto log = Open();
  ASSERT_THAT(log.Append(Entry(0, 5), Free), IsOk());
  LogEntry purge;
  purge.id = "purge";
  purge.purge = true;
  ASSERT_THAT(log.Append(purge, Free), IsOk());
  ASSERT_THAT(log.Append(Entry(5, 7), Free), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto entries, EntriesOf(log));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries.front().number, 3U);
  ASSERT_OK_AND_ASSIGN(const auto summary, Open().Summary());
  EXPECT_EQ(summary.rows, 2U);
  EXPECT_EQ(summary.purged_through, 2U);
}

TEST_F(BronzeLogTest, ObservedFieldsWidenOverEntries) {
  auto log = Open();
  auto first = Entry(0, 1);
  first.fields.push_back({"extra", table::Scalar(table::TypeKind::kInt64)});
  auto second = Entry(1, 2);
  second.fields.push_back({"extra", table::Scalar(table::TypeKind::kString)});
  ASSERT_THAT(log.Append(first, Free), IsOk());
  ASSERT_THAT(log.Append(second, Free), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto summary, log.Summary());
  ASSERT_EQ(summary.fields.size(), 1U);
  EXPECT_EQ(summary.fields[0].type.kind, table::TypeKind::kString);
}

TEST_F(BronzeLogTest, TwoWritersOfDifferentSourcesLoseNothing) {
  constexpr uint64_t kEach = 50;
  const auto write = [&](const std::string& source) {
    auto log = Open();
    for (uint64_t n = 0; n < kEach; ++n) {
      auto entry = Entry(n, n + 1);
      entry.sources.front().source = source;
      ASSERT_THAT(log.Append(entry, Free), IsOk());
    }
  };
  std::thread other([&] { write("node:a"); });
  write("node:b");
  other.join();
  ASSERT_OK_AND_ASSIGN(const auto summary, Open().Summary());
  EXPECT_EQ(summary.head, 2 * kEach);
  EXPECT_EQ(summary.rows, 2 * kEach);
}

}  // namespace
}  // namespace tarn::bronze
