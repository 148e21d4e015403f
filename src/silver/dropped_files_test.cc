// SPDX-License-Identifier: Apache-2.0
// Dropped files on their way through bronze into silver, on a whole lake in memory.
#include <gmock/gmock.h>

#include "bronze/file_intake.h"
#include "codec/compression.h"
#include "codec/digest.h"
#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

using bronze::DroppedFile;
using bronze::FileClaim;
using bronze::FileIntake;
using testing::HasSubstr;

class DroppedFilesTest : public LakeTest {
 protected:
  void SetUp() override {
    LakeTest::SetUp();
    Restart();
  }

  /// Another process: nothing of the last one is remembered.
  void Restart() {
    bronze_ = std::make_unique<bronze::Bronze>(bronze::Bronze::Dependencies{
        store_, log_->tail(), registry_, clock_, randomness_, "node:n1", 1, [] { return Status(); }, reviews_});
    catalog_.AddLayer("bronze", *bronze_);
    intake_ = std::make_unique<FileIntake>(FileIntake::Dependencies{
        store_, *bronze_, registry_, clock_, randomness_, metrics_, 1, [this] { return seat_; },
        [this](const std::string&, const std::string&, uint64_t) { ++entries_; }, kSmall});
  }

  DroppedFile Drop(const std::string& name, const std::string& body) {
    const auto key = "bronze/sales/orders/_files/" + std::to_string(++drops_);
    const store::PutRequest put{key, body};
    EXPECT_THAT(store_.PutAll({&put, 1}), IsOk());
    DroppedFile file;
    file.domain = "sales";
    file.table = "orders";
    file.key = key;
    file.name = name;
    file.etag = codec::Hex(codec::Sha256(body));
    file.request_id = "r";
    return file;
  }

  FileClaim Take(const DroppedFile& file) {
    const auto taken = intake_->Take(file);
    EXPECT_THAT(taken, IsOk());
    return taken ? taken->claim : FileClaim();
  }
  FileClaim Take(const std::string& name, const std::string& body) { return Take(Drop(name, body)); }

  void MergeAll() {
    while (MergeOnce().committed) {
    }
  }

  static std::string Repeat(int rows, const std::function<std::string(int)>& line) {
    std::string text;
    for (int i = 0; i < rows; ++i) text += line(i);
    return text;
  }

  static constexpr bronze::FileScan::Limits kSmall{.slice_bytes = 8'000, .slice_rows = 100, .slices_per_entry = 4};

  Status seat_;
  int entries_ = 0;
  int drops_ = 0;
  std::unique_ptr<FileIntake> intake_;
};

TEST_F(DroppedFilesTest, CsvRowsAreInBronzeAtOnceAndMergeByKey) {
  Create("id integer key, name string, amount decimal");
  Put(R"([{"id":1,"name":"before","amount":1}])");
  const auto claim = Take("a.csv", "id;name;amount;extra\n1;\"Ann; \"\"A\"\"\";1.50;7\n2;Bob;;8\n");
  EXPECT_EQ(claim.state, FileClaim::State::kTaken);
  EXPECT_EQ(claim.rows, 2U);
  EXPECT_EQ(claim.quarantined, 0U);
  EXPECT_EQ(Rows("SELECT id, name, extra, _offset, _disposition FROM sales.bronze.orders ORDER BY _offset"),
            "1|before|NULL|1-1|valid;1|Ann; \"A\"|7|f1-1|valid;2|Bob|8|f1-2|valid");
  MergeAll();
  EXPECT_EQ(Rows("SELECT id, name, amount, extra FROM sales.silver.orders ORDER BY id"),
            "1|Ann; \"A\"|1.500000000|7;2|Bob|NULL|8");
}

TEST_F(DroppedFilesTest, ASecondSpellingOfADeclaredColumnIsAColumnOfItsOwn) {
  Create("id integer key, unit_price integer");
  Take("a.csv", "id,UnitPrice,unit_price\n1,5,6\n");
  MergeAll();
  EXPECT_EQ(Rows("SELECT id, unit_price, \"UnitPrice\" FROM sales.silver.orders"), "1|6|5");
}

TEST_F(DroppedFilesTest, BadRowsGoToQuarantineWithTheirReasons) {
  Create("id integer key, amount integer required");
  const auto claim = Take("a.csv", "id,amount\n1,5\nx,6\n3\n4,\n5,\"a\"b\n6,7\n");
  EXPECT_EQ(claim.rows, 6U);
  EXPECT_EQ(claim.quarantined, 4U);
  MergeAll();
  EXPECT_EQ(Rows("SELECT id, amount FROM sales.silver.orders ORDER BY id"), "1|5;6|7");
  const auto refused = Rows("SELECT id, reason FROM sales.quarantine.orders ORDER BY id");
  EXPECT_THAT(refused, HasSubstr("f1-2|id: "));
  EXPECT_THAT(refused, HasSubstr("f1-3|the record has 1 fields instead of 2"));
  EXPECT_THAT(refused, HasSubstr("f1-4|amount: "));
  EXPECT_THAT(refused, HasSubstr("f1-5|a quote is not closed"));
  EXPECT_EQ(Rows("SELECT _offset, _disposition, _raw FROM sales.bronze.orders WHERE _disposition = 'quarantined' "
                 "ORDER BY _offset LIMIT 2"),
            "f1-2|quarantined|{\"id\":\"x\",\"amount\":\"6\"};f1-3|quarantined|3");
}

TEST_F(DroppedFilesTest, JsonInAllItsShapesIsTaken) {
  Create("id integer key, v json");
  Take("a.ndjson", "{\"id\":1,\"v\":{\"a\":1}}\r\n\n{\"id\":2}\nnonsense\n[3]");
  Take("b.json", "[ {\"id\":3,\n \"v\":{\"s\":\"br[]{}ackets\"}} ,\n{\"id\":4}]\n");
  Take("c.json", "{\n  \"id\": 5,\n  \"v\": {\"l\":[1,\n 2]}\n}\n");
  Take("d.json", "[]");
  MergeAll();
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders ORDER BY id"),
            "1|{\"a\":1};2|NULL;3|{\"s\":\"br[]{}ackets\"};4|NULL;5|{\"l\":[1,  2]}");
  EXPECT_EQ(Rows("SELECT id FROM sales.quarantine.orders ORDER BY id"), "f1-3;f1-4");
}

