// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/result_matchers.h"
#include "codec/bitmap64.h"
#include "codec/deletion_vector_blob.h"
#include "codec/digest.h"
#include "codec/puffin.h"
#include "codec/z85.h"

namespace tarn::codec {
namespace {

Bitmap64 BitmapOf(const std::vector<uint64_t>& values) {
  Bitmap64 bitmap;
  for (const uint64_t value : values) bitmap.Add(value);
  return bitmap;
}

/// Values of every density a container can have, on several high words.
std::set<uint64_t> RandomValues(std::mt19937_64& random) {
  std::set<uint64_t> values;
  for (const uint64_t high : {uint64_t{0}, uint64_t{1}, uint64_t{7}}) {
    const uint64_t base = high << 32;
    for (int i = 0; i < 300; ++i) values.insert(base + random() % 100'000'000);
    for (int i = 0; i < 20'000; ++i) values.insert(base + 200'000 + random() % 65'536);
    const uint64_t start = base + random() % 1'000'000;
    for (uint64_t i = 0; i < 5'000; ++i) values.insert(start + i);
  }
  return values;
}

TEST(Bitmap64Test, AgreesWithAnOrderedSet) {
  std::mt19937_64 random(20260101);
  for (int round = 0; round < 3; ++round) {
    const auto values = RandomValues(random);
    Bitmap64 bitmap;
    for (const uint64_t value : values) bitmap.Add(value);
    EXPECT_EQ(bitmap.Values(), std::vector<uint64_t>(values.begin(), values.end()));
    EXPECT_EQ(bitmap.Cardinality(), values.size());
    EXPECT_EQ(bitmap.Maximum(), *values.rbegin());
    for (int i = 0; i < 200; ++i) {
      const uint64_t begin = random() % (8ULL << 32);
      const uint64_t end = begin + random() % (i % 2 == 0 ? 100'000 : 2ULL << 32);
      const std::vector<uint64_t> expected(values.lower_bound(begin), values.lower_bound(end));
      std::vector<uint64_t> found;
      bitmap.AppendRange(begin, end, found);
      EXPECT_EQ(found, expected);
      EXPECT_EQ(bitmap.CardinalityIn(begin, end), expected.size());
      EXPECT_EQ(bitmap.Contains(begin), values.contains(begin));
    }
    ASSERT_OK_AND_ASSIGN(const Bitmap64 read, Bitmap64::Decode(bitmap.Encode()));
    EXPECT_EQ(read, bitmap);
  }
}

TEST(Bitmap64Test, SetOperationsCrossTheHighWord) {
  Bitmap64 bitmap;
  bitmap.AddRange((1ULL << 32) - 2, (1ULL << 32) + 2);
  EXPECT_EQ(bitmap.Values(), (std::vector<uint64_t>{4294967294, 4294967295, 4294967296, 4294967297}));
  Bitmap64 copy = bitmap;
  copy.Remove(4294967296);
  EXPECT_FALSE(copy == bitmap);
  EXPECT_EQ(bitmap.Cardinality(), 4U);
  bitmap -= copy;
  EXPECT_EQ(bitmap, BitmapOf({4294967296}));
  EXPECT_FALSE(bitmap.Intersects(copy));
  bitmap |= copy;
  EXPECT_EQ(bitmap.Cardinality(), 4U);
  EXPECT_TRUE(bitmap.Intersects(copy));
  const Bitmap64 same = bitmap;
  bitmap -= same;
  EXPECT_TRUE(bitmap.empty());
  EXPECT_EQ(bitmap, Bitmap64());
  EXPECT_EQ(Bitmap64().Encode(), std::string(8, '\0'));
}

TEST(Bitmap64Test, EveryChangedByteIsReadOrRefusedWithoutHarm) {
  Bitmap64 bitmap = BitmapOf({1, 5, 70'000, 5ULL << 32});
  bitmap.AddRange(200'000, 201'000);
  std::mt19937_64 random(3);
  for (int i = 0; i < 9'000; ++i) bitmap.Add(400'000 + random() % 60'000);
  const std::string bytes = bitmap.Encode();
  for (size_t size = 0; size < bytes.size(); size += 1 + size / 64) {
    EXPECT_THAT(Bitmap64::Decode(std::string_view(bytes).substr(0, size)), ErrorIs(ErrorCode::kCorrupt));
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(random());
    const auto read = Bitmap64::Decode(changed);
    if (!read) continue;
    EXPECT_EQ(read->Values().size(), read->Cardinality());
  }
  EXPECT_THAT(Bitmap64::Decode(bytes + "x"), ErrorIs(ErrorCode::kCorrupt));
}

// ZeroMQ RFC 32, "Test Cases".
TEST(Z85Test, MatchesThePublishedVector) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, Unhex("864fd26fb559f75b"));
  EXPECT_EQ(Z85Encode(bytes), "HelloWorld");
  EXPECT_EQ(Z85Decode("HelloWorld").value_or("refused"), bytes);
}

TEST(Z85Test, PadsWithZerosAndRefusesForeignText) {
  EXPECT_EQ(Z85Decode(Z85Encode("abcde")).value_or("refused"), std::string("abcde\0\0\0", 8));
  EXPECT_EQ(Z85Encode(""), "");
  EXPECT_THAT(Z85Decode("abcd"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Z85Decode("ab\"de"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Z85Decode("#####"), ErrorIs(ErrorCode::kInvalidArgument));
}

// As Delta's reference implementation writes rows 1, 3 and 5 inline; two bytes are padding.
constexpr std::string_view kInline = "^Bg9^0rr910000000000iXQKl0rr91000625c8Xg0rri41POJ5";

TEST(DeletionVectorTest, InlineVectorOfAnotherWriterIsRead) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, Z85Decode(kInline));
  ASSERT_OK_AND_ASSIGN(const Bitmap64 rows, DecodeDeletionVector(bytes.substr(0, 38)));
  EXPECT_EQ(rows.Values(), (std::vector<uint64_t>{1, 3, 5}));
  EXPECT_EQ(Z85Encode(EncodeDeletionVector(rows)), kInline);
}

// The inline example printed in Delta's protocol is of an older, big-endian layout that its own readers refuse.
TEST(DeletionVectorTest, ProtocolsNativeExampleIsRefused) {
  ASSERT_OK_AND_ASSIGN(const std::string bytes, Z85Decode("wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L"));
  EXPECT_EQ(Hex(bytes).substr(0, 8), "6439d3d0");
  EXPECT_THAT(DecodeDeletionVector(bytes), ErrorIs(ErrorCode::kUnsupported));
}

TEST(DeletionVectorTest, FrameKeepsTheVectorAndShowsDamage) {
  const std::string vector = EncodeDeletionVector(BitmapOf({3, 4, 7, 11, 18, 29}));
  const std::string frame = FrameDeletionVector(vector);
  EXPECT_EQ(Hex(std::string_view(frame).substr(0, 8)), "0000002cd1d33964");
  EXPECT_EQ(UnframeDeletionVector(frame).value_or("refused"), vector);
  EXPECT_THAT(UnframeDeletionVector(frame.substr(1)), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(UnframeDeletionVector(""), ErrorIs(ErrorCode::kCorrupt));
  std::string damaged = frame;
  damaged[20] = static_cast<char>(damaged[20] ^ 1);
  EXPECT_THAT(UnframeDeletionVector(damaged), ErrorIs(ErrorCode::kCorrupt));
}

TEST(DeletionVectorTest, UnknownMagicNumberIsRefused) {
  EXPECT_THAT(DecodeDeletionVector(std::string("\xd0\xd3\x39\x64", 4) + std::string(8, '\0')),
              ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(DecodeDeletionVector("ab"), ErrorIs(ErrorCode::kCorrupt));
}

TEST(PuffinTest, BlobsAreFoundAgain) {
  PuffinWriter writer;
  const std::string frame = FrameDeletionVector(EncodeDeletionVector(BitmapOf({1, 2, 3})));
  PuffinBlob blob;
  blob.type = kPuffinDeletionVector;
  blob.fields = {2147483645};
  blob.properties = {{"cardinality", "3"}, {"referenced-data-file", "data/a.parquet"}};
  const PuffinBlob first = writer.Add(blob, frame);
  const PuffinBlob second = writer.Add(blob, "xyz");
  const std::string file = writer.Finish({{"created-by", "tarn"}});
  EXPECT_EQ(first.offset_bytes, 4);
  EXPECT_EQ(second.offset_bytes, 4 + static_cast<int64_t>(frame.size()));
  ASSERT_OK_AND_ASSIGN(const PuffinFooter footer, DecodePuffinFooter(file));
  EXPECT_EQ(footer, (PuffinFooter{.blobs = {first, second}, .properties = {{"created-by", "tarn"}}}));
  EXPECT_EQ(file.substr(4, frame.size()), frame);
}

// Puffin spec, "File structure": an empty file.
TEST(PuffinTest, FormIsTheSpecs) {
  EXPECT_EQ(PuffinWriter().Finish({}),
            std::string("PFA1PFA1{\"blobs\":[],\"properties\":{}}\x1c\0\0\0\0\0\0\0PFA1", 48));
}

TEST(PuffinTest, DamageAndCompressionAreRefusedByName) {
  PuffinWriter writer;
  writer.Add({.type = "x", .fields = {}, .compression = {}, .properties = {}}, "bytes");
  const std::string file = writer.Finish({});
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_THAT(DecodePuffinFooter(file.substr(0, size)), ErrorIs(ErrorCode::kCorrupt)) << size;
  }
  std::string compressed = file;
  compressed[file.size() - 8] = 1;
  EXPECT_THAT(DecodePuffinFooter(compressed), ErrorIs(ErrorCode::kUnsupported));
  std::string misplaced = file;
  misplaced.replace(misplaced.find("\"length\":5"), 10, "\"length\":9");
  EXPECT_THAT(DecodePuffinFooter(misplaced), ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::codec
