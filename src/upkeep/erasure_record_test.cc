// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erasure_record.h"

#include <gmock/gmock.h>

#include "base/result_matchers.h"

namespace tarn::upkeep {
namespace {

using testing::HasSubstr;
using testing::Not;

ErasureRecord Open() {
  ErasureRecord record;
  record.id = "e-1";
  record.requested_at = {123};
  record.incarnation = 7;
  record.keys = {{"who", "day"}, {{"ada", "2026-01-01"}, {"bob \"x\"", "2026-01-02"}}};
  return record;
}

TEST(ErasureRecordTest, AnOpenOneIsWrittenAsDocumented) {
  const auto text = EncodeErasure(Open());
  EXPECT_EQ(
      text,
      R"({"version":1,"id":"e-1","requested_at_us":123,"incarnation":7,"columns":["who","day"],"keys":[["ada","2026-01-01"],["bob \"x\"","2026-01-02"]]})");
  ASSERT_OK_AND_ASSIGN(const auto back, DecodeErasure(text));
  EXPECT_EQ(back, Open());
}

TEST(ErasureRecordTest, AClosedOneSaysTheReportAndNoKey) {
  auto record = Open();
  ErasureReport report;
  report.finished_at = {456};
  report.purged = 3;
  report.layers = {{"bronze", 3, 1, 2, 0, {"bronze/d/t/one"}}};
  report.not_examined = {{"quarantine", "no key", 2}};
  record.Close(report, "salt");
  const auto text = EncodeErasure(record);
  EXPECT_THAT(text, Not(HasSubstr("ada")));
  EXPECT_THAT(text, HasSubstr(R"("salt":"salt","key_hashes":[")"));
  EXPECT_EQ(record.key_hashes.size(), 2U);
  ASSERT_OK_AND_ASSIGN(const auto back, DecodeErasure(text));
  EXPECT_EQ(back, record);
}

TEST(ErasureRecordTest, OtherVersionsAndTextAreRefused) {
  EXPECT_THAT(DecodeErasure(R"({"version":2})"), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(DecodeErasure(R"({"version":1})"), ErrorIs(ErrorCode::kCorrupt));
}

TEST(ErasureKeysTest, TheConditionReadsValuesAsTheColumnsTypes) {
  table::Schema schema;
  schema.fields = {{1, "id", table::Scalar(table::TypeKind::kInt64), true},
                   {2, "who", table::Scalar(table::TypeKind::kString), true}};
  const ErasureKeys keys{{"id", "who"}, {{"7", "it's"}}};
  EXPECT_TRUE(HasKeyColumns(keys, schema));
  EXPECT_EQ(KeyCondition(keys, schema),
            R"(coalesce(("id" = TRY_CAST('7' AS BIGINT) AND "who" = TRY_CAST('it''s' AS VARCHAR)), false))");
  schema.fields.pop_back();
  EXPECT_FALSE(HasKeyColumns(keys, schema));
}

}  // namespace
}  // namespace tarn::upkeep
