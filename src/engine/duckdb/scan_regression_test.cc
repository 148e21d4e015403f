// SPDX-License-Identifier: Apache-2.0
// Hidden columns, file pruning and column mapping must never change an answer: every query runs on our table and on a
// native table of the engine in which the hidden columns are ordinary ones.

#include <algorithm>
#include <atomic>
#include <thread>

#include "codec/deletion_vector_blob.h"
#include "engine/duckdb/engine_testing.h"

namespace tarn::engine {
namespace {

using table::TypeKind;
using testing::HasSubstr;

struct Comparison {
  const char* ours;
  const char* native = nullptr;  ///< the same text when null; differs where a star must not show hidden columns
};

// $T is the table. One concern a block: stars, predicates, aggregates, nested values, joins, windows.
const Comparison kComparisons[] = {
    {"SELECT * FROM $T", "SELECT id, name, amount FROM $T"},
    {"SELECT t.* FROM $T t", "SELECT id, name, amount FROM $T"},
    {"SELECT COLUMNS(*) FROM $T", "SELECT id, name, amount FROM $T"},
    {"SELECT COLUMNS('.*a.*') FROM $T", "SELECT name, amount FROM $T"},
    {"FROM $T WHERE id < 5", "SELECT id, name, amount FROM $T WHERE id < 5"},
    {"TABLE $T", "SELECT id, name, amount FROM $T"},
    {"SELECT *, _insert_date FROM $T", "SELECT id, name, amount, _insert_date FROM $T"},
    {"SELECT t.*, t._offset FROM $T t WHERE t._schema_version = 7",
     "SELECT id, name, amount, _offset FROM $T WHERE _schema_version = 7"},
    {"SELECT _offset, * EXCLUDE (name) FROM $T WHERE id BETWEEN 995 AND 1010",
     "SELECT _offset, id, amount FROM $T WHERE id BETWEEN 995 AND 1010"},
    {"SELECT * REPLACE (_schema_version AS amount) FROM $T", "SELECT id, name, _schema_version AS amount FROM $T"},
    {"SELECT * EXCLUDE (id, name), _meta FROM $T", "SELECT amount, _meta FROM $T"},

    {"SELECT id, _insert_date FROM $T WHERE _insert_date > TIMESTAMP '2024-01-01' + to_minutes(7900)"},
    {"SELECT id FROM $T WHERE _insert_date > '2024-01-05 12:00:00' AND _insert_date < '2024-01-05 14:00:00'"},
    {"SELECT _offset FROM $T"},
    {"SELECT count(*) FROM $T WHERE _insert_date IS NULL"},
    {"SELECT count(*) FROM $T WHERE _offset IS NULL OR _schema_version = 3"},
    {"SELECT count(*) FROM $T WHERE _offset LIKE 'p3-%'"},
    {"SELECT id FROM $T WHERE _offset IN ('p6-1000', 'p5-1005', 'p3-4000', 'x')"},
    {"SELECT count(*) FROM $T WHERE _schema_version % 2 = 1"},
    {"SELECT id FROM $T WHERE _insert_date = TIMESTAMP '2020-01-01'"},
    {"SELECT count(*) FROM $T WHERE _schema_version + id > 5000 AND length(_offset) > 5"},
    {"SELECT id FROM $T WHERE id >= 1000 AND id < 1500 AND _schema_version = 1 AND _offset IN ('p6-1000', 'p5-1006', "
     "'p6-1041')"},
    {"SELECT \"_INSERT_DATE\" AS x FROM $T WHERE ID = 1234"},
    {"SELECT id FROM $T WHERE name > 'n7' ORDER BY id LIMIT 20"},
    {"SELECT count(*) FROM $T WHERE name BETWEEN 'n1' AND 'n3'"},
    {"SELECT count(*) FROM $T WHERE amount > 9000.5"},
    {"SELECT count(*) FROM $T WHERE amount = 4500"},
    {"SELECT id FROM $T WHERE id IN (0, 999, 1000, 2999, 5999, 7999, 8000, 11999)"},
    {"SELECT count(*) FROM $T WHERE id > 999999"},
    {"SELECT count(*) FROM $T WHERE NOT (id < 8000)"},
    {"SELECT count(*) FROM $T WHERE id <> 5 AND (id < 10 OR id > 11990)"},

    {"SELECT count(*) FROM $T"},
    {"SELECT min(id), max(id) FROM $T"},
    {"SELECT min(name), max(name), min(amount), max(amount) FROM $T"},
    {"SELECT count(_insert_date), count(_offset), min(_insert_date), max(_insert_date), min(_schema_version), "
     "max(_offset) FROM $T"},
    {"SELECT _schema_version, count(*), sum(id) FROM $T GROUP BY _schema_version ORDER BY _schema_version NULLS FIRST"},
    {"SELECT _schema_version v, count(*) FROM $T GROUP BY ALL HAVING max(_insert_date) > '2024-01-06'"},
    {"SELECT DISTINCT _schema_version FROM $T"},
    {"SELECT DISTINCT ON (_schema_version) _schema_version, id FROM $T ORDER BY _schema_version, id"},
    {"SELECT max(id) FILTER (_insert_date < '2024-01-04') FROM $T"},
    {"SELECT avg(_schema_version) FROM $T"},
    {"SELECT arg_max(id, _insert_date), last(_offset ORDER BY id) FROM $T"},
    {"SELECT count(DISTINCT id), count(*), sum(length(_offset)) FROM $T"},
    {"SELECT id FROM $T ORDER BY _insert_date DESC NULLS LAST, id LIMIT 5"},
    {"SELECT id, _insert_date FROM $T WHERE _insert_date IS NOT NULL ORDER BY _insert_date LIMIT 3 OFFSET 100"},
    {"SELECT id, _offset FROM $T WHERE _offset IS NOT NULL ORDER BY _offset LIMIT 4"},
    {"SELECT id FROM $T WHERE _insert_date >= DATE '2024-01-08' ORDER BY id DESC LIMIT 3"},
    {"SELECT id FROM $T ORDER BY id DESC LIMIT 3"},

    {"SELECT _meta FROM $T WHERE id % 500 = 7"},
    {"SELECT _meta.a FROM $T WHERE _meta.b = 'b1' AND id < 4000"},
    {"SELECT sum(_meta.a), max(_meta['b']) FROM $T"},
    {"SELECT t._meta.b, count(*) FROM $T t GROUP BY 1"},

    {"SELECT id, name FROM $T WHERE _schema_version = 3 AND _offset IN (SELECT _offset FROM $T WHERE id < 3500 AND id "
     "% 3 = 0)"},
    {"SELECT a._schema_version, b._schema_version, count(*) FROM $T a JOIN $T b ON a.id = b.id + 1 GROUP BY 1, 2"},
    {"WITH x AS (SELECT *, _insert_date AS d FROM $T) SELECT count(*), max(d) FROM x WHERE d > '2024-01-03'"},
    {"WITH x AS MATERIALIZED (SELECT id, _offset FROM $T WHERE _schema_version = 2) SELECT a._offset, b.id FROM x a "
     "JOIN x b USING (_offset)"},
    {"SELECT _insert_date FROM (SELECT id, _insert_date FROM $T) WHERE id = 4321"},
    {"SELECT id FROM $T a WHERE EXISTS (SELECT 1 FROM $T b WHERE b._offset = a._offset AND b._schema_version = 7)"},
    {"SELECT id, (SELECT max(_insert_date) FROM $T b WHERE b._schema_version = a._schema_version) AS m FROM $T a WHERE "
     "a.id IN (3001, 6500)"},
    {"SELECT a.id, b._insert_date FROM $T a JOIN $T b ON a._insert_date = b._insert_date WHERE a.id < 1100"},
    {"SELECT o.id, _offset FROM $T o JOIN (SELECT 'p1-' || (1002 + 7 * i) AS k FROM range(5) t(i)) d ON o._offset = "
     "d.k"},
    {"SELECT count(*) FROM $T a LEFT JOIN $T b USING (_offset) WHERE a.id < 2000"},
    {"SELECT o.id FROM $T o JOIN (SELECT TIMESTAMP '2024-01-01' + to_minutes(7100) AS k) d ON o._insert_date = d.k"},
    {"SELECT a.id, b.id FROM $T a ASOF JOIN $T b ON a._insert_date >= b._insert_date WHERE a.id BETWEEN 5990 AND 6005"},
    {"SELECT count(name) FROM $T o JOIN (SELECT 3500 + i AS k FROM range(3) t(i)) d ON o.id = d.k"},
    {"SELECT id, row_number() OVER (PARTITION BY _schema_version ORDER BY _insert_date) rn FROM $T QUALIFY rn <= 2"},
    {"SELECT _offset FROM $T WHERE id = 1500 UNION ALL BY NAME SELECT _offset, id FROM $T WHERE id = 2500"},
    {"SELECT first(id), last(id), count(*) FROM (SELECT id FROM $T LIMIT 9000)"},
};

const char* const kUnknownColumns[] = {
    "SELECT _insert_date FROM (SELECT * FROM $T)",
    "SELECT * EXCLUDE (_insert_date) FROM $T",
    "SELECT * REPLACE (1 AS _offset) FROM $T",
    "SELECT _insert_date FROM $T a JOIN $T b ON a.id = b.id",
    "SELECT COLUMNS('_.*') FROM $T",
    "SELECT _nope FROM $T",
    "SELECT rowid FROM $T",
    "SELECT \"file;name\" FROM $T",
    "SELECT \"file;row\" FROM $T",
};

constexpr const char* kReference =
    "CREATE TEMP TABLE ref AS SELECT i AS id, 'n' || i AS name, i * 1.5::DOUBLE AS amount, CASE WHEN i >= 1000 THEN "
    "TIMESTAMP '2024-01-01' + to_minutes(i) END AS _insert_date, CASE WHEN i >= 1000 THEN 'p' || (i % 7) || '-' || i "
    "END "
    "AS _offset, (CASE WHEN i >= 6000 AND i < 8000 THEN 7 WHEN i >= 1000 THEN i % 5 END)::INTEGER AS _schema_version, "
    "CASE "
    "WHEN i >= 1000 THEN {'a': i::INTEGER, 'b': 'b' || (i % 3)} END AS _meta FROM range(0, 12000) t(i)";

const char* const kRanges[] = {"id < 1000", "id >= 1000 AND id < 3000", "id >= 3000 AND id < 6000",
                               "id >= 6000 AND id < 8000", "id >= 8000"};

std::string Replace(std::string text, const std::string& table) {
  for (size_t at = text.find("$T"); at != std::string::npos; at = text.find("$T")) text.replace(at, 2, table);
  return text;
}

class ScanRegressionTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    visible_ = MakeSchema({MakeField(1, "id", table::Scalar(TypeKind::kInt64)),
                           MakeField(2, "name", table::Scalar(TypeKind::kString)),
                           MakeField(3, "amount", table::Scalar(TypeKind::kDouble))});
    table::DataType meta{TypeKind::kStruct, 0, 0, {}};
    meta.children = {MakeField(14, "a", table::Scalar(TypeKind::kInt32)),
                     MakeField(15, "b", table::Scalar(TypeKind::kString))};
    hidden_ =
        MakeSchema({MakeField(10, "_insert_date", table::Scalar(TypeKind::kTimestampNaive)),
                    MakeField(11, "_offset", table::Scalar(TypeKind::kString)),
                    MakeField(12, "_schema_version", table::Scalar(TypeKind::kInt32)), MakeField(13, "_meta", meta)});
    writer_ = NewWorkspace();
    ASSERT_THAT(writer_->Execute(kReference), IsOk());
    MakePinned();
    MakeDeleted();
    MakeRows();
    // Tables must be known before a workspace can name their domain.
    workspace_ = NewWorkspace();
    ASSERT_THAT(workspace_->Execute(kReference), IsOk());
  }

