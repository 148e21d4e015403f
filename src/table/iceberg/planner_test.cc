// SPDX-License-Identifier: Apache-2.0
// What commits make of an Iceberg table, each read back by a second reader of the same store.
#include "table/iceberg/planner.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"
#include "table/iceberg/iceberg_testing.h"
#include "table/iceberg/manifest_plan.h"
#include "table/iceberg/metadata_names.h"

namespace tarn::table::iceberg {
namespace {

class PlannerTest : public ::testing::Test {
 protected:
  /// Commits and compares what the writer knows with what a reader of the store sees.
  SnapshotPtr Commit(const CommitIntent& intent) {
    const auto outcome = table_.Commit(Always(intent));
    EXPECT_THAT(outcome, IsOk());
    if (!outcome) return nullptr;
    const auto read = format_.Load(store_, kLocation, nullptr);
    EXPECT_THAT(read, IsOk());
    if (!read) return nullptr;
    ExpectSame(**read, *outcome->snapshot);
    return *read;
  }

  Status CommitStatus(const CommitIntent& intent) {
    const auto outcome = table_.Commit(Always(intent));
    return outcome ? Status() : Status(Fail(outcome.error()));
  }

  static void ExpectSame(const Snapshot& read, const Snapshot& made) {
    EXPECT_EQ(read.version, made.version);
    EXPECT_EQ(read.commit_id, made.commit_id);
    EXPECT_FALSE(read.commit_id.empty());
    EXPECT_EQ(read.committed_at.micros, made.committed_at.micros);
    EXPECT_EQ(read.schema, made.schema);
    EXPECT_EQ(read.last_field_id, made.last_field_id);
    EXPECT_EQ(read.properties, made.properties);
    EXPECT_EQ(read.transactions, made.transactions);
    EXPECT_EQ(PathsOf(read), PathsOf(made));
    EXPECT_EQ(read.RecordCount(), made.RecordCount());
    ASSERT_EQ(StateOf(read).manifests.size(), StateOf(made).manifests.size());
    for (size_t i = 0; i < StateOf(read).manifests.size(); ++i) {
      EXPECT_EQ(StateOf(read).manifests[i]->entry, StateOf(made).manifests[i]->entry);
    }
  }

