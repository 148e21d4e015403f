// SPDX-License-Identifier: Apache-2.0
#include "lake/mirror.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "lake/table_formats.h"
#include "store/faulty/faulty_store.h"
#include "store/memory/memory_store.h"
#include "table/deleted_rows.h"
#include "table/delta/delta_testing.h"
#include "table/iceberg/iceberg_format.h"

namespace tarn::lake {
namespace {

using table::CommitIntent;
using table::SnapshotPtr;

constexpr const char* kLocation = "silver/sales/orders";

struct Direction {
  const char* name;
  const char* table;
  const char* mirror;
  const char* iceberg_version;
};

/// A table in one format and its mirror in the other; rows are file name and position.
class MirrorTest : public testing::TestWithParam<Direction> {
 protected:
  void Create(std::vector<table::DataFile> files = {}) {
    CommitIntent create = Intent("CREATE");
    create.schema = table::delta::OrdersSchema();
    create.format = GetParam().table;
    create.properties = {{kMirrorProperty, GetParam().mirror}};
    if (create.format == "iceberg") create.properties["format-version"] = GetParam().iceberg_version;
    create.add = std::move(files);
    Commit(create);
  }

  static CommitIntent Intent(const char* operation) {
    CommitIntent intent;
    intent.operation = operation;
    return intent;
  }

  void Commit(const CommitIntent& intent) {
    clock_.Advance(std::chrono::seconds(1));
    ASSERT_THAT((follows_ ? table_ : alone_).Commit(table::Always(intent)), IsOk());
  }

  void Add(const std::string& name, int64_t rows) {
    CommitIntent intent = Intent("WRITE");
    intent.add = {table::delta::FileOf(name, rows)};
    Commit(intent);
  }

  void Delete(const std::string& name, const std::vector<uint64_t>& positions) {
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr base, table_.Load());
    table::RowDeletion deletion{.path = "data/" + name + ".parquet", .rows = {}, .added = {}};
    for (const auto& file : base->files) {
      if (file->path != deletion.path) continue;
      ASSERT_OK_AND_ASSIGN(deletion.rows, table::LoadDeletedRows(store_, &parquet_, kLocation, *file));
    }
    for (const uint64_t position : positions) {
      deletion.rows.Add(position);
      deletion.added.Add(position);
    }
    CommitIntent intent = Intent("DELETE");
    ASSERT_OK_AND_ASSIGN(intent.deletes, formats_.WriteDeletes(store_, kLocation, *base, {&deletion, 1}, randomness_));
    Commit(intent);
  }

  static std::string MirrorLog() {
    return std::string(kLocation) + (std::string_view(GetParam().mirror) == "delta" ? "/_delta_log/" : "/metadata/");
  }

  table::TableFormat& MirrorFormat() {
    if (std::string_view(GetParam().mirror) == "delta") return delta_;
    return iceberg_;
  }

  /// What a reader of the mirror's format sees.
  SnapshotPtr Mirror() {
    const auto snapshot = MirrorFormat().Load(store_, kLocation, nullptr);
    EXPECT_THAT(snapshot, IsOk());
    return *snapshot;
  }

  std::set<std::string> RowsOf(const table::Snapshot& snapshot) {
    std::set<std::string> rows;
    for (const auto& file : snapshot.files) {
      const auto deleted = table::LoadDeletedRows(store_, &parquet_, kLocation, *file);
      EXPECT_THAT(deleted, IsOk());
      for (int64_t row = 0; row < file->record_count; ++row) {
        if (!deleted->Contains(static_cast<uint64_t>(row))) rows.insert(file->path + "#" + std::to_string(row));
      }
    }
    return rows;
  }

  void ExpectShown() {
    ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, formats_.Load(store_, kLocation, nullptr));
    ASSERT_EQ(newest->format, GetParam().table) << "the mirror is never taken for the table";
    const SnapshotPtr mirror = Mirror();
    EXPECT_EQ(RowsOf(*mirror), RowsOf(*newest));
    EXPECT_EQ(mirror->transactions.at(kMirroredVersion), newest->version);
    EXPECT_EQ(mirror->transactions.at(kMirroredSnapshot), newest->snapshot_id);
    EXPECT_EQ(mirror->schema, newest->schema);
    EXPECT_EQ(mirror->properties.at(kMirrorOfProperty), GetParam().table);
  }