  /// Files of several writers: other column order, narrower types, columns that are not there yet.
  void MakePinned() {
    table::PinnedTable pinned;
    pinned.location = "silver/sales/orders";
    auto narrow = hidden_;
    narrow.fields[2].type = table::Scalar(TypeKind::kInt32);
    for (size_t i = 0; i < std::size(kRanges); ++i) {
      WriteRequest request;
      request.location = pinned.location;
      const std::string from = std::string(" FROM ref WHERE ") + kRanges[i];
      if (i == 0) {
        request.schema = MakeSchema({visible_.fields[2], visible_.fields[0], visible_.fields[1]});
        request.schema.fields[1].type = table::Scalar(TypeKind::kInt32);
        request.select = "SELECT amount, id, name" + from;
      } else if (i == 2) {
        request.schema = MakeSchema({hidden_.fields[3], hidden_.fields[1], hidden_.fields[0], visible_.fields[2],
                                     visible_.fields[1], hidden_.fields[2], visible_.fields[0]});
        request.select = "SELECT _meta, _offset, _insert_date, amount, name, _schema_version, id" + from;
      } else {
        request.schema = visible_;
        request.schema.fields.insert(request.schema.fields.end(), hidden_.fields.begin(), hidden_.fields.end());
        request.select = "SELECT *" + from;
      }
      auto files = writer_->WriteParquet(request);
      ASSERT_THAT(files, IsOk());
      for (auto& file : *files) pinned.files.push_back(std::make_shared<const table::DataFile>(std::move(file)));
    }
    pinned.snapshot = std::make_shared<table::Snapshot>();
    lake_.Set({"sales", "silver", "orders"}, std::make_shared<const BoundTable>(BoundTable{visible_, hidden_, pinned}));
  }