TEST_F(DroppedFilesTest, AFileIsTakenOnceWhateverHappensBetween) {
  Create("id integer key");
  const std::string body = "{\"id\":1}\n{\"id\":2}\n";
  EXPECT_EQ(Take("a.ndjson", body).rows, 2U);
  const auto again = intake_->Take(Drop("a.ndjson", body));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->was_taken_before);
  EXPECT_EQ(again->claim.rows, 2U);
  Restart();
  EXPECT_TRUE(intake_->Take(Drop("a.ndjson", body))->was_taken_before);
  EXPECT_FALSE(intake_->Take(Drop("other name.ndjson", body))->was_taken_before);
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.bronze.orders"), "4");
}

TEST_F(DroppedFilesTest, ALargeFileSpansEntriesThatMergeByThemselves) {
  Create("id integer, text string");
  const std::string filler(90, 'x');
  const auto line = [&](int i) { return std::to_string(i) + "," + filler + "\n"; };
  const int rows = 1'000;  // three entries
  const auto body = "id,text\n" + Repeat(rows, line);
  for (const auto& packed : {body, *codec::ZstdCompress(body), *codec::GzipCompress(body, 1)}) {
    const auto claim = Take("a.csv", packed);
    EXPECT_EQ(claim.rows, static_cast<uint64_t>(rows));
    EXPECT_EQ(claim.last_entry - claim.first_entry, 2U);
    MergeAll();
  }
  EXPECT_EQ(Rows("SELECT count(*), count(DISTINCT id), sum(id), min(length(text)) FROM sales.silver.orders"),
            "3000|1000|1498500|90");
  EXPECT_EQ(Rows("SELECT count(*), sum(id) FROM sales.bronze.orders WHERE text IS NOT NULL"), "3000|1498500");
}

