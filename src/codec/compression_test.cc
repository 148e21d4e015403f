// SPDX-License-Identifier: Apache-2.0
#include "codec/compression.h"

#include <gtest/gtest.h>

#include <random>

#include "base/result_matchers.h"

namespace tarn::codec {
namespace {

constexpr size_t kLimit = size_t{1} << 20;

std::string SampleText(size_t lines) {
  std::string text;
  for (size_t i = 0; i < lines; ++i) text += "{\"id\":" + std::to_string(i) + ",\"name\":\"row\"}\n";
  return text;
}

std::string Compressed(Encoding encoding, std::string_view data) {
  auto result = encoding == Encoding::kGzip ? GzipCompress(data) : ZstdCompress(data);
  return result.value_or("");
}

class DecompressTest : public testing::TestWithParam<Encoding> {};
INSTANTIATE_TEST_SUITE_P(All, DecompressTest, testing::Values(Encoding::kGzip, Encoding::kZstd));

TEST_P(DecompressTest, ReadsBackAnySizeWithPaddingBehind) {
  for (const size_t lines : {0, 1, 10, 5000, 30'000}) {
    const std::string text = SampleText(lines);
    ASSERT_OK_AND_ASSIGN(const auto back, Decompress(GetParam(), Compressed(GetParam(), text), kLimit));
    EXPECT_EQ(back, text);
    EXPECT_GE(back.capacity(), back.size() + kDecompressPadding);
  }
}

TEST_P(DecompressTest, ReadsSeveralPartsAsOne) {
  const std::string data = Compressed(GetParam(), "one ") + Compressed(GetParam(), "") + Compressed(GetParam(), "two");
  ASSERT_OK_AND_ASSIGN(const auto back, Decompress(GetParam(), data, kLimit));
  EXPECT_EQ(back, "one two");
}

TEST_P(DecompressTest, LimitIsExact) {
  const std::string text(70'000, 'x');
  EXPECT_THAT(Decompress(GetParam(), Compressed(GetParam(), text), text.size()), IsOk());
  EXPECT_THAT(Decompress(GetParam(), Compressed(GetParam(), text), text.size() - 1),
              ErrorIs(ErrorCode::kResourceExhausted));
  EXPECT_THAT(Decompress(GetParam(), Compressed(GetParam(), ""), 0), IsOk());
}

TEST_P(DecompressTest, BombIsRefused) {
  const std::string bomb = Compressed(GetParam(), std::string(64 << 20, '\0'));
  EXPECT_THAT(Decompress(GetParam(), bomb, kLimit), ErrorIs(ErrorCode::kResourceExhausted));
}

TEST_P(DecompressTest, EveryTruncationAndForeignTailIsRefused) {
  const std::string data = Compressed(GetParam(), SampleText(40));
  for (size_t size = 0; size < data.size(); ++size) {
    EXPECT_THAT(Decompress(GetParam(), std::string_view(data).substr(0, size), kLimit),
                ErrorIs(ErrorCode::kInvalidArgument))
        << size;
  }
  EXPECT_THAT(Decompress(GetParam(), data + "tail", kLimit), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Decompress(GetParam(), "{\"plain\":1}", kLimit), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_P(DecompressTest, FlippedBitsNeverGiveOtherBytes) {
  const std::string text = SampleText(40);
  const std::string data = Compressed(GetParam(), text);
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    std::string damaged = data;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 << (random() % 8));
    const auto back = Decompress(GetParam(), damaged, kLimit);
    // Header fields without meaning (time, system) may change without harm.
    if (back) {
      EXPECT_EQ(*back, text);
    }
  }
}

TEST(DecompressIdentityTest, CopiesUpToTheLimit) {
  ASSERT_OK_AND_ASSIGN(const auto back, Decompress(Encoding::kIdentity, "abc", 3));
  EXPECT_EQ(back, "abc");
  EXPECT_THAT(Decompress(Encoding::kIdentity, "abcd", 3), ErrorIs(ErrorCode::kResourceExhausted));
}

TEST(ZstdStreamTest, PartsWrittenAreReadBackInChunks) {
  const std::string text = SampleText(20'000);
  ZstdWriter writer(3);
  for (size_t at = 0; at < text.size(); at += 777) {
    ASSERT_THAT(writer.Append(std::string_view(text).substr(at, 777)), IsOk());
  }
  EXPECT_EQ(writer.raw_bytes(), text.size());
  ASSERT_OK_AND_ASSIGN(std::string object, writer.Finish());
  EXPECT_LT(object.size(), text.size() / 4);
  ASSERT_THAT(writer.Append("more"), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string second, writer.Finish());
  object += second;

  size_t position = 0;
  ZstdReader reader([&]() -> Result<std::string> {
    std::string chunk = object.substr(position, 100);
    position += chunk.size();
    return chunk;
  });
  std::string back;
  std::string buffer(333, '\0');
  for (;;) {
    ASSERT_OK_AND_ASSIGN(const size_t size, reader.Read(buffer));
    if (size == 0) break;
    back.append(buffer, 0, size);
  }
  EXPECT_EQ(back, text + "more");
}

TEST(ZstdStreamTest, CutObjectIsRefusedAndSourceErrorsPass) {
  ASSERT_OK_AND_ASSIGN(const std::string object, ZstdCompress(SampleText(1000)));
  ZstdReader cut(object.substr(0, object.size() - 1));
  std::string buffer(1 << 20, '\0');
  Result<size_t> read = size_t{1};
  while (read && *read > 0) read = cut.Read(buffer);
  EXPECT_THAT(read, ErrorIs(ErrorCode::kInvalidArgument));

  ZstdReader failing([]() -> Result<std::string> { return Fail(ErrorCode::kUnavailable, "store is away"); });
  EXPECT_THAT(failing.Read(buffer), ErrorIs(ErrorCode::kUnavailable));
  ZstdReader empty{std::string()};
  ASSERT_OK_AND_ASSIGN(const size_t none, empty.Read(buffer));
  EXPECT_EQ(none, 0U);
}

}  // namespace
}  // namespace tarn::codec