  SystemClock clock_;
  SeededRandomness randomness_{7};
  store::MemoryStore store_;
  IcebergFormat format_{{.writer_version = "1.2.3", .root = "memory:", .parquet = nullptr}};
  Table table_{{.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation};
};

TEST_F(PlannerTest, CreatedTableHasItsSchemaAndNoSnapshot) {
  const SnapshotPtr snapshot = Commit(CreateIntent());
  EXPECT_EQ(snapshot->version, 1);
  EXPECT_EQ(snapshot->schema, OrdersSchema());
  EXPECT_EQ(snapshot->column_match, ColumnMatch::kFieldId);
  EXPECT_TRUE(snapshot->files.empty());
  const TableMetadata& metadata = MetadataOf(*snapshot);
  EXPECT_EQ(metadata.format_version, 2);
  EXPECT_EQ(metadata.location, "memory:/silver/sales/orders");
  EXPECT_EQ(metadata.CurrentSnapshot(), nullptr);
  EXPECT_EQ(metadata.last_column_id, 5);
}

TEST_F(PlannerTest, AppendedFileKeepsItsStatistics) {
  Commit(CreateIntent());
  const SnapshotPtr snapshot = Commit(Append("a"));
  ASSERT_EQ(snapshot->files.size(), 1U);
  const DataFile& file = *snapshot->files[0];
  EXPECT_EQ(file.path, "data/a.parquet");
  EXPECT_EQ(file.uri, "memory:/silver/sales/orders/data/a.parquet");
  EXPECT_EQ(file.record_count, 3);
  EXPECT_EQ(file.size_bytes, 1003);
  EXPECT_EQ(file.sequence, 1);
  ASSERT_TRUE(file.stats.contains(5));
  EXPECT_EQ(file.stats.at(5).lower, Value(int64_t{-5}));
  EXPECT_EQ(file.stats.at(5).upper, Value(int64_t{70}));
  EXPECT_EQ(file.stats.at(5).null_count, 1);
  EXPECT_TRUE(file.stats.at(5).exact);
  EXPECT_EQ(SummaryOf(*snapshot).at("operation"), "append");
  EXPECT_EQ(SummaryOf(*snapshot).at("total-records"), "3");
  EXPECT_EQ(SummaryOf(*snapshot).at("engine-version"), "1.2.3");
}

TEST_F(PlannerTest, TotalsFollowAppendsAndRemovals) {
  Commit(CreateIntent());
  Commit(Append("a", 3));
  Commit(Append("b", 10));
  CommitIntent replace = IntentOf("MERGE");
  replace.remove = {"data/a.parquet"};
  replace.add = {DataFileOf("c", 4)};
  const SnapshotPtr snapshot = Commit(replace);
  EXPECT_EQ(PathsOf(*snapshot), (std::vector<std::string>{"data/b.parquet", "data/c.parquet"}));
  const StringMap& summary = SummaryOf(*snapshot);
  EXPECT_EQ(summary.at("operation"), "overwrite");
  EXPECT_EQ(summary.at("deleted-data-files"), "1");
  EXPECT_EQ(summary.at("deleted-records"), "3");
  EXPECT_EQ(summary.at("total-records"), "14");
  EXPECT_EQ(summary.at("total-data-files"), "2");
  EXPECT_EQ(summary.at("total-files-size"), "2014");
  EXPECT_EQ(snapshot->RecordCount(), 14);
}

TEST_F(PlannerTest, RemovingEverythingEmptiesTheTable) {
  Commit(CreateIntent());
  Commit(Append("a"));
  CommitIntent empty = IntentOf("OVERWRITE");
  empty.remove = {"data/a.parquet"};
  const SnapshotPtr emptied = Commit(empty);
  EXPECT_TRUE(emptied->files.empty());
  EXPECT_EQ(SummaryOf(*emptied).at("operation"), "delete");
  EXPECT_EQ(StateOf(*emptied).manifests.size(), 1U);  // says what this commit deleted
  const SnapshotPtr next = Commit(Append("b"));
  EXPECT_EQ(PathsOf(*next), std::vector<std::string>{"data/b.parquet"});
  EXPECT_EQ(StateOf(*next).manifests.size(), 1U);
}

TEST_F(PlannerTest, AFileThatIsNotThereCannotBeRemoved) {
  Commit(CreateIntent());
  Commit(Append("a"));
  CommitIntent replace = IntentOf("MERGE");
  replace.remove = {"data/a.parquet", "data/other.parquet"};
  EXPECT_THAT(CommitStatus(replace), ErrorIs(ErrorCode::kConflict));
}

TEST_F(PlannerTest, ManifestsStayFewHoweverManyCommits) {
  constexpr int kCommits = 150;
  Commit(CreateIntent());
  size_t most = 0;
  for (int i = 0; i < kCommits; ++i) {
    const auto outcome = table_.Commit(Always(Append(std::to_string(i), 1)));
    ASSERT_THAT(outcome, IsOk());
    most = std::max(most, StateOf(*outcome->snapshot).manifests.size());
  }
  EXPECT_LE(most, 3 * kManifestMergeCount);
  ASSERT_OK_AND_ASSIGN(const auto read, format_.Load(store_, kLocation, nullptr));
  EXPECT_EQ(read->RecordCount(), kCommits);
  EXPECT_EQ(read->files.size(), static_cast<size_t>(kCommits));
  // A merged file is as old as it was.
  std::vector<int64_t> sequences;
  for (const auto& file : read->files) sequences.push_back(file->sequence);
  std::ranges::sort(sequences);
  EXPECT_EQ(sequences.front(), 1);
  EXPECT_EQ(sequences.back(), kCommits);
  EXPECT_EQ(std::ranges::adjacent_find(sequences), sequences.end());
}

TEST_F(PlannerTest, TransactionsAreInPropertiesAndSummary) {
  CommitIntent create = CreateIntent();
  create.properties = {{"owner", "x"}};
  Commit(create);
  CommitIntent merge = Append("a");
  merge.transactions = {{"tarn-bronze", 12}, {"tarn-side", 77}};
  const SnapshotPtr snapshot = Commit(merge);
  EXPECT_EQ(snapshot->transactions, merge.transactions);
  EXPECT_EQ(snapshot->properties, create.properties);
  EXPECT_EQ(MetadataOf(*snapshot).properties.at("tarn.bronze-position"), "12");
  EXPECT_EQ(SummaryOf(*snapshot).at("tarn.bronze-position"), "12");
  EXPECT_EQ(SummaryOf(*snapshot).at("tarn.side"), "77");
  CommitIntent nothing = IntentOf("MERGE");
  nothing.transactions = {{"tarn-bronze", 13}};
  const SnapshotPtr next = Commit(nothing);
  EXPECT_EQ(next->transactions.at("tarn-bronze"), 13);
  EXPECT_EQ(next->transactions.at("tarn-side"), 77);
  EXPECT_EQ(SummaryOf(*next).at("tarn.side"), "77");
  EXPECT_EQ(PathsOf(*next), std::vector<std::string>{"data/a.parquet"});
}

TEST_F(PlannerTest, AChangedSchemaIsAnotherOneUnderTheOldIds) {
  Commit(CreateIntent());
  Commit(Append("a"));
  CommitIntent change = Append("b");
  Schema schema = OrdersSchema();
  schema.fields.push_back(FieldOf(6, "late", Scalar(TypeKind::kDouble)));
  schema.fields[4].name = "count";
  change.schema = schema;
  const SnapshotPtr changed = Commit(change);
  EXPECT_EQ(changed->schema, schema);
  EXPECT_EQ(changed->last_field_id, 6);
  EXPECT_EQ(MetadataOf(*changed).schemas.size(), 2U);
  EXPECT_EQ(MetadataOf(*changed).current_schema_id, 1);
  EXPECT_EQ(MetadataOf(*changed).CurrentSnapshot()->schema_id, 1);
  // Back to a schema the table knows already: no third one; ids of dropped columns are never given out again.
  CommitIntent back = IntentOf("ALTER");
  back.schema = OrdersSchema();
  const SnapshotPtr restored = Commit(back);
  EXPECT_EQ(restored->schema, OrdersSchema());
  EXPECT_EQ(MetadataOf(*restored).schemas.size(), 2U);
  EXPECT_EQ(restored->last_field_id, 6);
}

TEST_F(PlannerTest, HistoryOfMetadataIsBounded) {
  CommitIntent create = CreateIntent();
  create.properties = {{"write.metadata.previous-versions-max", "3"}};
  Commit(create);
  SnapshotPtr last;
  for (int i = 0; i < 6; ++i) last = Commit(Append(std::to_string(i)));
  ASSERT_EQ(MetadataOf(*last).metadata_log.size(), 3U);
  EXPECT_EQ(MetadataOf(*last).metadata_log.back().metadata_file,
            "memory:/silver/sales/orders/" + MetadataName(last->version - 1));
}

TEST_F(PlannerTest, RowIdsAreGivenOutOnceInFormatVersionThree) {
  CommitIntent create = CreateIntent();
  create.properties = {{"format-version", "3"}};
  EXPECT_TRUE(Commit(create)->properties.empty());
  Commit(Append("a", 10));
  const SnapshotPtr second = Commit(Append("b", 5));
  EXPECT_EQ(MetadataOf(*second).format_version, 3);
  EXPECT_EQ(MetadataOf(*second).next_row_id, 15);
  EXPECT_EQ(MetadataOf(*second).CurrentSnapshot()->first_row_id, 10);
  EXPECT_EQ(MetadataOf(*second).CurrentSnapshot()->added_rows, 5);
}

TEST_F(PlannerTest, AnUpgradedTableGivesItsOldRowsIds) {
  Commit(CreateIntent());
  Commit(Append("a", 10));
  CommitIntent upgrade = IntentOf("ALTER");
  upgrade.properties = {{"format-version", "3"}};
  Commit(upgrade);
  const SnapshotPtr snapshot = Commit(Append("b", 5));
  EXPECT_EQ(MetadataOf(*snapshot).next_row_id, 15);
  for (const auto& manifest : StateOf(*snapshot).manifests) EXPECT_TRUE(manifest->entry.first_row_id);
  upgrade.properties = {{"format-version", "2"}};
  EXPECT_THAT(CommitStatus(upgrade), ErrorIs(ErrorCode::kInvalidArgument));
  upgrade.properties = {{"format-version", "4"}};
  EXPECT_THAT(CommitStatus(upgrade), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(PlannerTest, CompactionKeepsTheAgeOfItsRows) {
  Commit(CreateIntent());
  Commit(Append("a"));
  Commit(Append("b"));
  CommitIntent compact = IntentOf("COMPACT");
  compact.data_change = false;
  compact.remove = {"data/a.parquet", "data/b.parquet"};
  compact.add = {DataFileOf("c", 6)};
  compact.add[0].sequence = 1;
  const SnapshotPtr snapshot = Commit(compact);
  EXPECT_EQ(snapshot->files.at(0)->sequence, 1);
  EXPECT_EQ(SummaryOf(*snapshot).at("operation"), "replace");
}

TEST_F(PlannerTest, TimeNeverGoesBack) {
  Commit(CreateIntent());
  CommitIntent early = Append("a");
  early.now.micros -= 3'600'000'000;
  const SnapshotPtr snapshot = Commit(early);
  EXPECT_EQ(MetadataOf(*snapshot).last_updated_ms, kNow.micros / 1000);
}

TEST_F(PlannerTest, ATableWithoutASchemaIsNotCreated) {
  EXPECT_THAT(CommitStatus(Append("a")), ErrorIs(ErrorCode::kFailedPrecondition));
}

}  // namespace
}  // namespace tarn::table::iceberg