TEST_F(DroppedFilesTest, AHalfTakenFileGoesOnBehindItsLastEntryAfterARestart) {
  Create("id integer");
  const std::string filler(90, 'x');
  const auto body =
      Repeat(1'000, [&](int i) { return "{\"id\":" + std::to_string(i) + ",\"f\":\"" + filler + "\"}\n"; });
  for (const auto& packed : {body, *codec::ZstdCompress(body)}) {
    const auto file = Drop("a.ndjson", packed);
    const auto before = entries_;
    // The seat is asked before each put: claim, first entry, then it is gone.
    int checks = 0;
    intake_ = std::make_unique<FileIntake>(
        FileIntake::Dependencies{store_, *bronze_, registry_, clock_, randomness_, metrics_, 1, [] { return Status(); },
                                 [&](const std::string&, const std::string&, uint64_t) {
                                   if (++checks == 1) intake_->Stop();
                                 },
                                 kSmall});
    EXPECT_THAT(intake_->Take(file), ErrorIs(ErrorCode::kUnavailable));
    Restart();
    intake_->Start();
    const auto taken = Take(file);
    intake_->Stop();
    EXPECT_EQ(taken.rows, 1'000U);
    EXPECT_EQ(taken.last_entry - taken.first_entry, 3U);
    EXPECT_EQ(entries_ - before, 3) << "besides the one of before the restart";
  }
  MergeAll();
  EXPECT_EQ(Rows("SELECT count(*), count(DISTINCT id) FROM sales.silver.orders"), "2000|1000");
}

TEST_F(DroppedFilesTest, AClaimWithoutRowsIsTakenUpByTheNextDrop) {
  Create("id integer key");
  seat_ = Fail(ErrorCode::kUnavailable, "gone");
  const auto file = Drop("a.ndjson", "{\"id\":1}\n");
  EXPECT_THAT(intake_->Take(file), ErrorIs(ErrorCode::kUnavailable));
  seat_ = {};
  EXPECT_EQ(Take(Drop("b.ndjson", "{\"id\":2}\n")).number, 1U);
  const auto taken = Take(file);
  EXPECT_EQ(taken.number, 2U);
  EXPECT_EQ(Rows("SELECT id, _offset FROM sales.bronze.orders ORDER BY id"), "1|f2-1;2|f1-1");
}

TEST_F(DroppedFilesTest, WhatCannotBeReadToItsEndIsReported) {
  Create("id integer key");
  const auto claim = Take("a.json", "[{\"id\":1},{\"id\":2}, {\"id\":");
  EXPECT_EQ(claim.state, FileClaim::State::kFailed);
  EXPECT_EQ(claim.rows, 2U);
  EXPECT_THAT(claim.error, HasSubstr("does not end"));
  EXPECT_EQ(Rows("SELECT id, payload, reason FROM sales.quarantine.orders"),
            "f1-3|\"a.json\"|the JSON value at byte 20 does not end");
  auto damaged = *codec::GzipCompress("{\"id\":9}\n");
  damaged.resize(damaged.size() - 4);
  EXPECT_THAT(intake_->Take(Drop("b.ndjson.gz", damaged)), ErrorIs(ErrorCode::kInvalidArgument));
  auto watched = Drop("b.ndjson.gz", damaged);
  watched.unreadable = DroppedFile::Unreadable::kQuarantine;
  EXPECT_THAT(Take(watched).error, HasSubstr("damaged gzip stream"));
  EXPECT_THAT(intake_->Take(Drop("c.parquet", "PAR1....")), ErrorIs(ErrorCode::kUnsupported));
  MergeAll();
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "2");
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.quarantine.orders"), "2");
}

TEST_F(DroppedFilesTest, AChangedFileIsDamageNotOtherRows) {
  Create("id integer key");
  const auto file = Drop("a.ndjson", "{\"id\":1}\n{\"id\":2}\n");
  Take(file);
  ASSERT_THAT(store_.Delete(file.key), IsOk());
  const store::PutRequest put{file.key, "{\"id\":1}\n{\"id\":3}\n"};
  ASSERT_THAT(store_.PutAll({&put, 1}), IsOk());
  EXPECT_THAT(Rows("SELECT id FROM sales.bronze.orders"), HasSubstr("differs from its bronze log entry"));
}

TEST_F(DroppedFilesTest, RecordsMayAskForDeletesWhereThereIsAKey) {
  Create("id integer key");
  Take("a.ndjson", "{\"id\":1}\n{\"id\":2}\n");
  Take("b.ndjson", "{\"id\":1,\"_op\":\"delete\"}\n{\"id\":3}\n");
  MergeAll();
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "2;3");
}

