// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "base/result_matchers.h"
#include "codec/base64.h"
#include "codec/byte_codec.h"
#include "codec/crc32c.h"
#include "codec/csv.h"
#include "codec/digest.h"
#include "codec/url.h"

namespace tarn::codec {
namespace {

std::string RandomBytes(std::mt19937_64& random, size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(DigestTest, MatchesPublishedVectors) {
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  // RFC 4231, case 2.
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(DigestTest, PartsGiveTheHashOfTheWholeAndTheHasherStartsAnew) {
  Sha256Hasher hasher;
  hasher.Update("a");
  hasher.Update("bc");
  EXPECT_EQ(hasher.Finish(), Sha256("abc"));
  EXPECT_EQ(hasher.Finish(), Sha256(""));
}

TEST(DigestTest, ComparesWholeValues) {
  EXPECT_TRUE(EqualConstantTime("secret", "secret"));
  EXPECT_FALSE(EqualConstantTime("secret", "secreT"));
  EXPECT_FALSE(EqualConstantTime("secret", "secre"));
  EXPECT_TRUE(EqualConstantTime("", ""));
}

TEST(HexTest, ReadsBothCasesAndRefusesOthers) {
  ASSERT_OK_AND_ASSIGN(const auto bytes, Unhex("00fFa1"));
  EXPECT_EQ(bytes, std::string("\x00\xff\xa1", 3));
  EXPECT_EQ(Hex(bytes), "00ffa1");
  EXPECT_THAT(Unhex("abc"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Unhex("0g"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(Crc32cTest, MatchesPublishedVectors) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62A8AB43U);
  EXPECT_EQ(Crc32c(""), 0U);
}

TEST(Crc32cTest, PortableAndProcessorFormsAgreeAtEveryLengthAndSplit) {
  std::mt19937_64 random(7);
  for (const size_t size : {0, 1, 7, 8, 9, 63, 150, 3071, 3072, 3073, 9216, 10'000, 70'001}) {
    const std::string data = RandomBytes(random, size);
    const auto seed = static_cast<uint32_t>(random());
    const uint32_t whole = Crc32c(data, seed);
    EXPECT_EQ(whole, Crc32cPortable(seed, data)) << size;
    const size_t split = size == 0 ? 0 : random() % size;
    EXPECT_EQ(whole, Crc32cExtend(Crc32c(std::string_view(data).substr(0, split), seed),
                                  std::string_view(data).substr(split)));
  }
}

TEST(Base64Test, MatchesPublishedVectors) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(Base64Encode(plain), text);
    ASSERT_OK_AND_ASSIGN(const auto back, Base64Decode(text));
    EXPECT_EQ(back, plain);
    ASSERT_OK_AND_ASSIGN(const auto url_back, Base64UrlDecode(Base64UrlEncode(plain)));
    EXPECT_EQ(url_back, plain);
  }
  EXPECT_EQ(Base64UrlEncode("\xfb\xff"), "-_8");
}

TEST(Base64Test, RefusesWhatNoEncoderWrites) {
  for (const auto* text : {"Zg=", "Z", "Zh==", "Zm 9", "Zg==Zg==", "-_8="}) {
    EXPECT_THAT(Base64Decode(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(UrlTest, DecodesAndEncodes) {
  ASSERT_OK_AND_ASSIGN(const auto plain, PercentDecode("a%20b%2Fc+%C3%A9"));
  EXPECT_EQ(plain, "a b/c+é");
  EXPECT_EQ(PercentEncode("a b/c+é~"), "a%20b%2Fc%2B%C3%A9~");
  for (const auto* text : {"%", "%2", "%zz", "a%2"}) {
    EXPECT_THAT(PercentDecode(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(UrlTest, ParsesQueryInOrder) {
  const std::vector<std::pair<std::string, std::string>> expected = {{"sql", "SELECT 1"}, {"a", ""},    {"b", "x=y"},
                                                                     {"", "v"},           {"c", "%zz"}, {"a", "2"}};
  EXPECT_EQ(ParseQuery("sql=SELECT+1&a&&b=x%3Dy&=v&c=%zz&a=2"), expected);
  EXPECT_TRUE(ParseQuery("").empty());
}

TEST(CsvTest, QuotesOnlyWhereNeeded) {
  const auto field = [](std::string_view text) {
    std::string out;
    AppendCsvField(out, text);
    return out;
  };
  EXPECT_EQ(field("plain text"), "plain text");
  EXPECT_EQ(field("a,b"), "\"a,b\"");
  EXPECT_EQ(field("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(field("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(field(""), "");
  std::string quoted;
  AppendQuotedCsvField(quoted, "");
  EXPECT_EQ(quoted, "\"\"");
}

TEST(ByteCodecTest, ReadsBackWhatItWrote) {
  std::string out = "x";
  ByteWriter writer(out);
  writer.U8(1);
  writer.U16(0x0203);
  const size_t hole = writer.position();
  writer.U32(0);
  writer.U64(0x0102030405060708ULL);
  writer.I64(-2);
  writer.LengthPrefixed("abc");
  writer.PatchU32(hole, 0xDEADBEEF);
  EXPECT_EQ(out.substr(2, 2), "\x03\x02");  // little end first

  ByteReader reader(std::string_view(out).substr(1));
  EXPECT_EQ(reader.U8(), 1);
  EXPECT_EQ(reader.U16(), 0x0203);
  EXPECT_EQ(reader.U32(), 0xDEADBEEF);
  EXPECT_EQ(reader.U64(), 0x0102030405060708ULL);
  EXPECT_EQ(reader.I64(), -2);
  EXPECT_EQ(reader.LengthPrefixed(), "abc");
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_EQ(reader.U8(), std::nullopt);
}

TEST(ByteCodecTest, StaysInPlaceWhenTooShort) {
  const std::string data("\xff\xff\xff\x7f zz", 7);
  ByteReader reader(data);
  EXPECT_EQ(reader.LengthPrefixed(), std::nullopt);
  EXPECT_EQ(reader.U64(), std::nullopt);
  EXPECT_EQ(reader.Bytes(8), std::nullopt);
  EXPECT_EQ(reader.position(), 0U);
  EXPECT_EQ(reader.Bytes(7), data);
}

}  // namespace
}  // namespace tarn::codec
