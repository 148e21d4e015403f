// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/transforms.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/result_matchers.h"

namespace tarn::table::iceberg {
namespace {

PrimitiveType TypeOf(std::string_view text) { return ParsePrimitiveType(text).value(); }
Value At(int64_t micros, bool utc = false) { return TimestampValue{.micros = micros, .utc = utc}; }
Value DecimalOf(int64_t unscaled, uint8_t scale) {
  return DecimalValue{.unscaled = unscaled, .precision = 9, .scale = scale};
}
Value Applied(const char* transform, const char* type, const Value& value) {
  const auto result = ApplyTransform(ParseTransform(transform), TypeOf(type), value);
  EXPECT_THAT(result, IsOk()) << transform << " " << type;
  return result.value_or(Value());
}

// 2017-11-16T22:31:08
constexpr int64_t kMicros = 1'510'871'468'000'000;

TEST(Transforms, NamesReadBackInAnyCase) {
  for (const char* name : {"identity", "bucket[16]", "truncate[4]", "year", "month", "day", "hour", "void"}) {
    EXPECT_EQ(TransformName(ParseTransform(name)), name);
  }
  EXPECT_EQ(ParseTransform("Bucket[16]"), (Transform{.kind = TransformKind::kBucket, .width = 16, .text = {}}));
}

TEST(Transforms, UnknownOnesKeepTheirTextAndRefuseWork) {
  for (const char* name : {"zorder", "bucket", "bucket[]", "bucket[0]", "bucket[-1]", "truncate[4", "truncate[4]x",
                           "day[3]", "bucket[99999999999]", ""}) {
    const Transform transform = ParseTransform(name);
    EXPECT_EQ(transform.kind, TransformKind::kUnknown) << name;
    EXPECT_EQ(TransformName(transform), name);
    EXPECT_THAT(ApplyTransform(transform, TypeOf("int"), int64_t{1}), ErrorIs(ErrorCode::kUnsupported));
  }
}

// Values of the specification's appendix B.
TEST(Transforms, HashesAreTheSpecifications) {
  EXPECT_EQ(BucketHash(TypeOf("int"), int64_t{34}).value(), 2017239379);
  EXPECT_EQ(BucketHash(TypeOf("long"), int64_t{34}).value(), 2017239379);
  EXPECT_EQ(BucketHash(TypeOf("decimal(9,2)"), DecimalOf(1420, 2)).value(), -500754589);
  EXPECT_EQ(BucketHash(TypeOf("date"), DateValue{17486}).value(), -653330422);
  EXPECT_EQ(BucketHash(TypeOf("time"), int64_t{81'068'000'000}).value(), -662762989);
  EXPECT_EQ(BucketHash(TypeOf("timestamp"), At(kMicros)).value(), -2047944441);
  EXPECT_EQ(BucketHash(TypeOf("timestamptz"), At(kMicros, true)).value(), -2047944441);
  EXPECT_EQ(BucketHash(TypeOf("timestamp"), At(kMicros + 1)).value(), -1207196810);
  EXPECT_EQ(BucketHash(TypeOf("timestamp_ns"), Value(kMicros * 1000)).value(), -2047944441);
  EXPECT_EQ(BucketHash(TypeOf("timestamp_ns"), Value(kMicros * 1000 + 1001)).value(), -1207196810);
  EXPECT_EQ(BucketHash(TypeOf("string"), std::string("iceberg")).value(), 1210000089);
  EXPECT_EQ(BucketHash(TypeOf("uuid"), std::string("\xf7\x9c\x3e\x09\x67\x7c\x4b\xbd\xa4\x79\x3f\x34\x9c\xb7\x85\xe7"))
                .value(),
            1488055340);
  EXPECT_EQ(BucketHash(TypeOf("fixed[4]"), std::string("\0\1\2\3", 4)).value(), -188683207);
  EXPECT_EQ(BucketHash(TypeOf("binary"), std::string("\0\1\2\3", 4)).value(), -188683207);
}

TEST(Transforms, BucketsAreNeverNegative) {
  EXPECT_EQ(Applied("bucket[16]", "int", int64_t{34}), Value(int64_t{2017239379 % 16}));
  EXPECT_EQ(Applied("bucket[7]", "date", DateValue{17486}),
            Value(int64_t{(-653330422 & std::numeric_limits<int32_t>::max()) % 7}));
}

TEST(Transforms, TruncationRoundsDown) {
  EXPECT_EQ(Applied("truncate[10]", "int", int64_t{1}), Value(int64_t{0}));
  EXPECT_EQ(Applied("truncate[10]", "int", int64_t{-1}), Value(int64_t{-10}));
  EXPECT_EQ(Applied("truncate[10]", "long", int64_t{-10}), Value(int64_t{-10}));
  EXPECT_EQ(Applied("truncate[50]", "decimal(9,2)", DecimalOf(1065, 2)), DecimalOf(1050, 2));
  EXPECT_EQ(Applied("truncate[50]", "decimal(9,2)", DecimalOf(-1065, 2)), DecimalOf(-1100, 2));
  EXPECT_EQ(Applied("truncate[3]", "string", std::string("iceberg")), Value(std::string("ice")));
  EXPECT_EQ(Applied("truncate[2]", "string", std::string("\u00fc\U0001F600x")), Value(std::string("\u00fc\U0001F600")));
  EXPECT_EQ(Applied("truncate[2]", "binary", std::string("\xc3\xbc\xc3")), Value(std::string("\xc3\xbc")));
  const Value least = DecimalValue{.unscaled = ~Int128{0} << 127, .precision = 38, .scale = 2};
  EXPECT_THAT(ApplyTransform(ParseTransform("truncate[10]"), TypeOf("decimal(38,2)"), least),
              ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ApplyTransform(ParseTransform("truncate[10]"), TypeOf("long"), std::numeric_limits<int64_t>::min()),
              ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(Transforms, PartsOfTimeCountFrom1970) {
  EXPECT_EQ(Applied("year", "timestamp", At(kMicros)), Value(int64_t{47}));
  EXPECT_EQ(Applied("month", "timestamptz", At(kMicros, true)), Value(int64_t{574}));
  EXPECT_EQ(Applied("day", "timestamp", At(kMicros)), Value(DateValue{17486}));
  EXPECT_EQ(Applied("hour", "timestamp", At(kMicros)), Value(int64_t{419686}));
  EXPECT_EQ(Applied("year", "date", DateValue{17486}), Value(int64_t{47}));
  EXPECT_EQ(Applied("month", "date", DateValue{17486}), Value(int64_t{574}));
  EXPECT_EQ(Applied("day", "date", DateValue{17486}), Value(DateValue{17486}));
  EXPECT_EQ(Applied("hour", "timestamp_ns", Value(kMicros * 1000)), Value(int64_t{419686}));
}

TEST(Transforms, PartsOfTimeBefore1970RoundDown) {
  EXPECT_EQ(Applied("year", "timestamp", At(-1)), Value(int64_t{-1}));
  EXPECT_EQ(Applied("month", "timestamp", At(-1)), Value(int64_t{-1}));
  EXPECT_EQ(Applied("day", "timestamp", At(-1)), Value(DateValue{-1}));
  EXPECT_EQ(Applied("hour", "timestamp", At(-1)), Value(int64_t{-1}));
  EXPECT_EQ(Applied("year", "date", DateValue{-366}), Value(int64_t{-2}));
  EXPECT_EQ(Applied("day", "timestamp_ns", Value(int64_t{-1})), Value(DateValue{-1}));
}

TEST(Transforms, NullStaysNullAndVoidMakesNull) {
  for (const char* name : {"identity", "bucket[4]", "truncate[4]", "void"}) {
    EXPECT_TRUE(IsNull(Applied(name, "string", {}))) << name;
  }
  EXPECT_TRUE(IsNull(Applied("void", "string", std::string("x"))));
  EXPECT_TRUE(IsNull(Applied("year", "date", {})));
}

TEST(Transforms, ResultTypesFollowTheSource) {
  EXPECT_EQ(TransformResultType(ParseTransform("truncate[4]"), TypeOf("decimal(9,2)")).value(), TypeOf("decimal(9,2)"));
  EXPECT_EQ(TransformResultType(ParseTransform("bucket[4]"), TypeOf("string")).value(), TypeOf("int"));
  EXPECT_EQ(TransformResultType(ParseTransform("day"), TypeOf("timestamptz")).value(), TypeOf("date"));
  EXPECT_EQ(TransformResultType(ParseTransform("void"), TypeOf("uuid")).value(), TypeOf("uuid"));
}

TEST(Transforms, SourcesThatDoNotFitAreRefused) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"bucket[4]", "float"}, {"bucket[4]", "boolean"}, {"truncate[4]", "date"}, {"truncate[4]", "uuid"},
      {"year", "time"},       {"hour", "date"},         {"month", "string"},
  };
  for (const auto& [name, type] : cases) {
    EXPECT_THAT(TransformResultType(ParseTransform(name), TypeOf(type)), ErrorIs(ErrorCode::kInvalidArgument)) << name;
  }
  EXPECT_THAT(ApplyTransform(ParseTransform("day"), TypeOf("date"), std::string("x")),
              ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(BucketHash(TypeOf("int"), true), ErrorIs(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace tarn::table::iceberg
