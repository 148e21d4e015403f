// SPDX-License-Identifier: Apache-2.0
#include "codec/fuse_filter.h"

#include <gtest/gtest.h>

#include <random>

#include "base/result_matchers.h"
#include "codec/xxhash64.h"

namespace tarn::codec {
namespace {

// Values that the hash's own description publishes.
TEST(XxHash64, KnownInputsGiveKnownHashes) {
  EXPECT_EQ(XxHash64(""), 0xEF46DB3751D8E999ULL);
  EXPECT_EQ(XxHash64("a"), 0xD24EC4F1A98C6E5BULL);
  EXPECT_EQ(XxHash64("abc"), 0x44BC2CF5AD770999ULL);
  EXPECT_EQ(XxHash64("Nobody inspects the spammish repetition"), 0xFBCEA83C8A378BF1ULL);
}

TEST(XxHash64, TheSeedMakesAnotherHash) { EXPECT_NE(XxHash64("abc", 1), XxHash64("abc")); }

std::vector<uint64_t> Hashes(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint64_t> hashes(count);
  for (auto& hash : hashes) hash = random();
  return hashes;
}

class FuseFilterOf : public testing::TestWithParam<size_t> {};

TEST_P(FuseFilterOf, HoldsAllItsHashes) {
  const auto hashes = Hashes(GetParam(), 7);
  ASSERT_OK_AND_ASSIGN(const auto filter, FuseFilter::Build(hashes));
  for (const auto hash : hashes) ASSERT_TRUE(filter.MayHold(hash)) << hash;
}

TEST_P(FuseFilterOf, ReadsBackWhatItWrote) {
  const auto hashes = Hashes(GetParam(), 8);
  ASSERT_OK_AND_ASSIGN(const auto filter, FuseFilter::Build(hashes));
  std::string bytes;
  filter.Encode(bytes);
  EXPECT_EQ(bytes.size(), filter.size_bytes() + 16);
  ASSERT_OK_AND_ASSIGN(const auto read, FuseFilter::Decode(bytes));
  for (const auto hash : hashes) ASSERT_TRUE(read.MayHold(hash)) << hash;
}

INSTANTIATE_TEST_SUITE_P(Sizes, FuseFilterOf, testing::Values(0, 1, 2, 3, 10, 1'000, 65'537));

TEST(FuseFilter, TakesFewStrangersInLittleSpace) {
  ASSERT_OK_AND_ASSIGN(const auto filter, FuseFilter::Build(Hashes(50'000, 9)));
  EXPECT_LT(filter.size_bytes() * 8, 50'000 * 20);
  size_t taken = 0;
  for (const auto hash : Hashes(1'000'000, 10)) taken += filter.MayHold(hash) ? 1 : 0;
  EXPECT_LT(taken, 60U);  // one in 65,536 is 15
}

TEST(FuseFilter, HashesMayRepeat) {
  auto hashes = Hashes(1'000, 11);
  const auto once = hashes;
  hashes.insert(hashes.end(), once.begin(), once.end());
  ASSERT_OK_AND_ASSIGN(const auto filter, FuseFilter::Build(hashes));
  for (const auto hash : once) ASSERT_TRUE(filter.MayHold(hash));
}

TEST(FuseFilter, BytesOfAnotherShapeAreCorrupt) {
  ASSERT_OK_AND_ASSIGN(const auto filter, FuseFilter::Build(Hashes(100, 12)));
  std::string bytes;
  filter.Encode(bytes);
  EXPECT_THAT(FuseFilter::Decode(""), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(FuseFilter::Decode(bytes.substr(0, bytes.size() - 1)), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(FuseFilter::Decode(bytes + "x"), ErrorIs(ErrorCode::kCorrupt));
  auto odd = bytes;
  odd[8] = 3;  // a segment length that is no power of two
  EXPECT_THAT(FuseFilter::Decode(odd), ErrorIs(ErrorCode::kCorrupt));
  auto huge = bytes;
  for (size_t i = 12; i < 16; ++i) huge[i] = '\xff';
  EXPECT_THAT(FuseFilter::Decode(huge), ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::codec