  ManualClock clock_{{1'767'225'600'000'000}};
  SeededRandomness randomness_{9};
  store::MemoryStore store_;
  table::delta::FakeParquet parquet_;
  table::delta::DeltaFormat delta_{{.parquet = &parquet_}};
  table::iceberg::IcebergFormat iceberg_{{.writer_version = "1", .root = "memory:", .parquet = &parquet_}};
  Mirrors mirrors_{{clock_, randomness_, &parquet_, {&delta_, &iceberg_}}};
  TableFormats formats_{{&delta_, &iceberg_}, &mirrors_};
  table::Table table_{{.store = store_, .format = formats_, .clock = clock_, .randomness = randomness_}, kLocation};
  /// A process that ends between the commit and its mirror.
  TableFormats without_mirrors_{{&delta_, &iceberg_}};
  table::Table alone_{{.store = store_, .format = without_mirrors_, .clock = clock_, .randomness = randomness_},
                      kLocation};
  bool follows_ = true;  ///< which of both commits
};

INSTANTIATE_TEST_SUITE_P(Directions, MirrorTest,
                         testing::Values(Direction{"delta_into_iceberg", "delta", "iceberg", "2"},
                                         Direction{"iceberg_into_delta", "iceberg", "delta", "2"},
                                         Direction{"iceberg_v3_into_delta", "iceberg", "delta", "3"}),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_P(MirrorTest, ShowsACommitBeforeItIsReported) {
  Create({table::delta::FileOf("a", 10)});
  ExpectShown();
  Add("b", 5);
  Delete("a", {1, 3});
  ExpectShown();
  Delete("a", {9});
  ExpectShown();
  CommitIntent rewrite = Intent("MERGE");
  rewrite.remove = {"data/a.parquet"};
  rewrite.add = {table::delta::FileOf("c", 7)};
  Commit(rewrite);
  ExpectShown();
  EXPECT_EQ(mirrors_.FailureOf(kLocation), std::nullopt);
}

TEST_P(MirrorTest, AFileWithoutALiveRowIsShownAsNone) {
  Create({table::delta::FileOf("a", 3), table::delta::FileOf("b", 2)});
  Delete("a", {0, 1, 2});
  ExpectShown();
  Add("c", 1);
  ExpectShown();
  EXPECT_EQ(mirrors_.FailureOf(kLocation), std::nullopt);
  // Catching up with it is the same.
  follows_ = false;
  Delete("c", {0});
  Add("d", 2);
  follows_ = true;
  Add("e", 2);
  ExpectShown();
}

TEST_P(MirrorTest, CatchesUpWithManyVersionsInOneStep) {
  Create({table::delta::FileOf("a", 10)});
  follows_ = false;
  Add("b", 5);
  Delete("a", {0});
  Delete("b", {4});
  Add("c", 3);
  Delete("c", {1});
  Delete("a", {5});
  const int64_t before = Mirror()->version;
  ASSERT_THAT(table_.Maintain(), IsOk());
  EXPECT_EQ(Mirror()->version, before + 1);
  ExpectShown();
}

TEST_P(MirrorTest, IsMadeLateForATableWithDeletes) {
  follows_ = false;
  Create({table::delta::FileOf("a", 10)});
  Delete("a", {4});
  ASSERT_THAT(table_.Maintain(), IsOk());
  ExpectShown();
}

TEST_P(MirrorTest, DoesNothingWhenItShowsTheNewestVersion) {
  Create({table::delta::FileOf("a", 10)});
  const int64_t version = Mirror()->version;
  ASSERT_THAT(table_.Maintain(), IsOk());
  EXPECT_EQ(Mirror()->version, version);
}

TEST_P(MirrorTest, FollowsARollback) {
  Create({table::delta::FileOf("a", 10), table::delta::FileOf("b", 4)});
  Delete("a", {1});
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr target, table_.Load());
  Delete("a", {2, 3});
  Delete("b", {0});
  CommitIntent back = Intent("ROLLBACK");
  back.restore = target;
  Commit(back);
  ExpectShown();
  Delete("a", {7});
  ExpectShown();
}

TEST_P(MirrorTest, FollowsTheSchema) {
  Create({table::delta::FileOf("a", 10)});
  CommitIntent wider = Intent("MERGE");
  wider.schema = table::delta::OrdersSchema();
  wider.schema->fields.push_back(
      {.id = 9, .name = "late", .type = table::Scalar(table::TypeKind::kDouble), .nullable = true});
  wider.add = {table::delta::FileOf("b", 2)};
  Commit(wider);
  ExpectShown();
}

TEST_P(MirrorTest, InIcebergFindsColumnsOfFilesWithoutFieldIds) {
  if (std::string_view(GetParam().mirror) != "iceberg") GTEST_SKIP() << "Delta goes by names";
  Create({table::delta::FileOf("a", 10)});
  CommitIntent wider = Intent("MERGE");
  wider.schema = table::delta::OrdersSchema();
  wider.schema->fields.push_back(
      {.id = 9, .name = "late", .type = table::Scalar(table::TypeKind::kDouble), .nullable = true});
  Commit(wider);
  const SnapshotPtr mirror = Mirror();
  for (const auto& field : mirror->schema.fields) {
    EXPECT_EQ(field.stored_names, std::vector<std::string>{field.name});
  }
  Delete("a", {1});
  ExpectShown();
}

TEST_P(MirrorTest, TwoProcessesPublishOnce) {
  Create({table::delta::FileOf("a", 10)});
  follows_ = false;
  Delete("a", {1});
  Mirrors rivals({clock_, randomness_, &parquet_, {&delta_, &iceberg_}});
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, table_.Load());
  rivals.Publish(store_, kLocation, newest);
  const int64_t version = Mirror()->version;
  mirrors_.Publish(store_, kLocation, newest);
  EXPECT_EQ(Mirror()->version, version);
  follows_ = true;
  Add("b", 1);
  rivals.Publish(store_, kLocation, *table_.Load());
  EXPECT_EQ(Mirror()->version, version + 1);
  ExpectShown();
}

TEST_P(MirrorTest, NeverGoesBackToAnOlderVersion) {
  Create({table::delta::FileOf("a", 10)});
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr older, table_.Load());
  Add("b", 1);
  Mirrors slow({clock_, randomness_, &parquet_, {&delta_, &iceberg_}});
  slow.Publish(store_, kLocation, older);
  ExpectShown();
}

