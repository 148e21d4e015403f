// SPDX-License-Identifier: Apache-2.0
#include "table/delta/stats_json.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/result_matchers.h"
#include "table/delta/delta_testing.h"

namespace tarn::table::delta {
namespace {

Schema OneColumn(DataType type) { return {.fields = {FieldOf(1, "c", std::move(type))}}; }

DataFile WithBounds(Value lower, Value upper) {
  DataFile file = FileOf("x", 10);
  file.stats[1] = {.null_count = std::nullopt, .lower = std::move(lower), .upper = std::move(upper), .exact = true};
  return file;
}

ColumnStats RoundTrip(const Schema& schema, const DataFile& file) {
  DataFile decoded;
  StatsDecoder(schema).Decode(EncodeStats(file, schema), decoded);
  EXPECT_EQ(decoded.record_count, file.record_count);
  return decoded.stats.contains(1) ? decoded.stats.at(1) : ColumnStats();
}

TEST(StatsJson, FormIsTheProtocols) {
  const Schema schema{
      .fields = {FieldOf(1, "id", Scalar(TypeKind::kInt64)), FieldOf(2, "price", Decimal(38, 9)),
                 FieldOf(3, "doc", Scalar(TypeKind::kJson)), FieldOf(4, "at", Scalar(TypeKind::kTimestamp)),
                 FieldOf(5, "n", Scalar(TypeKind::kTimestampNaive)), FieldOf(6, "day", Scalar(TypeKind::kDate)),
                 FieldOf(7, "ok", Scalar(TypeKind::kBoolean)), FieldOf(8, "x", Scalar(TypeKind::kDouble))}};
  DataFile file = FileOf("x", 3);
  file.stats[1] = {.null_count = 0, .lower = int64_t{-1}, .upper = int64_t{5}, .exact = true};
  file.stats[2] = {.null_count = 1,
                   .lower = DecimalValue{.unscaled = 1, .precision = 38, .scale = 9},
                   .upper = DecimalValue{.unscaled = 12'500'000'000, .precision = 38, .scale = 9},
                   .exact = true};
  file.stats[3] = {.null_count = 2, .lower = std::string("a"), .upper = std::string("b"), .exact = true};
  file.stats[4] = {.null_count = 0,
                   .lower = TimestampValue{.micros = kNow.micros},
                   .upper = TimestampValue{.micros = kNow.micros},
                   .exact = true};
  file.stats[5] = {.null_count = 0,
                   .lower = TimestampValue{.micros = -1, .utc = false},
                   .upper = TimestampValue{.micros = -1, .utc = false},
                   .exact = true};
  file.stats[6] = {.null_count = 0, .lower = DateValue{.days = -1}, .upper = DateValue{.days = 20'000}, .exact = true};
  file.stats[7] = {.null_count = 0, .lower = false, .upper = true, .exact = true};
  file.stats[8] = {.null_count = 0, .lower = 0.1, .upper = std::numeric_limits<double>::quiet_NaN(), .exact = true};
  EXPECT_EQ(EncodeStats(file, schema),
            R"({"numRecords":3,"minValues":{"id":-1,"price":0.000000001,"at":"2026-01-01T00:00:00.123Z",)"
            R"("n":"1969-12-31T23:59:59.999","day":"1969-12-31","ok":false,"x":0.1},)"
            R"("maxValues":{"id":5,"price":12.500000000,"at":"2026-01-01T00:00:00.124Z",)"
            R"("n":"1970-01-01T00:00:00.000","day":"2024-10-04","ok":true},)"
            R"("nullCount":{"id":0,"price":1,"doc":2,"at":0,"n":0,"day":0,"ok":0,"x":0}})");
}

TEST(StatsJson, DecimalsStayExact) {
  const Schema schema = OneColumn(Decimal(38, 9));
  Int128 greatest = 1;
  for (int i = 0; i < 38; ++i) greatest *= 10;
  --greatest;
  const DataFile file = WithBounds(DecimalValue{.unscaled = -greatest, .precision = 38, .scale = 9},
                                   DecimalValue{.unscaled = greatest, .precision = 38, .scale = 9});
  const ColumnStats stats = RoundTrip(schema, file);
  EXPECT_TRUE(std::get<DecimalValue>(stats.lower).unscaled == -greatest);
  EXPECT_TRUE(std::get<DecimalValue>(stats.upper).unscaled == greatest);
  EXPECT_TRUE(stats.exact);
}

TEST(StatsJson, BoundsNeverExcludeARow) {
  const Schema schema = OneColumn(Scalar(TypeKind::kTimestamp));
  SeededRandomness randomness(20260101);
  for (int i = 0; i < 1000; ++i) {
    const auto micros = static_cast<int64_t>(randomness.Next() % 4'000'000'000'000'000) - 2'000'000'000'000'000;
    const ColumnStats stats =
        RoundTrip(schema, WithBounds(TimestampValue{.micros = micros}, TimestampValue{.micros = micros}));
    EXPECT_LE(std::get<TimestampValue>(stats.lower).micros, micros);
    EXPECT_GE(std::get<TimestampValue>(stats.upper).micros, micros);
    EXPECT_FALSE(stats.exact);
  }
}

TEST(StatsJson, LongStringsAreCutOutwardsAtCharacters) {
  const Schema schema = OneColumn(Scalar(TypeKind::kString));
  const std::string euros = [] {
    std::string text;
    for (int i = 0; i < 40; ++i) text += "\xE2\x82\xAC";
    return text;
  }();
  const ColumnStats stats = RoundTrip(schema, WithBounds(euros, euros));
  const auto& lower = std::get<std::string>(stats.lower);
  const auto& upper = std::get<std::string>(stats.upper);
  EXPECT_EQ(lower, euros.substr(0, 63));
  EXPECT_EQ(upper, euros.substr(0, 60) + "\xE2\x82\xAD");
  EXPECT_FALSE(stats.exact);
}

TEST(StatsJson, UpperStringThatCannotBeRaisedIsLeftOut) {
  const Schema schema = OneColumn(Scalar(TypeKind::kString));
  std::string top;
  for (int i = 0; i < 20; ++i) top += "\xF4\x8F\xBF\xBF";
  const ColumnStats stats = RoundTrip(schema, WithBounds(top, top));
  EXPECT_FALSE(IsNull(stats.lower));
  EXPECT_TRUE(IsNull(stats.upper));
  const std::string before_surrogates = std::string(61, 'a') + "\xED\x9F\xBF" + "tail";
  const ColumnStats raised = RoundTrip(schema, WithBounds(before_surrogates, before_surrogates));
  EXPECT_EQ(std::get<std::string>(raised.upper), std::string(61, 'a') + "\xEE\x80\x80");
}

TEST(StatsJson, ValuesWithoutTextAreLeftOut) {
  const Schema text = OneColumn(Scalar(TypeKind::kString));
  EXPECT_TRUE(IsNull(RoundTrip(text, WithBounds(std::string("\xFF"), std::string("\xFF"))).lower));
  const Schema number = OneColumn(Scalar(TypeKind::kDouble));
  const double infinity = std::numeric_limits<double>::infinity();
  const ColumnStats stats = RoundTrip(number, WithBounds(-infinity, 1.0));
  EXPECT_TRUE(IsNull(stats.lower));
  EXPECT_EQ(std::get<double>(stats.upper), 1.0);
  const Schema day = OneColumn(Scalar(TypeKind::kDate));
  EXPECT_TRUE(IsNull(RoundTrip(day, WithBounds(DateValue{.days = 5'000'000}, DateValue{.days = 5'000'000})).lower));
  const Schema binary = OneColumn(Scalar(TypeKind::kBinary));
  EXPECT_TRUE(IsNull(RoundTrip(binary, WithBounds(std::string("a"), std::string("b"))).lower));
}

TEST(StatsJson, ForeignFormsAreUnderstood) {
  const Schema schema{.fields = {FieldOf(1, "at", Scalar(TypeKind::kTimestamp)),
                                 FieldOf(2, "n", Scalar(TypeKind::kTimestampNaive)), FieldOf(3, "d", Decimal(10, 2)),
                                 FieldOf(4, "x", Scalar(TypeKind::kDouble)),
                                 FieldOf(5, "s", Scalar(TypeKind::kString))}};
  DataFile file;
  StatsDecoder(schema).Decode(
      R"({"numRecords":9,"tightBounds":false,"minValues":{"at":"2026-01-01T01:00:00.5+01:00","n":"2026-01-01 00:00:00",)"
      R"("d":"1.50","x":3,"s":"a","nested":{"x":1},"gone":5},"maxValues":{"at":"2026-01-01T00:00:01.000Z","d":1E+2,"x":"NaN",)"
      R"("s":"b"},"nullCount":{"at":1,"nested":{"x":0}}})",
      file);
  EXPECT_EQ(file.record_count, 9);
  EXPECT_EQ(std::get<TimestampValue>(file.stats[1].lower).micros, 1'767'225'600'500'000);
  // Cut down to milliseconds by its writer: rows up to the next one may be in the file.
  EXPECT_EQ(std::get<TimestampValue>(file.stats[1].upper).micros, 1'767'225'601'000'999);
  EXPECT_EQ(file.stats[1].null_count, 1);
  EXPECT_EQ(std::get<TimestampValue>(file.stats[2].lower).micros, 1'767'225'600'000'000);
  EXPECT_TRUE(std::get<DecimalValue>(file.stats[3].lower).unscaled == 150);
  EXPECT_TRUE(std::get<DecimalValue>(file.stats[3].upper).unscaled == 10'000);
  EXPECT_EQ(std::get<double>(file.stats[4].lower), 3.0);
  EXPECT_TRUE(IsNull(file.stats[4].upper));
  EXPECT_FALSE(file.stats[5].exact);
}

TEST(StatsJson, BrokenTextMeansUnknown) {
  const Schema schema = OneColumn(Scalar(TypeKind::kInt64));
  for (const char* text :
       {"", "{", "7", R"({"numRecords":"many"})", R"({"minValues":[1]})", "\xff", "{\"numRecords\":1"}) {
    DataFile file;
    StatsDecoder(schema).Decode(text, file);
    EXPECT_EQ(file.record_count, -1) << text;
    EXPECT_TRUE(file.stats.empty()) << text;
  }
}

}  // namespace
}  // namespace tarn::table::delta
