// SPDX-License-Identifier: Apache-2.0
#include "app/verb_crawl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "codec/compression.h"
#include "store/memory/memory_store.h"

namespace tarn::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CrawlTest : public testing::Test {
 protected:
  void Put(const std::string& key, const std::string& body) {
    const store::PutRequest put{key, body};
    ASSERT_THAT(store_.PutAll({&put, 1}), IsOk());
  }

  store::MemoryStore store_;
};

TEST_F(CrawlTest, FoldersWithTheirPartitionsAreTablesAndTypesWiden) {
  Put("orders/year=2024/dt=01/a.csv", "id,Amount,when\n1,2,2024-01-02\n");
  Put("orders/year=2024/dt=02/b.csv.gz", *codec::GzipCompress("id,Amount,when\n2,2.5,2024-01-03\n"));
  Put("orders/_SUCCESS", "");
  Put("events.ndjson", "{\"uuid\":\"a\",\"tags\":[1]}\n");
  ASSERT_OK_AND_ASSIGN(const auto sets, Crawl({store_}, "raw"));
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_EQ(codec::Dump(sets[0].endpoint),
            R"({"domain":"raw","name":"events","description":"raw files of events.ndjson","columns":)"
            R"([{"name":"uuid","type":"string","primary_key":true}]})");
  EXPECT_THAT(sets[1].partitions, ElementsAre("year", "dt"));
  EXPECT_EQ(sets[1].files, 2U);
  EXPECT_EQ(codec::Dump(sets[1].endpoint),
            R"({"domain":"raw","name":"orders","description":"raw files of orders, partitioned by year, dt","columns":)"
            R"([{"name":"id","type":"integer","primary_key":true},{"name":"amount","type":"double"},)"
            R"({"name":"when","type":"date"}]})");
}

TEST_F(CrawlTest, HeadersWithBlanksAndFilesWithoutAFolderHaveNames) {
  Put("day=01/a.csv", "order id;Total (EUR)\n1;2.5\n");
  ASSERT_OK_AND_ASSIGN(const auto sets, Crawl({store_}, "shop"));
  ASSERT_EQ(sets.size(), 1U);
  EXPECT_EQ(codec::Dump(sets[0].endpoint),
            R"({"domain":"shop","name":"shop","description":"raw files of shop, partitioned by day","columns":)"
            R"([{"name":"order_id","type":"integer"},{"name":"total__eur_","type":"double"}]})");
}

TEST_F(CrawlTest, WhatCannotBeReadIsSaidAndNotProposed) {
  Put("dump/x.parquet", "PAR1");
  ASSERT_OK_AND_ASSIGN(const auto sets, Crawl({store_}, "raw"));
  EXPECT_TRUE(sets.front().endpoint.is_null());
  EXPECT_THAT(sets.front().problem, HasSubstr("Parquet"));
}

}  // namespace
}  // namespace tarn::app
