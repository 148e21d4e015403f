// SPDX-License-Identifier: Apache-2.0
// Files of many origins read as one table: field ids, names in files, widened and missing columns, partition values,
// deleted rows and what metadata answers in spite of them.

#include <algorithm>

#include "codec/deletion_vector_blob.h"
#include "engine/duckdb/engine_testing.h"

namespace tarn::engine {
namespace {

using table::DataFile;
using table::DeleteContent;
using table::DeleteFile;
using table::Field;

using table::TypeKind;
using table::Value;
using testing::HasSubstr;

table::DataType Of(TypeKind kind) { return table::Scalar(kind); }
table::DataType Struct(std::vector<Field> fields) { return {TypeKind::kStruct, 0, 0, std::move(fields)}; }
table::DataType List(Field element) { return {TypeKind::kList, 0, 0, {std::move(element)}}; }
table::DataType Map(Field value) {
  return {TypeKind::kMap, 0, 0, {MakeField(0, "key", Of(TypeKind::kString)), std::move(value)}};
}

using Texts = std::vector<std::string>;

Texts Sorted(Texts texts) {
  std::ranges::sort(texts);
  return texts;
}

class PinnedReaderTest : public EngineTest {
 protected:
  static constexpr const char* kLocation = "silver/sales/orders";

  DataFile Write(const table::Schema& schema, const std::string& select) {
    WriteRequest request;
    request.location = kLocation;
    request.schema = schema;
    request.select = select;
    auto files = NewWorkspace()->WriteParquet(request);
    EXPECT_TRUE(files.has_value()) << files.error().ToString();
    return files && !files->empty() ? files->front() : DataFile();
  }

  /// Makes sales.silver.orders of these files.
  BoundTablePtr Publish(const table::Schema& schema, const std::vector<DataFile>& files,
                        table::ColumnMatch match = table::ColumnMatch::kName, std::map<int32_t, Value> defaults = {}) {
    auto snapshot = std::make_shared<table::Snapshot>();
    snapshot->version = 1;
    snapshot->schema = schema;
    snapshot->column_match = match;
    snapshot->defaults = std::move(defaults);
    for (const auto& file : files) snapshot->files.push_back(std::make_shared<const DataFile>(file));
    auto bound = std::make_shared<BoundTable>();
    bound->visible = schema;
    bound->source = table::PinnedTable{kLocation, snapshot, snapshot->files};
    lake_.Set({"sales", "silver", "orders"}, bound);
    return bound;
  }

  /// Rows in order of the text, or the error.
  std::vector<std::string> Ask(const std::string& sql) {
    auto rows = Query(sql);
    if (!rows) return {rows.error().ToString()};
    std::ranges::sort(rows->rows);
    return rows->rows;
  }

  static table::DeleteFilePtr Vector(const std::vector<uint64_t>& rows) {
    codec::Bitmap64 bitmap;
    for (const auto row : rows) bitmap.Add(row);
    DeleteFile deletes;
    deletes.inline_blob = codec::EncodeDeletionVector(bitmap);
    deletes.record_count = static_cast<int64_t>(rows.size());
    return std::make_shared<const DeleteFile>(std::move(deletes));
  }