  Result<table::DataFilePtr> Write(const std::string& location, const table::Schema& schema,
                                   const std::string& select) {
    WriteRequest request;
    request.location = location;
    request.schema = schema;
    request.select = select;
    TARN_ASSIGN(auto files, writer_->WriteParquet(request));
    return std::make_shared<const table::DataFile>(std::move(files.at(0)));
  }

  /// Every row has a twin behind it that is deleted, in each of the ways rows can be.
  void MakeDeleted() {
    table::PinnedTable pinned;
    pinned.location = "silver/sales/thinned";
    auto all = visible_;
    all.fields.insert(all.fields.end(), hidden_.fields.begin(), hidden_.fields.end());
    auto snapshot = std::make_shared<table::Snapshot>();
    snapshot->schema = all;
    for (size_t i = 0; i < std::size(kRanges); ++i) {
      const std::string from = std::string(" FROM ref WHERE ") + kRanges[i];
      const auto written = Write(pinned.location, all,
                                 "SELECT * EXCLUDE (gone) FROM (SELECT *, false AS gone" + from +
                                     " UNION ALL SELECT * REPLACE ('gone' AS name, amount * 3 AS amount), true" + from +
                                     ") ORDER BY id, gone");
      ASSERT_THAT(written, IsOk());
      auto file = std::make_shared<table::DataFile>(**written);
      ASSERT_NO_FATAL_FAILURE(DeleteTwins(pinned.location, i, *file));
      pinned.files.push_back(std::move(file));
    }
    snapshot->files = pinned.files;
    pinned.snapshot = std::move(snapshot);
    lake_.Set({"sales", "silver", "thinned"},
              std::make_shared<const BoundTable>(BoundTable{visible_, hidden_, pinned}));
  }

