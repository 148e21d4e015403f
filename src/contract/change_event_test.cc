// SPDX-License-Identifier: Apache-2.0
#include "contract/change_event.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "contract/record_checker.h"
#include "contract/row_decoder.h"

namespace tarn::contract {
namespace {

std::shared_ptr<const CompiledContract> Endpoint() {
  Contract contract;
  contract.domain = "sales";
  contract.name = "orders";
  contract.envelope = Envelope::kDebezium;
  const auto add = [&](const char* name, ColumnType type, bool key) {
    Column column;
    column.name = name;
    column.type = type;
    column.primary_key = key;
    contract.columns.push_back(column);
  };
  add("id", ColumnType::kBigint, true);
  add("v", ColumnType::kString, false);
  add("source_lsn", ColumnType::kBigint, false);
  add("source_ts_ms", ColumnType::kBigint, false);
  contract.sequence_by = "source_lsn";
  auto compiled = CompiledContract::Compile(std::move(contract));
  EXPECT_THAT(compiled, IsOk());
  return *compiled;
}

struct Checked {
  Operation operation = Operation::kUpsert;
  std::string errors;  ///< "field:type", with blanks
};

Checked Check(const std::string& record) {
  Checked checked;
  for (const auto& error : CheckRecord(record, *Endpoint(), checked.operation)) {
    checked.errors += (checked.errors.empty() ? "" : " ") + error.field + ":" + error.type;
  }
  return checked;
}

/// id|v|source_lsn|source_ts_ms of one record, or what does not fit.
std::string Decoded(std::string record) {
  const auto endpoint = Endpoint();
  DecodePlan plan;
  plan.contract = endpoint;
  std::vector<table::DataType> types;
  const auto& columns = endpoint->contract().columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    plan.columns.push_back({columns[i].name, StorageType(columns[i]), static_cast<int>(i)});
    types.push_back(StorageType(columns[i]));
  }
  RowDecoder decoder(std::move(plan));
  table::BatchBuilder builder(types);
  const auto size = record.size();
  record.append(RecordChecker::kPadding, ' ');
  const auto row = decoder.Append(std::string_view(record).substr(0, size), builder, 0);
  EXPECT_THAT(row, IsOk());
  if (!row->fits) return row->unfit;
  const auto view = builder.View();
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto& column = view.columns[i];
    if (i > 0) text += "|";
    if (!column.IsValid(0)) {
      text += "NULL";
    } else if (i == 1) {
      text += column.At<std::string_view>(0);
    } else {
      text += std::to_string(column.At<int64_t>(0));
    }
  }
  return text + (row->rescued.empty() ? "" : "|" + std::string(row->rescued));
}

constexpr const char* kUpdate =
    R"({"before":{"id":1,"v":"a"},"after":{"id":1,"v":"b"},"source":{"lsn":77,"ts_ms":5},"op":"u","ts_ms":9})";

TEST(ChangeEventTest, OperationsAreThoseOfTheSource) {
  EXPECT_EQ(Check(kUpdate).errors, "");
  EXPECT_EQ(Check(kUpdate).operation, Operation::kUpsert);
  for (const char* op : {"c", "r"}) {
    const auto record = R"({"op":")" + std::string(op) + R"(","after":{"id":1},"source":{"lsn":1}})";
    EXPECT_EQ(Check(record).operation, Operation::kUpsert) << op;
    EXPECT_EQ(Check(record).errors, "") << op;
  }
  const auto deleted = Check(R"({"op":"d","before":{"id":1},"after":null,"source":{"lsn":2}})");
  EXPECT_EQ(deleted.operation, Operation::kDelete);
  EXPECT_EQ(deleted.errors, "");
  const auto truncated = Check(R"({"op":"t","before":null,"after":null,"source":{"lsn":3}})");
  EXPECT_EQ(truncated.operation, Operation::kTruncate);
  EXPECT_EQ(truncated.errors, "");
}

