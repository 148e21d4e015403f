// SPDX-License-Identifier: Apache-2.0
#include "lake/expiry_record.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::lake {
namespace {

constexpr const char* kLocation = "silver/sales/orders";

TEST(ExpiryRecordTest, EncodingIsTheDocumentedOne) {
  const ExpiryRecord record{{1'767'225'600'000'000},
                            {1, 2, 3, 7},
                            {"/data/a.parquet", ".side/12.json"},
                            {"/metadata/v1.metadata.json"},
                            "{}"};
  const auto text = EncodeExpiryRecord(record);
  EXPECT_EQ(
      text,
      R"({"at":"2026-01-01T00:00:00Z","numbers":["/metadata/v1.metadata.json"],"objects":["/data/a.parquet",".side/12.json"],"stub":"{}","version":1,"versions":[[1,3],[7,7]]})");
  EXPECT_EQ(DecodeExpiryRecord(text), record);
  EXPECT_THAT(DecodeExpiryRecord(R"({"version":2})"), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(
      DecodeExpiryRecord(
          R"({"version":1,"at":"2026-01-01T00:00:00Z","versions":[[0,99999999999]],"objects":[],"numbers":[]})"),
      ErrorIs(ErrorCode::kCorrupt));
}

TEST(ExpiryRecordTest, KeysOfVersionsThatStayListedSayFromWhichToWhich) {
  const ExpiryRecord record{{1'767'225'600'000'000}, {1, 2, 3, 7}, {}, {}, std::nullopt};
  const auto listed = ExpiryRecordKey(kLocation, record, StillListed::kYes, "id");
  EXPECT_EQ(listed,
            "_control/expiry/silver/sales/orders/"
            "00001767225600000000-00000000000000000001-00000000000000000007-id.json");
  EXPECT_EQ(VersionsInKey(kLocation, listed), (std::pair<int64_t, int64_t>(1, 7)));
  const auto gone = ExpiryRecordKey(kLocation, record, StillListed::kNo, "3f0c9f6e-5c1d-4f5e-9a55-1f0a6d7b2c11");
  EXPECT_EQ(gone, "_control/expiry/silver/sales/orders/00001767225600000000-3f0c9f6e-5c1d-4f5e-9a55-1f0a6d7b2c11.json");
  EXPECT_EQ(VersionsInKey(kLocation, gone), std::nullopt);
}

}  // namespace
}  // namespace tarn::lake