  table::DeleteFilePtr Equality(const table::Schema& schema, const std::string& select) {
    const auto written = Write(schema, select);
    DeleteFile deletes;
    deletes.content = DeleteContent::kEquality;
    deletes.path = written.path;
    deletes.size_bytes = written.size_bytes;
    deletes.record_count = written.record_count;
    for (const auto& field : schema.fields) deletes.equality_ids.push_back(field.id);
    return std::make_shared<const DeleteFile>(std::move(deletes));
  }
};

TEST_F(PinnedReaderTest, ColumnsAreFoundByFieldIdWhateverTheyAreCalled) {
  const auto id = [](std::string name, TypeKind kind) { return MakeField(1, std::move(name), Of(kind)); };
  const auto name = [](std::string text) { return MakeField(2, std::move(text), Of(TypeKind::kString)); };
  const auto amount = MakeField(3, "amount", Of(TypeKind::kDouble));
  // An older file with other names, a narrower id and no amount; a newer one; one in which the names are swapped.
  const auto old_file =
      Write(MakeSchema({name("id"), id("key", TypeKind::kInt32)}), "SELECT 'n' || i, i FROM range(3) t(i)");
  const auto new_file = Write(MakeSchema({id("id", TypeKind::kInt64), name("name"), amount}), "SELECT 10, 'n10', 1.5");
  const auto swapped =
      Write(MakeSchema({MakeField(2, "id", Of(TypeKind::kString)), MakeField(1, "name", Of(TypeKind::kInt64)),
                        MakeField(9, "dropped", Of(TypeKind::kInt64))}),
            "SELECT 'n20', 20, 5");
  Publish(MakeSchema({id("id", TypeKind::kInt64), name("name"), amount}), {old_file, new_file, swapped},
          table::ColumnMatch::kFieldId, {{3, Value(7.5)}});
  EXPECT_EQ(Ask("SELECT * FROM sales.silver.orders"),
            Sorted({"0|n0|7.500000", "1|n1|7.500000", "10|n10|1.500000", "2|n2|7.500000", "20|n20|7.500000"}));
  EXPECT_EQ(Ask("SELECT name FROM sales.silver.orders WHERE id IN (1, 20) AND amount > 7"), Sorted({"n1", "n20"}));
  EXPECT_EQ(Ask("SELECT count(*) FROM sales.silver.orders WHERE amount = 7.5"), Sorted({"4"}));
  EXPECT_EQ(Ask("SELECT sum(id), min(name), max(amount) FROM sales.silver.orders"), Sorted({"33|n0|7.500000"}));
  EXPECT_EQ(Ask("SELECT typeof(id) FROM sales.silver.orders WHERE id = 1"), Sorted({"BIGINT"}));
}

TEST_F(PinnedReaderTest, FilesWithoutIdsAreReadByName) {
  const auto schema = [](int32_t first, int32_t second) {
    return MakeSchema({MakeField(first, "id", Of(TypeKind::kInt64)), MakeField(second, "name", Of(TypeKind::kString))});
  };
  auto foreign = schema(0, 0);
  foreign.fields[1].name = "legacy_name";
  auto table = schema(1, 2);
  table.fields[1].stored_names = {"former", "legacy_name"};
  Publish(table, {Write(schema(1, 2), "SELECT 1, 'with ids'"), Write(foreign, "SELECT 2, 'without'")},
          table::ColumnMatch::kFieldId);
  EXPECT_EQ(Ask("SELECT * FROM sales.silver.orders"), Sorted({"1|with ids", "2|without"}));
}

TEST_F(PinnedReaderTest, StoredNamesRuleAndIdsInFilesMeanNothingByName) {
  // Delta: a renamed column keeps its physical name, and the freed name is taken by a new column.
  auto stored = MakeSchema({MakeField(5, "col-1", Of(TypeKind::kInt64)), MakeField(1, "name", Of(TypeKind::kString))});
  auto table = MakeSchema({MakeField(1, "id", Of(TypeKind::kInt64)), MakeField(2, "name", Of(TypeKind::kString)),
                           MakeField(3, "label", Of(TypeKind::kString))});
  table.fields[0].stored_names = {"col-1"};
  table.fields[1].stored_names = {"col-2"};
  table.fields[2].stored_names = {"name"};
  const auto bound = Publish(table, {Write(stored, "SELECT 1, 'a'")});
  EXPECT_EQ(Ask("SELECT * FROM sales.silver.orders"), Sorted({"1|NULL|a"}));
  EXPECT_EQ(Ask("SELECT id FROM sales.silver.orders WHERE label = 'a' AND name IS NULL"), Sorted({"1"}));
  // What a layer shows may have lost the names; the snapshot has not.
  auto shown = std::make_shared<BoundTable>(*bound);
  for (auto& field : shown->visible.fields) field.stored_names.clear();
  lake_.Set({"sales", "silver", "shown"}, shown);
  EXPECT_EQ(Ask("SELECT * FROM sales.silver.shown"), Sorted({"1|NULL|a"}));
}

TEST_F(PinnedReaderTest, NestedColumnsFollowTheirIdsToo) {
  // A member is gone, one is new, and the one that stays is wider and called differently; in a struct, a list, a map.
  const auto old_type = [](int32_t id) {
    return Struct({MakeField(id, "a", Of(TypeKind::kInt32)), MakeField(id + 1, "b", Of(TypeKind::kString))});
  };
  const auto new_type = [](int32_t id) {
    return Struct({MakeField(id + 2, "c", Of(TypeKind::kString)), MakeField(id, "alpha", Of(TypeKind::kInt64))});
  };
  const auto schema = [](const auto& type, const std::string& tags) {
    return MakeSchema({MakeField(1, "id", Of(TypeKind::kInt64)), MakeField(2, "s", type(11)),
                       MakeField(3, "l", List(MakeField(31, "element", type(32)))),
                       MakeField(4, "m", Map(MakeField(42, "value", type(43)))),
                       MakeField(5, tags, List(MakeField(51, "element", Of(TypeKind::kString))))});
  };
  const auto old_schema = schema(old_type, "t");
  const auto new_schema = schema(new_type, "tags");
  const std::string old_row = "{'a': 1, 'b': 'x'}";
  const std::string new_row = "{'c': 'y', 'alpha': 5000000000}";
  const auto row = [](int id, const std::string& value) {
    return "SELECT " + std::to_string(id) + ", " + value + ", [" + value + "], MAP {'k': " + value + "}, ['t']";
  };
  const auto nulls = "SELECT 3, NULL, NULL, NULL, NULL";
  Publish(new_schema,
          {Write(old_schema, row(1, old_row)), Write(new_schema, row(2, new_row)), Write(old_schema, nulls)},
          table::ColumnMatch::kFieldId);
  EXPECT_EQ(Ask("SELECT * FROM sales.silver.orders"),
            Sorted({"1|{c: NULL, alpha: 1}|[{c: NULL, alpha: 1}]|[k={c: NULL, alpha: 1}]|[t]",
                    "2|{c: y, alpha: 5000000000}|[{c: y, alpha: 5000000000}]|[k={c: y, alpha: 5000000000}]|[t]",
                    "3|NULL|NULL|NULL|NULL"}));
  EXPECT_EQ(Ask("SELECT id FROM sales.silver.orders WHERE s.alpha = 1"), Sorted({"1"}));
  EXPECT_EQ(Ask("SELECT id FROM sales.silver.orders WHERE s.c IS NULL AND s IS NOT NULL"), Sorted({"1"}));
  EXPECT_EQ(Ask("SELECT s.alpha, m['k'].c, tags[1] FROM sales.silver.orders WHERE id < 3"),
            Sorted({"1|NULL|t", "5000000000|y|t"}));
}

TEST_F(PinnedReaderTest, JoinsFilterWidenedColumns) {
  // Hash joins push ranges and Bloom filters into the scan; a column stored narrower cannot take all of them.
  const auto narrow =
      MakeSchema({MakeField(1, "id", Of(TypeKind::kInt32)), MakeField(2, "price", table::Decimal(9, 2))});
  const auto wide =
      MakeSchema({MakeField(1, "id", Of(TypeKind::kInt64)), MakeField(2, "price", table::Decimal(18, 2))});
  Publish(wide, {Write(narrow, "SELECT i, i * 0.25 FROM range(200000) t(i)"),
                 Write(wide, "SELECT 200000 + i, i FROM range(200000) t(i)")});
  EXPECT_EQ(Ask("SELECT count(*), sum(o.id) FROM sales.silver.orders o JOIN (SELECT i * 97 AS k FROM range(4000) t(i)) "
                "d ON o.id = d.k"),
            Sorted({"4000|775806000"}));
  EXPECT_EQ(Ask("SELECT count(*) FROM sales.silver.orders o JOIN (SELECT (i * 0.5)::DECIMAL(18, 2) AS k FROM range(50) "
                "t(i)) d ON o.price = d.k "
                "WHERE o.id BETWEEN 0 AND 1000"),
            Sorted({"50"}));
  EXPECT_EQ(Ask("SELECT id FROM sales.silver.orders ORDER BY price DESC, id LIMIT 2"), Sorted({"399998", "399999"}));
}

TEST_F(PinnedReaderTest, PartitionValuesAreColumnsAndPruneFiles) {
  const auto stored = MakeSchema({MakeField(1, "id", Of(TypeKind::kInt64))});
  const auto table =
      MakeSchema({MakeField(1, "id", Of(TypeKind::kInt64)), MakeField(2, "region", Of(TypeKind::kString)),
                  MakeField(3, "day", Of(TypeKind::kDate))});
  std::vector<DataFile> files;
  for (int i = 0; i < 3; ++i) {
    files.push_back(Write(stored, "SELECT " + std::to_string(i * 10) + " + i FROM range(2) t(i)"));
    files.back().constants = {{2, i == 2 ? Value() : Value(std::string(i == 0 ? "eu" : "us"))},
                              {3, Value(table::DateValue{20000 + i})}};
  }
  Publish(table, files);
  EXPECT_EQ(Ask("SELECT * FROM sales.silver.orders"),
            Sorted({"0|eu|20000", "1|eu|20000", "10|us|20001", "11|us|20001", "20|NULL|20002", "21|NULL|20002"}));
  EXPECT_EQ(Ask("SELECT id FROM sales.silver.orders WHERE region IS NULL"), Sorted({"20", "21"}));
  EXPECT_EQ(Ask("SELECT region, sum(id), max(day) FROM sales.silver.orders GROUP BY region"),
            Sorted({"NULL|41|20002", "eu|1|20000", "us|21|20001"}));
  Open({});
  store_.TakeOpened();
  EXPECT_EQ(Ask("SELECT id FROM sales.silver.orders WHERE region = 'us' AND id > 10"), Sorted({"11"}));
  EXPECT_EQ(store_.TakeOpened(), (std::set<std::string>{std::string(kLocation) + "/" + files[1].path}));
  EXPECT_EQ(Ask("SELECT count(*) FROM sales.silver.orders"), Sorted({"6"}));
  EXPECT_TRUE(store_.TakeOpened().empty());
}

TEST_F(PinnedReaderTest, DeletedRowsAreGoneFromAnswersAndFromCounts) {
  const auto schema =
      MakeSchema({MakeField(1, "id", Of(TypeKind::kInt64)), MakeField(2, "name", Of(TypeKind::kString))});
  // More than one row group and more than one vector of rows.
  auto file = Write(schema, "SELECT i, 'n' || (i % 10) FROM range(300000) t(i)");
  std::vector<uint64_t> rows{0, 1, 2047, 2048, 122880, 299999};
  for (uint64_t row = 150000; row < 160000; ++row) rows.push_back(row);
  file.deletes = {Vector(rows)};
  const auto bound = Publish(schema, {file, Write(schema, "SELECT -5, 'other'")});
  Open({});
  store_.TakeOpened();
  EXPECT_EQ(Ask("SELECT count(*) FROM sales.silver.orders"), Sorted({"289995"}));
  EXPECT_TRUE(store_.TakeOpened().empty()) << "a deletion vector says how many rows it takes away";
  EXPECT_EQ(Ask("SELECT min(id), max(id), count(id), sum(id) FROM sales.silver.orders WHERE id >= 0"),
            Sorted({"2|299998|289994|43449428025"}));
  EXPECT_EQ(
      Ask("SELECT id FROM sales.silver.orders WHERE id IN (0, 1, 2, 2047, 2048, 2049, 122880, 122881, 155000, 299999)"),
      Sorted({"122881", "2", "2049"}));
  EXPECT_EQ(Ask("SELECT count(*) FROM sales.silver.orders WHERE name = 'n7' AND id < 200000"), Sorted({"18999"}));
  EXPECT_EQ(Ask("SELECT id FROM sales.silver.orders ORDER BY id DESC LIMIT 2"), Sorted({"299997", "299998"}));
  EXPECT_EQ(Ask("SELECT count(*) FROM sales.silver.orders o JOIN range(0, 3000) r(k) ON o.id = r.k"), Sorted({"2996"}));
  auto workspace = NewWorkspace();
  ASSERT_THAT(workspace->AddInput("t", bound), IsOk());
  const auto positions = ReadAll(workspace->Query(
      "SELECT count(*), min(\"file;row\"), count(*) FILTER (\"file;row\" = id) FROM input.t WHERE id >= 0"));
  ASSERT_THAT(positions, IsOk());
  EXPECT_EQ(positions->rows, Sorted({"289994|2|289994"})) << "positions count deleted rows";
}

TEST_F(PinnedReaderTest, EqualityDeletesMatchValuesWithNullEqualToNull) {
  const auto id = MakeField(1, "id", Of(TypeKind::kInt64));
  const auto name = MakeField(2, "name", Of(TypeKind::kString));
  const auto schema = MakeSchema({id, name});
  const auto stored =
      MakeSchema({MakeField(1, "old_id", Of(TypeKind::kInt32)), MakeField(2, "name", Of(TypeKind::kString))});
  auto file = Write(stored, "SELECT i, CASE WHEN i % 5 <> 0 THEN 'n' || (i % 5) END FROM range(20) t(i)");
  file.deletes = {Equality(MakeSchema({id}), "SELECT * FROM (VALUES (3), (4))"),
                  Equality(MakeSchema({name}), "SELECT NULL"),
                  Equality(MakeSchema({id, name}), "SELECT * FROM (VALUES (7, 'n2'), (8, 'no'))"), Vector({19})};
  Publish(schema, {file}, table::ColumnMatch::kFieldId);
  EXPECT_EQ(Ask("SELECT string_agg(id, ' ' ORDER BY id) FROM sales.silver.orders"),
            Sorted({"1 2 6 8 9 11 12 13 14 16 17 18"}));
  EXPECT_EQ(Ask("SELECT count(*) FROM sales.silver.orders"), Sorted({"12"}));
  EXPECT_EQ(Ask("SELECT max(id) FROM sales.silver.orders WHERE name = 'n4'"), Sorted({"14"}));
}

TEST_F(PinnedReaderTest, EqualityDeletesOnUnknownColumnsAreRefusedByName) {
  const auto schema = MakeSchema({MakeField(1, "id", Of(TypeKind::kInt64))});
  auto file = Write(schema, "SELECT 1");
  file.deletes = {Equality(MakeSchema({MakeField(9, "gone", Of(TypeKind::kInt64))}), "SELECT 1")};
  Publish(schema, {file});
  const auto answer = Query("SELECT * FROM sales.silver.orders");
  EXPECT_THAT(answer, ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(answer.error().message, HasSubstr("equality deletes"));
}

TEST_F(PinnedReaderTest, BrokenDeletionVectorsAreReportedNotIgnored) {
  const auto schema = MakeSchema({MakeField(1, "id", Of(TypeKind::kInt64))});
  auto file = Write(schema, "SELECT 1");
  DeleteFile deletes = *Vector({0});
  deletes.record_count = 2;
  file.deletes = {std::make_shared<const DeleteFile>(deletes)};
  Publish(schema, {file});
  EXPECT_THAT(Query("SELECT * FROM sales.silver.orders"), ErrorIs(ErrorCode::kCorrupt));
  deletes.inline_blob.clear();
  deletes.path = "missing.bin";
  deletes.size_bytes = 40;
  file.deletes = {std::make_shared<const DeleteFile>(deletes)};
  Publish(schema, {file});
  EXPECT_FALSE(Query("SELECT * FROM sales.silver.orders").has_value());
}

}  // namespace
}  // namespace tarn::engine
