// SPDX-License-Identifier: Apache-2.0
#include "lake/time_travel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"
#include "table/delta/delta_format.h"
#include "table/iceberg/iceberg_format.h"

namespace tarn::lake {
namespace {

using engine::TimeTravel;
using testing::HasSubstr;

constexpr Timestamp kStart{1'767'225'600'000'000};  // 2026-01-01

class TimeTravelTest : public testing::Test {
 protected:
  /// Version 0 creates, the others add a file each, ten seconds apart.
  void Fill(int versions) {
    for (int version = 0; version < versions; ++version) {
      ASSERT_THAT(table_.Commit([&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
        table::CommitIntent intent;
        intent.operation = version == 0 ? "CREATE" : "WRITE";
        if (version == 0) intent.schema = table::Schema{{{1, "id", table::Scalar(table::TypeKind::kInt64), true}}};
        if (version > 0) intent.add.push_back(File(version));
        return intent;
      }),
                  IsOk());
      clock_.Advance(std::chrono::seconds(10));
    }
  }

  static table::DataFile File(int number) {
    table::DataFile file;
    file.path = "data/" + std::to_string(number) + ".parquet";
    file.size_bytes = 100;
    file.record_count = 1;
    return file;
  }

  static Timestamp After(int64_t seconds) { return {kStart.micros + seconds * 1'000'000}; }

  /// Files of the snapshot, or the error.
  std::string FilesAt(const std::optional<TimeTravel>& at) {
    const auto snapshot = LoadAt(table_, at);
    return snapshot ? std::to_string((*snapshot)->files.size()) : snapshot.error().ToString();
  }

  ManualClock clock_{kStart};
  SeededRandomness randomness_{7};
  store::MemoryStore store_;
  table::delta::DeltaFormat format_{{}};
  table::Table table_{{.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, "gold/a/b"};
};

TEST_F(TimeTravelTest, VersionsAndInstantsAreFound) {
  Fill(6);
  EXPECT_EQ(FilesAt(std::nullopt), "5");
  for (int64_t version = 0; version < 6; ++version) {
    EXPECT_EQ(FilesAt(TimeTravel(version)), std::to_string(version));
    EXPECT_EQ(FilesAt(TimeTravel(After(10 * version))), std::to_string(version)) << "the instant of the commit";
    EXPECT_EQ(FilesAt(TimeTravel(After(10 * version + 9))), std::to_string(version)) << "just before the next";
  }
  EXPECT_EQ(FilesAt(TimeTravel(After(100'000))), "5");
}

TEST_F(TimeTravelTest, VersionsOfIcebergTablesAreSnapshotIds) {
  table::iceberg::IcebergFormat iceberg({.writer_version = "1", .root = "memory:", .parquet = nullptr});
  table::Table table({.store = store_, .format = iceberg, .clock = clock_, .randomness = randomness_}, "gold/a/c");
  std::vector<int64_t> ids;
  for (int version = 0; version < 4; ++version) {
    const auto done = table.Commit([&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
      table::CommitIntent intent;
      intent.operation = "WRITE";
      if (version == 0) intent.schema = table::Schema{{{1, "id", table::Scalar(table::TypeKind::kInt64), true}}};
      if (version > 0) intent.add.push_back(File(version));
      return intent;
    });
    ASSERT_THAT(done, IsOk());
    if (version > 0) ids.push_back(done->snapshot->snapshot_id);
    clock_.Advance(std::chrono::seconds(10));
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    const int64_t committed = 10 * (static_cast<int64_t>(i) + 1);
    for (const auto& at : {TimeTravel(ids[i]), TimeTravel(After(committed)), TimeTravel(After(committed + 9))}) {
      ASSERT_OK_AND_ASSIGN(const auto snapshot, LoadAt(table, at));
      EXPECT_EQ(snapshot->snapshot_id, ids[i]);
      EXPECT_EQ(snapshot->files.size(), i + 1);
    }
  }
  for (const auto& at : {TimeTravel(int64_t{2}), TimeTravel(After(9))}) {
    EXPECT_THAT(LoadAt(table, at), ErrorIs(ErrorCode::kInvalidArgument));
  }
}

TEST_F(TimeTravelTest, WhatIsNotThereIsTheCallersMistake) {
  Fill(2);
  for (const auto& at : {TimeTravel(int64_t{2}), TimeTravel(int64_t{-1}), TimeTravel(After(-1))}) {
    EXPECT_THAT(LoadAt(table_, at), ErrorIs(ErrorCode::kInvalidArgument));
  }
  EXPECT_THAT(FilesAt(TimeTravel(After(-1))), HasSubstr("2025-12-31T23:59:59"));
}

TEST_F(TimeTravelTest, ATableThatDoesNotExistHasNoPast) {
  EXPECT_THAT(LoadAt(table_, TimeTravel(int64_t{0})), ErrorIs(ErrorCode::kNotFound));
}

}  // namespace
}  // namespace tarn::lake