  void DeleteTwins(const std::string& location, size_t number, table::DataFile& file) {
    codec::Bitmap64 twins;
    for (int64_t row = 1; row < file.record_count; row += 2) twins.Add(static_cast<uint64_t>(row));
    table::DeleteFile deletes;
    deletes.record_count = file.record_count / 2;
    const auto vector = codec::EncodeDeletionVector(twins);
    switch (number) {
      case 0:
      case 4:
        deletes.inline_blob = vector;
        break;
      case 1: {
        const auto frame = codec::FrameDeletionVector(vector);
        deletes.path = "vectors.bin";
        deletes.offset_bytes = 3;
        deletes.size_bytes = static_cast<int64_t>(frame.size());
        ASSERT_THAT(store_.PutIfAbsent(location + "/vectors.bin", "abc" + frame + "more"), IsOk());
        break;
      }
      case 2: {
        const auto written =
            Write(location,
                  MakeSchema({MakeField(0, "file_path", table::Scalar(TypeKind::kString)),
                              MakeField(0, "pos", table::Scalar(TypeKind::kInt64))}),
                  "SELECT " + QuoteLiteral(file.path) + " AS file_path, 2 * i + 1 AS pos FROM range(3000) t(i)");
        ASSERT_THAT(written, IsOk());
        deletes.content = table::DeleteContent::kPositions;
        deletes.path = (*written)->path;
        break;
      }
      default: {
        const auto written = Write(location, MakeSchema({visible_.fields[1]}), "SELECT 'gone' AS name");
        ASSERT_THAT(written, IsOk());
        deletes.content = table::DeleteContent::kEquality;
        deletes.path = (*written)->path;
        deletes.size_bytes = (*written)->size_bytes;
        deletes.record_count = 1;
        deletes.equality_ids = {2};
      }
    }
    file.deletes.push_back(std::make_shared<const table::DeleteFile>(std::move(deletes)));
  }