TEST_P(MirrorTest, WhatOthersPutIntoTheMirrorGoesWithTheNextVersion) {
  Create({table::delta::FileOf("a", 10)});
  table::Table foreign({.store = store_, .format = MirrorFormat(), .clock = clock_, .randomness = randomness_},
                       kLocation);
  CommitIntent append = Intent("WRITE");
  append.add = {table::delta::FileOf("foreign", 3)};
  ASSERT_THAT(foreign.Commit(table::Always(append)), IsOk());
  Add("b", 1);
  ExpectShown();
}

TEST_P(MirrorTest, ATableOfThatFormatInTheFolderIsNotTouched) {
  table::Table other({.store = store_, .format = MirrorFormat(), .clock = clock_, .randomness = randomness_},
                     kLocation);
  CommitIntent create = Intent("CREATE");
  create.schema = table::delta::OrdersSchema();
  ASSERT_THAT(other.Commit(table::Always(create)), IsOk());
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr there, formats_.Load(store_, kLocation, nullptr));
  EXPECT_EQ(there->format, GetParam().mirror);
}

TEST_P(MirrorTest, TheCommitStandsWhenTheMirrorCannotFollow) {
  Create({table::delta::FileOf("a", 10)});
  const int64_t version = Mirror()->version;
  CommitIntent renamed = Intent("MERGE");
  renamed.schema = table::delta::OrdersSchema();
  renamed.schema->fields.back().name = "renamed";
  Commit(renamed);
  EXPECT_EQ(Mirror()->version, version);
  ASSERT_TRUE(mirrors_.FailureOf(kLocation).has_value());
  EXPECT_EQ(mirrors_.FailureOf(kLocation)->code, ErrorCode::kUnsupported);
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, table_.Load());
  EXPECT_EQ(newest->schema.fields.back().name, "renamed");
}

