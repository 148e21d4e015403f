// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/single_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/result_matchers.h"
#include "table/iceberg/decimal_bytes.h"

namespace tarn::table::iceberg {
namespace {

PrimitiveType TypeOf(std::string_view text) { return ParsePrimitiveType(text).value(); }
std::string Bytes(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text.push_back(static_cast<char>(byte));
  return text;
}
Value DecimalOf(int64_t unscaled, uint8_t precision, uint8_t scale) {
  return DecimalValue{.unscaled = unscaled, .precision = precision, .scale = scale};
}

struct Case {
  const char* type;
  Value value;
  std::string bytes;
  const char* json;
};

// JSON forms are the examples of the specification's appendix D where it has one.
std::vector<Case> Cases() {
  return {
      {"boolean", true, Bytes({1}), "true"},
      {"boolean", false, Bytes({0}), "false"},
      {"int", int64_t{34}, Bytes({34, 0, 0, 0}), "34"},
      {"long", int64_t{-2}, Bytes({0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), "-2"},
      {"float", -4.5, Bytes({0, 0, 0x90, 0xc0}), "-4.5"},
      {"double", 6.0, Bytes({0, 0, 0, 0, 0, 0, 0x18, 0x40}), "6.0"},
      {"decimal(9, 2)", DecimalOf(1420, 9, 2), Bytes({0x05, 0x8c}), R"("14.20")"},
      {"decimal(9, 2)", DecimalOf(-1, 9, 2), Bytes({0xff}), R"("-0.01")"},
      {"decimal(9, 2)", DecimalOf(128, 9, 2), Bytes({0, 0x80}), R"("1.28")"},
      {"date", DateValue{17486}, Bytes({0x4e, 0x44, 0, 0}), R"("2017-11-16")"},
      {"date", DateValue{-1}, Bytes({0xff, 0xff, 0xff, 0xff}), R"("1969-12-31")"},
      {"time", int64_t{81068123456}, Bytes({0x40, 0x65, 0x09, 0xe0, 0x12, 0, 0, 0}), R"("22:31:08.123456")"},
      {"timestamp", TimestampValue{.micros = 1510871468123456, .utc = false},
       Bytes({0x40, 0xa5, 0x28, 0x2d, 0x21, 0x5e, 0x05, 0}), R"("2017-11-16T22:31:08.123456")"},
      {"timestamptz", TimestampValue{.micros = -1, .utc = true},
       Bytes({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), R"("1969-12-31T23:59:59.999999+00:00")"},
      {"timestamp_ns", int64_t{1510871468123456789}, Bytes({0x15, 0x85, 0xc5, 0x66, 0x98, 0xb1, 0xf7, 0x14}),
       R"("2017-11-16T22:31:08.123456789")"},
      {"timestamptz_ns", int64_t{1}, Bytes({1, 0, 0, 0, 0, 0, 0, 0}), R"("1970-01-01T00:00:00.000000001+00:00")"},
      {"string", std::string("iceberg"), "iceberg", R"("iceberg")"},
      {"string", std::string(), "", R"("")"},
      {"uuid", Bytes({0xf7, 0x9c, 0x3e, 0x09, 0x67, 0x7c, 0x4b, 0xbd, 0xa4, 0x79, 0x3f, 0x34, 0x9c, 0xb7, 0x85, 0xe7}),
       Bytes({0xf7, 0x9c, 0x3e, 0x09, 0x67, 0x7c, 0x4b, 0xbd, 0xa4, 0x79, 0x3f, 0x34, 0x9c, 0xb7, 0x85, 0xe7}),
       R"("f79c3e09-677c-4bbd-a479-3f349cb785e7")"},
      {"fixed[4]", Bytes({0, 1, 2, 255}), Bytes({0, 1, 2, 255}), R"("000102ff")"},
      {"binary", Bytes({0, 1, 2, 255}), Bytes({0, 1, 2, 255}), R"("000102ff")"},
  };
}

TEST(SingleValue, EveryTypeGoesThereAndBackAsBytes) {
  for (const Case& one : Cases()) {
    ASSERT_OK_AND_ASSIGN(const std::string bytes, EncodeSingleValue(one.value, TypeOf(one.type)));
    EXPECT_EQ(bytes, one.bytes) << one.type << " " << one.json;
    ASSERT_OK_AND_ASSIGN(const Value value, DecodeSingleValue(one.bytes, TypeOf(one.type)));
    EXPECT_EQ(value, one.value) << one.type << " " << one.json;
  }
}

TEST(SingleValue, EveryTypeGoesThereAndBackAsJson) {
  for (const Case& one : Cases()) {
    ASSERT_OK_AND_ASSIGN(const auto json, EncodeJsonValue(one.value, TypeOf(one.type)));
    EXPECT_EQ(codec::Dump(json), one.json) << one.type;
    ASSERT_OK_AND_ASSIGN(const Value value, DecodeJsonValue(json, TypeOf(one.type)));
    EXPECT_EQ(value, one.value) << one.type << " " << one.json;
  }
  EXPECT_EQ(codec::Dump(EncodeJsonValue({}, TypeOf("int")).value()), "null");
  EXPECT_TRUE(IsNull(DecodeJsonValue(nullptr, TypeOf("int")).value()));
}

TEST(SingleValue, ShorterFormsOfWidenedColumnsAreRead) {
  EXPECT_EQ(DecodeSingleValue(Bytes({0xfe, 0xff, 0xff, 0xff}), TypeOf("long")).value(), Value(int64_t{-2}));
  EXPECT_EQ(DecodeSingleValue(Bytes({0, 0, 0x90, 0xc0}), TypeOf("double")).value(), Value(-4.5));
  EXPECT_EQ(DecodeSingleValue(Bytes({1, 0, 0, 0}), TypeOf("timestamp")).value(),
            Value(TimestampValue{.micros = 86'400'000'000, .utc = false}));
  EXPECT_EQ(DecodeSingleValue(Bytes({0, 0, 0, 5}), TypeOf("decimal(38,2)")).value(), DecimalOf(5, 38, 2));
}

TEST(SingleValue, BytesOfAnotherLengthAreCorrupt) {
  for (const char* type : {"boolean", "int", "long", "float", "double", "date", "time", "timestamp", "uuid",
                           "timestamp_ns", "decimal(9,2)", "unknown"}) {
    EXPECT_THAT(DecodeSingleValue("", TypeOf(type)), ErrorIs(ErrorCode::kCorrupt)) << type;
    EXPECT_THAT(DecodeSingleValue(std::string(17, 'x'), TypeOf(type)), ErrorIs(ErrorCode::kCorrupt)) << type;
  }
  EXPECT_THAT(DecodeSingleValue(Bytes({255, 255, 255, 127}), TypeOf("timestamp")), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodeSingleValue("12345678", TypeOf("int")), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodeSingleValue("12345678", TypeOf("float")), ErrorIs(ErrorCode::kCorrupt));
}

TEST(SingleValue, ValueOfAnotherTypeIsRefused) {
  EXPECT_THAT(EncodeSingleValue(std::string("x"), TypeOf("int")), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(EncodeSingleValue(int64_t{1} << 40, TypeOf("int")), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(EncodeSingleValue(DecimalOf(1, 9, 3), TypeOf("decimal(9,2)")), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(EncodeSingleValue(std::string("x"), TypeOf("uuid")), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(EncodeSingleValue(std::string("x"), TypeOf("fixed[2]")), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(EncodeSingleValue({}, TypeOf("string")), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(EncodeSingleValue(true, TypeOf("unknown")), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(SingleValue, BrokenJsonDefaultsAreCorrupt) {
  const std::vector<std::pair<const char*, codec::OrderedJson>> cases = {
      {"int", 2147483648},
      {"int", 1.5},
      {"int", "1"},
      {"long", 9223372036854775808U},
      {"boolean", 1},
      {"decimal(4,2)", "123.45"},
      {"decimal(4,2)", 1.5},
      {"date", "2017-02-30"},
      {"date", "2017-1-1"},
      {"date", "2017-01-01x"},
      {"time", "24:00:00"},
      {"time", "10:60"},
      {"timestamp", "2017-11-16"},
      {"timestamp", "2017-11-16T22:31:08+00:00"},
      {"timestamptz", "2017-11-16T22:31:08"},
      {"timestamptz", "2017-11-16T22:31:08+01:00"},
      {"timestamp_ns", "9999-01-01T00:00:00"},
      {"uuid", "f79c3e09677c4bbda4793f349cb785e7"},
      {"uuid", "f79c3e09-677c-4bbd-a479-3f349cb785eg"},
      {"fixed[2]", "00"},
      {"binary", "0"},
      {"binary", "0x"},
      {"string", 5},
  };
  for (const auto& [type, json] : cases) {
    EXPECT_THAT(DecodeJsonValue(json, TypeOf(type)), ErrorIs(ErrorCode::kCorrupt)) << type << " " << json.dump();
  }
}

std::optional<std::string> Lower(const Value& value, const char* type) {
  return EncodeLowerBound(value, TypeOf(type)).value();
}
std::optional<std::string> Upper(const Value& value, const char* type) {
  return EncodeUpperBound(value, TypeOf(type)).value();
}

TEST(SingleValue, BoundsOfLongTextAreCutAndRoundedUp) {
  EXPECT_EQ(Lower(std::string("0123456789abcdefXYZ"), "string"), "0123456789abcdef");
  EXPECT_EQ(Upper(std::string("0123456789abcdefXYZ"), "string"), "0123456789abcdeg");
  EXPECT_EQ(Upper(std::string("0123456789abcdef"), "string"), "0123456789abcdef") << "nothing is cut";
  EXPECT_EQ(Lower(std::string("0123456789abcde\u00fcx"), "string"), "0123456789abcde\u00fc") << "characters count";
  EXPECT_EQ(Upper(std::string("0123456789abcde\u00ffx"), "string"), "0123456789abcde\u0100");
  EXPECT_EQ(Upper(std::string("0123456789abcde\x7fx"), "string"), "0123456789abcde\u0080");
  EXPECT_EQ(Upper(std::string("0123456789abcde\ud7ffx"), "string"), "0123456789abcde\ue000");
  EXPECT_EQ(Upper(std::string("0123456789abcde\uffffx"), "string"), "0123456789abcde\U00010000");
  EXPECT_EQ(Upper(std::string("0123456789abcd\u00e9\U0010ffffx"), "string"), "0123456789abcd\u00ea");
}

TEST(SingleValue, UpperBoundThatCannotBeRoundedUpIsLeftOut) {
  std::string last;
  for (int i = 0; i < 17; ++i) last += "\U0010ffff";
  EXPECT_EQ(Upper(last, "string"), std::nullopt);
  EXPECT_EQ(Upper(std::string(17, '\xff'), "binary"), std::nullopt);
  EXPECT_EQ(Upper(std::string(15, 'a') + "\xff\xff", "binary"), std::string(14, 'a') + "b");
  EXPECT_EQ(Lower(std::string(17, '\xff'), "binary"), std::string(16, '\xff'));
}

TEST(SingleValue, NullsAndNanHaveNoBoundsAndZeroesBothSigns) {
  EXPECT_EQ(Lower({}, "int"), std::nullopt);
  EXPECT_EQ(Upper(std::nan(""), "double"), std::nullopt);
  EXPECT_TRUE(std::signbit(std::get<double>(DecodeSingleValue(*Lower(0.0, "double"), TypeOf("double")).value())));
  EXPECT_FALSE(std::signbit(std::get<double>(DecodeSingleValue(*Upper(-0.0, "float"), TypeOf("float")).value())));
}

TEST(DecimalBytes, ExtremesGoThereAndBack) {
  const Int128 greatest = ParseDecimal(std::string(38, '9'), 38, 0).value();
  for (const Int128 one : {Int128{0}, Int128{127}, Int128{128}, Int128{-128}, Int128{-129}, greatest, -greatest}) {
    EXPECT_EQ(DecimalOfBytes(DecimalBytes(one)), one);
    EXPECT_EQ(DecimalOfBytes(*DecimalBytes(one, 16)), one);
  }
  EXPECT_EQ(DecimalBytes(Int128{128}, 1), std::nullopt);
  EXPECT_EQ(DecimalBytes(Int128{-1}, 20)->size(), 20U);
  EXPECT_EQ(DecimalBytesOfPrecision(9), 4U);
  EXPECT_EQ(DecimalBytesOfPrecision(18), 8U);
  EXPECT_EQ(DecimalBytesOfPrecision(38), 16U);
}

}  // namespace
}  // namespace tarn::table::iceberg
