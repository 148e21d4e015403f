// SPDX-License-Identifier: Apache-2.0
#include "codec/murmur3.h"

#include <gtest/gtest.h>

namespace tarn::codec {
namespace {

// Published values of the reference implementation and of the Iceberg specification, appendix B.
TEST(Murmur3, KnownInputsGiveKnownHashes) {
  EXPECT_EQ(Murmur3(""), 0U);
  EXPECT_EQ(Murmur3("", 1), 0x514E28B7U);
  EXPECT_EQ(Murmur3("", 0xffffffffU), 0x81F16F39U);
  EXPECT_EQ(Murmur3("iceberg"), 1210000089U);
  EXPECT_EQ(static_cast<int32_t>(Murmur3({"\0\1\2\3", 4})), -188683207);
  EXPECT_EQ(static_cast<int32_t>(Murmur3({"\x22\0\0\0\0\0\0\0", 8})), 2017239379);
}

TEST(Murmur3, EveryTailLengthGivesAnotherHash) {
  EXPECT_EQ(Murmur3("a", 0x9747b28cU), 0x7FA09EA6U);
  EXPECT_EQ(Murmur3("aa", 0x9747b28cU), 0x5D211726U);
  EXPECT_EQ(Murmur3("aaa", 0x9747b28cU), 0x283E0130U);
  EXPECT_EQ(Murmur3("aaaa", 0x9747b28cU), 0x5A97808AU);
}

}  // namespace
}  // namespace tarn::codec