TEST_P(MirrorTest, AFaultOfTheStoreFailsNoCommitAndIsMendedByTheNext) {
  Create({table::delta::FileOf("a", 10)});
  const int64_t version = Mirror()->version;
  store::FaultyStore faulty(store_);
  Mirrors mirrors({clock_, randomness_, &parquet_, {&delta_, &iceberg_}});
  TableFormats formats({&delta_, &iceberg_}, &mirrors);
  table::Table struck({.store = faulty, .format = formats, .clock = clock_, .randomness = randomness_}, kLocation);
  faulty.Inject({.operation = store::StoreOperation::kPutIfAbsent,
                 .key_contains = MirrorLog(),
                 .error = Error{ErrorCode::kPermissionDenied, "no right to write there", {}}});
  CommitIntent append = Intent("WRITE");
  append.add = {table::delta::FileOf("b", 2)};
  ASSERT_THAT(struck.Commit(table::Always(append)), IsOk());
  EXPECT_EQ(Mirror()->version, version);
  ASSERT_TRUE(mirrors.FailureOf(kLocation).has_value());
  EXPECT_EQ(mirrors.FailureOf(kLocation)->code, ErrorCode::kPermissionDenied);
  ASSERT_THAT(struck.Maintain(), IsOk());
  EXPECT_EQ(mirrors.FailureOf(kLocation), std::nullopt);
  ExpectShown();
}

TEST_P(MirrorTest, ALostAnswerIsReadBack) {
  Create({table::delta::FileOf("a", 10)});
  const int64_t version = Mirror()->version;
  store::FaultyStore faulty(store_);
  Mirrors mirrors({clock_, randomness_, &parquet_, {&delta_, &iceberg_}});
  TableFormats formats({&delta_, &iceberg_}, &mirrors);
  table::Table struck({.store = faulty, .format = formats, .clock = clock_, .randomness = randomness_}, kLocation);
  faulty.Inject({.operation = store::StoreOperation::kPutIfAbsent,
                 .key_contains = MirrorLog(),
                 .error = Error{ErrorCode::kUnknownOutcome, "the answer was lost", {}},
                 .effect = store::StoreEffect::kDone});
  CommitIntent append = Intent("WRITE");
  append.add = {table::delta::FileOf("b", 2)};
  ASSERT_THAT(struck.Commit(table::Always(append)), IsOk());
  EXPECT_EQ(Mirror()->version, version + 1);
  ExpectShown();
}

TEST_P(MirrorTest, ADamagedMirrorHidesNoTable) {
  Create({table::delta::FileOf("a", 10)});
  ASSERT_OK_AND_ASSIGN(const auto objects, store_.List(std::string(kLocation) + "/"));
  for (const auto& object : objects) {
    if (!object.key.starts_with(MirrorLog()) || !object.key.ends_with(".json")) continue;
    const store::PutRequest damage{object.key, "no json"};
    ASSERT_THAT(store_.Delete(object.key), IsOk());
    ASSERT_THAT(store_.PutAll({&damage, 1}), IsOk());
  }
  ASSERT_OK_AND_ASSIGN(const SnapshotPtr newest, formats_.Load(store_, kLocation, nullptr));
  EXPECT_EQ(newest->format, GetParam().table);
}

TEST_P(MirrorTest, AMirrorWithoutItsTableIsDamage) {
  Create({table::delta::FileOf("a", 10)});
  ASSERT_OK_AND_ASSIGN(const auto objects, store_.List(std::string(kLocation) + "/"));
  const bool delta = std::string_view(GetParam().table) == "delta";
  for (const auto& object : objects) {
    if (object.key.find(delta ? "/_delta_log/" : "/metadata/") == std::string::npos) continue;
    ASSERT_THAT(store_.Delete(object.key), IsOk());
  }
  EXPECT_THAT(formats_.Load(store_, kLocation, nullptr), ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::lake