TEST(ChangeEventTest, TheRowIsWhatTheEventSays) {
  EXPECT_EQ(Decoded(kUpdate), "1|b|77|5");
  EXPECT_EQ(Decoded(R"({"op":"d","before":{"id":4,"v":"x"},"source":{"lsn":2}})"), "4|x|2|NULL");
  EXPECT_EQ(Decoded(R"({"op":"t","source":{"lsn":3}})"), "NULL|NULL|3|NULL");
}

TEST(ChangeEventTest, MembersComeInAnyOrderAndTheLastOfTwoCounts) {
  EXPECT_EQ(Decoded(R"({"source":{"lsn":1},"after":{"id":1},"op":"d","op":"c","after":{"v":"z","id":2}})"),
            "2|z|1|NULL");
}

TEST(ChangeEventTest, AnEventMayStandBesideItsSchema) {
  EXPECT_EQ(Decoded(R"({"schema":{"type":"struct","fields":[{"op":"x"}]},"payload":)" + std::string(kUpdate) + "}"),
            "1|b|77|5");
  EXPECT_EQ(Check(R"({"schema":null,"payload":)" + std::string(kUpdate) + "}").errors, "");
}

TEST(ChangeEventTest, TheRowGoesBeforeTheSourceAndTheEventsTimeIsTheLastResort) {
  EXPECT_EQ(Decoded(R"({"op":"c","after":{"id":1,"source_lsn":5},"source":{"lsn":9},"ts_ms":3})"), "1|NULL|5|3");
}

TEST(ChangeEventTest, FieldsAroundTheRowAreNoFieldsOfIt) {
  EXPECT_EQ(Decoded(R"({"op":"c","after":{"id":1,"w":2},"transaction":{"id":7},"source":{"lsn":9,"db":"d"}})"),
            "1|NULL|9|NULL|{\"w\":2}");
}

TEST(ChangeEventTest, WhatIsNoEventIsRefusedWithAReason) {
  EXPECT_EQ(Check(R"({"id":1,"v":"a"})").errors, "op:change_event");
  EXPECT_EQ(Check(R"({"op":"x","after":{"id":1}})").errors, "op:change_event");
  EXPECT_EQ(Check(R"({"op":5,"after":{"id":1}})").errors, "op:change_event");
  EXPECT_EQ(Check(R"({"op":"c","after":null})").errors, "after:change_event");
  EXPECT_EQ(Check(R"({"op":"u","before":{"id":1}})").errors, "after:change_event");
  EXPECT_EQ(Check(R"({"op":"d","before":null,"after":{"id":1}})").errors, "before:change_event");
  EXPECT_EQ(Check(R"({"schema":{},"payload":null})").errors, "payload:change_event");
  EXPECT_EQ(Check(R"({"op":"c","after":{"v":"a"},"source":{"lsn":1}})").errors, "id:missing");
  EXPECT_EQ(Check(R"({"op":"t","source":{}})").errors, "source_lsn:missing");
  EXPECT_EQ(Decoded(R"({"id":1,"v":"a"})"), "op: The record is no change event: it has no member op");
}

TEST(ChangeEventTest, AnEventAfterAFaultyOneIsReadAfresh) {
  const auto endpoint = Endpoint();
  std::string body = R"([{"id":1},{"op":"c","after":{"id":2},"source":{"lsn":1}},{"op":"d","before":{"id":3}}])";
  const auto size = body.size();
  body.append(RecordChecker::kPadding, ' ');
  CheckRequest request;
  request.shape = BodyShape::kBatch;
  std::string seen;
  std::vector<std::string> raw;
  RecordChecker checker;
  const auto failure =
      checker.Check(std::string_view(body).substr(0, size), request, *endpoint, [&](const CheckedRecord& record) {
        seen += std::string(OperationWord(record.operation)) + (record.verdict == Verdict::kValid ? "+" : "-") + " ";
        raw.emplace_back(record.raw);
      });
  EXPECT_FALSE(failure);
  EXPECT_EQ(seen, "upsert- upsert+ delete+ ");
  EXPECT_EQ(raw[1], R"({"op":"c","after":{"id":2},"source":{"lsn":1}})");
}

}  // namespace
}  // namespace tarn::contract