TEST_F(DroppedFilesTest, AFieldThatOneRecordBringsBecomesAColumn) {
  Create("id integer key");
  Take("a.ndjson", "{\"id\":1}\n{\"id\":2,\"extra\":7}\n{\"id\":3,\"none\":null}\n");
  Take("b.csv", "id,text\n4,\n5,x\n");
  MergeAll();
  EXPECT_EQ(Rows("SELECT id, extra, text FROM sales.silver.orders ORDER BY id"),
            "1|NULL|NULL;2|7|NULL;3|NULL|NULL;4|NULL|NULL;5|NULL|x");
  EXPECT_EQ(Rows("SELECT column_name FROM (DESCRIBE sales.silver.orders)"), "id;extra;text");
}

TEST_F(DroppedFilesTest, CsvRecordsMayAskForDeletesWhereThereIsAKey) {
  Create("id integer key");
  Take("a.csv", "id,_op\n1,upsert\n2,upsert\n");
  const auto claim = Take("b.csv", "id,_op\n1,delete\n3,upsert\n4,unknown\n");
  EXPECT_EQ(claim.quarantined, 1U);
  MergeAll();
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "2;3");
}

TEST_F(DroppedFilesTest, CsvDeletesWithoutAKeyCostTheirRowsOnly) {
  Create("id integer");
  const auto claim = Take("a.csv", "id,_op\n1,upsert\n2,delete\n4,upsert\n");
  EXPECT_EQ(claim.quarantined, 1U);
  auto deletes = Drop("b.csv", "id,_op\n5,upsert\n6,delete\n");
  deletes.operation = contract::Operation::kDelete;
  EXPECT_EQ(Take(deletes).quarantined, 2U);
  MergeAll();
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "1;4");
  const auto reasons = Rows("SELECT id, reason, payload FROM sales.quarantine.orders ORDER BY id");
  EXPECT_THAT(reasons,
              HasSubstr("f1-2|_op: the endpoint has no key by which to delete|{\"id\":\"2\",\"_op\":\"delete\"}"));
  EXPECT_THAT(reasons, HasSubstr("f2-1|_op: the endpoint has no key by which to delete"));
}

/// What a merge reads of a record's members is what SQL shows of its text.
TEST_F(DroppedFilesTest, RowsOfCsvFilesKeepTheirTextForThoseWhoAskForIt) {
  auto draft = DraftOf("id integer key, name string");
  draft.unknown_fields = contract::UnknownFields::kRescue;
  CreateFrom(draft);
  Take("a.csv", "id,name,n,\"a \"\"b\"\"\"\n1,\"say \"\"hi\"\"\",7,x\n2,,8.5,\"y\nz\"\n");
  MergeAll();
  const std::string first = R"({"id":"1","name":"say \"hi\"","n":7,"a \"b\"":"x"})";
  const std::string second = R"({"id":"2","name":null,"n":8.5,"a \"b\"":"y\nz"})";
  EXPECT_EQ(Rows("SELECT _len FROM sales.bronze.orders ORDER BY _offset"),
            std::to_string(first.size()) + ";" + std::to_string(second.size()));
  EXPECT_EQ(Rows("SELECT id, name, _rescued FROM sales.silver.orders ORDER BY id"),
            R"(1|say "hi"|{"n":7,"a \"b\"":"x"};2|NULL|{"n":8.5,"a \"b\"":"y\nz"})");
}

TEST_F(DroppedFilesTest, ADeleteWithoutKeyAndBrokenTextCostTheirRowsOnly) {
  Create("id integer");
  const auto claim = Take("a.ndjson", "{\"id\":1}\n{\"id\":2,\"_op\":\"delete\"}\n{\"id\":\"\xFF\"}\n{\"id\":4}\n");
  EXPECT_EQ(claim.rows, 4U);
  EXPECT_EQ(claim.quarantined, 2U);
  MergeAll();
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "1;4");
  EXPECT_THAT(Rows("SELECT reason FROM sales.quarantine.orders ORDER BY id"), HasSubstr("no key by which to delete"));
}

TEST_F(DroppedFilesTest, AutoInferenceFixesColumnsByTheFirstRecord) {
  Create("", "", contract::Mode::kAutoInference);
  Take("a.csv", "id,price,when,name\n1,1.5,2024-01-02,a\n2,2,2024-01-03,b\n");
  MergeAll();
  EXPECT_EQ(Rows("SELECT id + 1, price * 2, \"when\", name FROM sales.silver.orders ORDER BY id"),
            "2|3.0|2024-01-02|a;3|4.0|2024-01-03|b");
}

}  // namespace
}  // namespace tarn::silver
