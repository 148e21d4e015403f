// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/connection_pool.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "duckdb/storage/object_cache.hpp"

namespace tarn::engine {
namespace {

class ConnectionPoolTest : public testing::Test {
 protected:
  ~ConnectionPoolTest() override { std::filesystem::remove_all(folder_); }

  uint64_t HeldFooterBytes() {
    return duckdb::ObjectCache::GetObjectCache(*duckdb::Connection(database_).context).GetCurrentMemory();
  }

  /// Reads two files on a connection of the pool; footer bytes that are held before it is given back, and after.
  std::pair<uint64_t, uint64_t> HeldByReading(uint64_t most_footer_bytes) {
    ConnectionPool pool(database_, most_footer_bytes);
    auto connection = pool.Acquire();
    EXPECT_FALSE(connection->Query("SET parquet_metadata_cache=true")->HasError());
    for (const auto* name : {"a", "b"}) {
      const auto path = "'" + (folder_ / name).string() + ".parquet'";
      EXPECT_FALSE(connection->Query("COPY (SELECT 1 AS one) TO " + path)->HasError());
      EXPECT_FALSE(connection->Query("SELECT * FROM " + path)->HasError());
    }
    const auto before = HeldFooterBytes();
    connection.reset();
    return {before, HeldFooterBytes()};
  }

  const std::filesystem::path folder_ = [] {
    auto pattern = (std::filesystem::temp_directory_path() / "tarn-pool-XXXXXX").string();
    return std::filesystem::path(::mkdtemp(pattern.data()));
  }();
  duckdb::DuckDB database_{nullptr};
};

TEST_F(ConnectionPoolTest, FootersOverTheLimitAreForgotten) {
  const auto [before, after] = HeldByReading(1);
  EXPECT_GT(before, 0);
  EXPECT_EQ(after, 0);
}

TEST_F(ConnectionPoolTest, FootersBelowItAreKept) {
  const auto [before, after] = HeldByReading(1U << 20);
  EXPECT_GT(before, 0);
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace tarn::engine