  void MakeRows() {
    auto all = visible_;
    all.fields.insert(all.fields.end(), hidden_.fields.begin(), hidden_.fields.end());
    auto counted = std::make_shared<RecordedRows>(all);
    auto uncounted = std::make_shared<RecordedRows>(all, false);
    for (const auto* range : kRanges) {
      for (const auto& rows : {counted, uncounted}) {
        auto stream = writer_->Query(std::string("SELECT * FROM ref WHERE ") + range);
        ASSERT_THAT(stream, IsOk());
        ASSERT_THAT(rows->AddUnit(**stream), IsOk());
      }
    }
    lake_.Set({"sales", "bronze", "orders"},
              std::make_shared<const BoundTable>(BoundTable{visible_, hidden_, counted}));
    lake_.Set({"sales", "bronze", "tail"},
              std::make_shared<const BoundTable>(BoundTable{visible_, hidden_, uncounted}));
  }

  Result<Rows> Sorted(const std::string& sql) {
    auto result = ReadAll(workspace_->Query(sql));
    if (result) std::ranges::sort(result->rows);
    return result;
  }

  table::Schema visible_;
  table::Schema hidden_;
  std::unique_ptr<Workspace> writer_;
  std::unique_ptr<Workspace> workspace_;
};

const char* const kTables[] = {"sales.silver.orders", "sales.silver.thinned", "sales.bronze.orders",
                               "sales.bronze.tail"};

TEST_F(ScanRegressionTest, OurTablesAnswerAsNativeOnes) {
  for (const auto& comparison : kComparisons) {
    const auto want = Sorted(Replace(comparison.native != nullptr ? comparison.native : comparison.ours, "ref"));
    ASSERT_THAT(want, IsOk()) << comparison.ours;
    for (const auto* name : kTables) {
      const auto got = Sorted(Replace(comparison.ours, name));
      ASSERT_THAT(got, IsOk()) << name << ": " << comparison.ours;
      EXPECT_TRUE(*got == *want) << name << ": " << comparison.ours << "\n"
                                 << got->rows.size() << " rows instead of " << want->rows.size();
    }
  }
}

TEST_F(ScanRegressionTest, HiddenColumnsAreUnknownWhereOnlyAStarCouldGiveThem) {
  for (const auto* sql : kUnknownColumns) {
    for (const auto* name : kTables)
      EXPECT_THAT(Query(Replace(sql, name)), ErrorIs(ErrorCode::kInvalidArgument)) << sql;
  }
}

TEST_F(ScanRegressionTest, ListingsDoNotShowHiddenColumns) {
  for (const auto* name : kTables) {
    EXPECT_EQ(Scalar(Replace("SELECT string_agg(column_name, ',') FROM (DESCRIBE $T)", name)), "id,name,amount");
    EXPECT_EQ(Scalar(Replace("SELECT string_agg(column_name, ',') FROM (DESCRIBE SELECT *, _offset FROM $T)", name)),
              "id,name,amount,_offset");
    EXPECT_THAT(Query(Replace("SUMMARIZE $T", name)), IsOk());
  }
}

TEST_F(ScanRegressionTest, FilesThatCannotMatchAreNotOpened) {
  const auto opened = [&](const std::string& sql) {
    store_.TakeOpened();
    EXPECT_THAT(Query(sql), IsOk()) << sql;
    return store_.TakeOpened().size();
  };
  // Footers may be cached already, so counts are upper bounds; a fresh engine sees every open.
  Open({});
  EXPECT_EQ(opened("SELECT count(*), min(id), max(id) FROM sales.silver.orders"), 0U);
  EXPECT_EQ(opened("SELECT sum(amount) FROM sales.silver.orders WHERE id = 4000"), 1U);
  EXPECT_EQ(opened("SELECT sum(amount) FROM sales.silver.orders WHERE id > 999999"), 0U);
  Open({});
  EXPECT_EQ(opened("SELECT id FROM sales.silver.orders WHERE _insert_date > TIMESTAMP '2024-01-01' + to_minutes(8500)"),
            2U);  // the newest file, and the oldest, which says nothing about a column it does not have
  Open({});
  EXPECT_EQ(opened("SELECT count(name) FROM sales.silver.orders o JOIN (SELECT 3500 + i AS k FROM range(3) t(i)) d ON "
                   "o.id = d.k"),
            1U);
}

TEST_F(ScanRegressionTest, SixThreadsOnAllScansAtOnce) {
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  for (int thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 15; ++i) {
        const std::string name = kTables[(thread + i) % std::size(kTables)];
        if (Scalar("SELECT count(*) || ' ' || count(_offset) FROM " + name +
                   " WHERE _schema_version IS NULL OR id >= 3000") != "10000 9000") {
          ++wrong;
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace tarn::engine
