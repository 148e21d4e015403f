// SPDX-License-Identifier: Apache-2.0
#include "lake/expired_versions.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/faulty/faulty_store.h"
#include "store/memory/memory_store.h"
#include "table/delta/delta_format.h"

namespace tarn::lake {
namespace {

constexpr const char* kLocation = "silver/sales/orders";

class ExpiredVersionsTest : public testing::Test {
 protected:
  std::string Put(const std::vector<int64_t>& versions, StillListed listed = StillListed::kYes) {
    ExpiryRecord record;
    record.at = {++time_};
    record.versions = {versions.begin(), versions.end()};
    const auto key = ExpiryRecordKey(kLocation, record, listed, "id");
    const auto body = EncodeExpiryRecord(record);
    const store::PutRequest put{key, body};
    EXPECT_THAT(store_.PutAll({&put, 1}), IsOk());
    return key;
  }

  static bool Has(ExpiredVersions& expired, int64_t version) {
    const auto has = expired.Has(version);
    EXPECT_THAT(has, IsOk());
    return has && *has;
  }

  int64_t time_ = 0;
  ManualClock clock_{{1'767'225'600'000'000}};
  SeededRandomness randomness_{7};
  store::MemoryStore store_;
  store::FaultyStore counting_{store_};
  table::delta::DeltaFormat format_{{}};
  table::Table table_{{.store = counting_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation};
};

TEST_F(ExpiredVersionsTest, WhatARecordSaysIsGoneIsGone) {
  Put({1, 2, 4});
  Put({7, 9});
  ExpiredVersions expired(table_);
  for (const int64_t version : {1, 2, 4, 7, 9}) EXPECT_TRUE(Has(expired, version)) << version;
  for (const int64_t version : {0, 3, 5, 8, 10}) EXPECT_FALSE(Has(expired, version)) << version;
}

TEST_F(ExpiredVersionsTest, OnlyRecordsThatMayNameTheVersionAreRead) {
  for (int64_t first = 0; first < 500; first += 10) Put({first, first + 9});
  Put({3, 888}, StillListed::kNo);
  ExpiredVersions expired(table_);
  EXPECT_TRUE(Has(expired, 120));
  EXPECT_FALSE(Has(expired, 121));
  EXPECT_EQ(counting_.count(store::StoreOperation::kGet), 1);
  EXPECT_EQ(counting_.count(store::StoreOperation::kList), 1);
}

TEST_F(ExpiredVersionsTest, ARecordThatEndsMeanwhileSaysNothing) {
  const auto key = Put({1, 2});
  ExpiredVersions expired(table_);
  EXPECT_FALSE(Has(expired, 0));
  ASSERT_THAT(store_.Delete(key), IsOk());
  EXPECT_FALSE(Has(expired, 1));
}

TEST_F(ExpiredVersionsTest, ARecordThatCannotBeReadIsAnError) {
  Put({1, 2});
  counting_.Inject({.operation = store::StoreOperation::kGet, .times = UINT64_MAX});
  ExpiredVersions expired(table_);
  EXPECT_FALSE(expired.Has(1));
}

}  // namespace
}  // namespace tarn::lake
