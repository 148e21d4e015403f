// SPDX-License-Identifier: Apache-2.0
// What becomes of fields without a column (http-api.md §4.5), from ingest to silver.

#include <gtest/gtest.h>

#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

using contract::UnknownFields;

class UnknownFieldsTest : public LakeTest {
 protected:
  void CreateWith(UnknownFields unknown_fields) {
    auto draft = DraftOf("id integer key, a string");
    draft.unknown_fields = unknown_fields;
    CreateFrom(draft);
  }

  std::string SilverColumns() { return Rows("SELECT column_name FROM (DESCRIBE sales.silver.orders)"); }
};

TEST_F(UnknownFieldsTest, RescueKeepsThemInOneColumn) {
  CreateWith(UnknownFields::kRescue);
  Put(R"([{"id":1,"a":"x","extra":{"k":1},"n":2,"_offset":"mine","none":null}])");
  EXPECT_EQ(SilverColumns(), "id;a");
  EXPECT_EQ(Rows("SELECT id, a, _rescued FROM sales.silver.orders"), R"(1|x|{"extra":{"k":1},"n":2,"_offset":"mine"})");
}

TEST_F(UnknownFieldsTest, IgnoreDropsThemFromSilverOnly) {
  CreateWith(UnknownFields::kIgnore);
  Put(R"([{"id":1,"a":"x","extra":5}])");
  EXPECT_EQ(SilverColumns(), "id;a");
  EXPECT_EQ(Rows("SELECT id, a, _rescued FROM sales.silver.orders"), "1|x|NULL");
  EXPECT_EQ(Rows("SELECT extra FROM sales.bronze.orders"), "5");
}

TEST_F(UnknownFieldsTest, QuarantineRefusesTheRecord) {
  CreateWith(UnknownFields::kQuarantine);
  Put(R"([{"id":1,"a":"x","extra":5,"more":null},{"id":2,"A":"y","_offset":"mine"},{"id":3,"_op":"delete","extra":1}])");
  EXPECT_EQ(Rows("SELECT id, a, _rescued FROM sales.silver.orders"), R"(2|y|{"_offset":"mine"})");
  ASSERT_OK_AND_ASSIGN(const auto units, bronze_->QuarantineUnits("sales", "orders"));
  ASSERT_OK_AND_ASSIGN(const auto entries, units[0].load());
  ASSERT_EQ(entries.size(), 1U);
  ASSERT_EQ(entries[0].errors.size(), 2U);
  EXPECT_EQ(entries[0].errors[0].field, "extra");
  EXPECT_EQ(entries[0].errors[0].type, "extra_forbidden");
}

TEST_F(UnknownFieldsTest, AColumnThatEvolvedIsNoLongerFilledOnceFieldsAreRescued) {
  CreateWith(UnknownFields::kEvolve);
  Put(R"([{"id":1,"extra":5}])");
  auto change = DraftOf("");
  change.unknown_fields = UnknownFields::kRescue;
  Change(change);
  Put(R"([{"id":2,"extra":6}])");
  EXPECT_EQ(Rows("SELECT id, extra, _rescued FROM sales.silver.orders ORDER BY id"), R"(1|5|NULL;2|NULL|{"extra":6})");
  change.unknown_fields = UnknownFields::kEvolve;
  Change(change);
  Put(R"([{"id":3,"extra":7}])");
  EXPECT_EQ(Rows("SELECT extra FROM sales.silver.orders WHERE id = 3"), "7");
}

TEST_F(UnknownFieldsTest, NoNameOfAFieldStopsMerges) {
  auto draft = DraftOf("id integer key, filename string");
  draft.merge_mode = contract::MergeMode::kPatch;
  CreateFrom(draft);
  const std::string names =
      R"("file_row_number":1,"_ordinal":1,"_VERDICT":1,"_unfit":"u","_present":1,"_stored":1,"_next":1,"_moment":1)";
  Put(R"([{"id":1,"filename":"a",)" + names + "}]");
  Put(R"([{"id":1,"filename":"b",)" + names + R"(},{"id":2,"_op":"delete"}])");
  EXPECT_EQ(Rows("SELECT id, filename, file_row_number, _ordinal, _verdict, _unfit, _next FROM sales.silver.orders"),
            "1|b|1|1|1|u|1");
}

TEST_F(UnknownFieldsTest, NamesOfTheServerAreRescuedInAnyCase) {
  Create("id integer key");
  Put(R"([{"id":1,"_OFFSET":"mine","_Insert_Date":"2020-01-01","_OP":"delete","_Disposition":1}])");
  Put(R"([{"id":1,"a":2}])");
  Put(R"([{"id":2,"_OFFSET":"mine","_Rescued":1,"_OP":"delete","_Disposition":1}])");
  EXPECT_EQ(Rows("SELECT id, a, _offset LIKE '%-%', _rescued FROM sales.silver.orders ORDER BY id"),
            R"(1|2|true|NULL;2|NULL|true|{"_OFFSET":"mine","_Rescued":1,"_OP":"delete","_Disposition":1})");
}

TEST_F(UnknownFieldsTest, WithoutColumnsNothingIsUnknown) {
  auto draft = DraftOf("");
  draft.unknown_fields = UnknownFields::kQuarantine;
  CreateFrom(draft);
  Put(R"([{"x":1}])");
  EXPECT_EQ(Rows("SELECT x FROM sales.silver.orders"), "1");
}

TEST_F(UnknownFieldsTest, InferredColumnsAreFixedByTheFirstRecordAndGuardedFromThenOn) {
  auto draft = DraftOf("");
  draft.mode = contract::Mode::kAutoInference;
  draft.unknown_fields = UnknownFields::kQuarantine;
  CreateFrom(draft);
  Put(R"([{"x":1}])");
  Put(R"([{"x":2},{"x":3,"y":1}])");
  EXPECT_EQ(Rows("SELECT x FROM sales.silver.orders ORDER BY x"), "1;2");
}

}  // namespace
}  // namespace tarn::silver
