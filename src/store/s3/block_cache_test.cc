// SPDX-License-Identifier: Apache-2.0
#include "store/s3/block_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/result_matchers.h"
#include "store/temp_directory_testing.h"

namespace tarn::store {
namespace {

constexpr uint64_t kBlock = BlockCache::kBlockBytes;

class BlockCacheTest : public testing::Test {
 protected:
  BlockCache& Open(uint64_t blocks) {
    auto cache = BlockCache::Open({directory_ / "cache", blocks * kBlock}, metrics_);
    EXPECT_THAT(cache, IsOk());
    cache_ = std::move(*cache);
    return *cache_;
  }
  /// Bytes that tell object and block.
  static std::string BlockOf(const CachedObject& object, uint64_t number) {
    return std::string(kBlock, static_cast<char>(object.id * 16 + number));
  }
  static bool Has(BlockCache& cache, const CachedObject& object, uint64_t number) {
    std::string bytes(100, '?');
    if (!cache.Read(object, number, 17, bytes)) return false;
    EXPECT_EQ(bytes, BlockOf(object, number).substr(0, 100));
    return true;
  }

  TempDirectory directory_;
  MetricRegistry metrics_;
  std::unique_ptr<BlockCache> cache_;
};

TEST_F(BlockCacheTest, BlocksAreReadBackUntilOthersNeedTheirRoom) {
  auto& cache = Open(2);
  const auto object = cache.Add("k", 10 * kBlock, "tag");
  EXPECT_FALSE(Has(cache, object, 0));
  cache.Write(object, 0, BlockOf(object, 0));
  cache.Write(object, 1, BlockOf(object, 1));
  EXPECT_TRUE(Has(cache, object, 0));  // now 1 is the one used least recently
  cache.Write(object, 2, BlockOf(object, 2));
  EXPECT_TRUE(Has(cache, object, 0));
  EXPECT_FALSE(Has(cache, object, 1));
  EXPECT_TRUE(Has(cache, object, 2));
  EXPECT_EQ(cache.blocks(), 2U);
}

TEST_F(BlockCacheTest, KeyThatIsWrittenAnewLosesItsBlocks) {
  auto& cache = Open(4);
  const auto first = cache.Add("k", kBlock, "one");
  cache.Write(first, 0, BlockOf(first, 0));
  EXPECT_TRUE(Has(cache, cache.Add("k", kBlock, "one"), 0));
  EXPECT_FALSE(Has(cache, cache.Add("k", kBlock, "two"), 0));
  cache.Forget("k");
  EXPECT_FALSE(cache.Find("k").has_value());
}

TEST_F(BlockCacheTest, NothingIsLeftInTheFolder) {
  auto& cache = Open(4);
  const auto object = cache.Add("k", kBlock, "tag");
  cache.Write(object, 0, BlockOf(object, 0));
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "cache"));
}

TEST_F(BlockCacheTest, FolderThatCannotBeMadeIsAnError) {
  EXPECT_THAT(BlockCache::Open({"/proc/nowhere", kBlock}, metrics_), ErrorIs(ErrorCode::kUnavailable));
}

TEST_F(BlockCacheTest, ReadersAndEvictionsSideBySideSeeWholeBlocks) {
  auto& cache = Open(3);
  std::vector<CachedObject> objects;
  for (int i = 0; i < 4; ++i) objects.push_back(cache.Add("k" + std::to_string(i), 4 * kBlock, "tag"));
  std::atomic<int> hits{0};
  {
    std::vector<std::jthread> threads;
    for (size_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (size_t i = 0; i < 200; ++i) {
          const auto& object = objects[(i + thread) % objects.size()];
          const auto number = i / 3 % 4;
          if (Has(cache, object, number)) {
            ++hits;
          } else {
            cache.Write(object, number, BlockOf(object, number));
          }
        }
      });
    }
  }
  EXPECT_LE(cache.blocks(), 3U);
  EXPECT_GT(hits.load(), 0);
}

}  // namespace
}  // namespace tarn::store
