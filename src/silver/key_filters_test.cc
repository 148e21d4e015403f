// SPDX-License-Identifier: Apache-2.0
#include "silver/key_filters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "lake/keys.h"
#include "silver/key_hash.h"
#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

using testing::SizeIs;

constexpr const char* kTable = "silver/sales/orders";

class KeyFiltersTest : public LakeTest {
 protected:
  void SetUp() override {
    merge_on_read_ = true;
    LakeTest::SetUp();
  }

  table::SnapshotPtr Newest() {
    auto loaded = tables_.Get(kTable)->Load();
    EXPECT_THAT(loaded, IsOk());
    return *loaded;
  }

  /// Even numbers from 0 up, with text that keeps the file from being a small one.
  std::string Evens(int64_t rows, const std::string& value) {
    std::string body = "[";
    for (int64_t i = 0; i < rows; ++i) {
      if (i > 0) body += ",";
      body += "{\"id\":" + std::to_string(2 * i) + ",\"v\":\"" + value + "\",\"pad\":\"" +
              std::to_string(randomness_.Next()) + std::to_string(randomness_.Next()) + "\"}";
    }
    return body + "]";
  }

  std::string FilterKeyOf(const table::DataFile& file) { return lake::SideKey(kTable, KeyFilterName(file.path)); }

  /// Lands a record and answers what the merge of it says.
  Result<Merge::Outcome> MergeOf(const std::string& body) {
    Post(body);
    Land();
    return Merge(Dependencies()).RunOnce("sales", "orders");
  }
};

TEST_F(KeyFiltersTest, AFileOfManyRowsGetsAFilterThatHoldsItsKeys) {
  Create("id integer key, v string, pad string");
  Put(Evens(2'000, "a"));
  ASSERT_THAT(Newest()->files, SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const auto bytes, store_.Get(FilterKeyOf(*Newest()->files[0])));
  ASSERT_OK_AND_ASSIGN(const auto filter, DecodeKeyFilter(bytes));
  EXPECT_EQ(filter.fingerprint, KeyFingerprint(Newest()->schema, {"id"}));
  table::ColumnBuilder ids(table::Scalar(table::TypeKind::kInt64));
  for (int64_t id = 0; id < 4'000; ++id) ids.AppendInt64(id);
  const std::vector<table::ColumnView> key{ids.View()};
  size_t strangers = 0;
  for (size_t id = 0; id < 4'000; ++id) {
    const bool held = filter.keys.MayHold(HashKey(key, id));
    ASSERT_TRUE(held || id % 2 != 0) << id;
    strangers += id % 2 != 0 && held ? 1 : 0;
  }
  EXPECT_LT(strangers, 5U);
}

TEST_F(KeyFiltersTest, AFileOfFewRowsGetsNone) {
  Create("id integer key, v string, pad string");
  Put(Evens(100, "a"));
  EXPECT_THAT(store_.Head(FilterKeyOf(*Newest()->files[0])), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(KeyFiltersTest, AMergeDoesNotOpenFilesThatDenyItsKeys) {
  Create("id integer key, v string, pad string");
  Put(Evens(2'000, "a"));
  const auto file = kTable + ("/" + Newest()->files[0]->path);
  ASSERT_OK_AND_ASSIGN(const auto rows, store_.Get(file));
  ASSERT_THAT(store_.Delete(file), IsOk());  // whoever opens it fails
  ASSERT_OK_AND_ASSIGN(const auto unknown_key, MergeOf(R"([{"id":1001,"v":"new"}])"));
  EXPECT_TRUE(unknown_key.committed);
  EXPECT_FALSE(MergeOf(R"([{"id":1000,"v":"changed"}])").has_value());

  ASSERT_THAT(store_.PutIfAbsent(file, rows), IsOk());
  EXPECT_TRUE(MergeOnce().committed);
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders WHERE id BETWEEN 999 AND 1002 ORDER BY id"),
            "1000|changed;1001|new;1002|a");
}

TEST_F(KeyFiltersTest, AFileWithoutAReadableFilterIsLookedInto) {
  Create("id integer key, v string, pad string");
  Put(Evens(2'000, "a"));
  const auto key = FilterKeyOf(*Newest()->files[0]);
  ASSERT_OK_AND_ASSIGN(auto bytes, store_.Get(key));
  ASSERT_THAT(store_.Delete(key), IsOk());
  Put(R"([{"id":10,"v":"without"}])");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  ASSERT_THAT(store_.PutIfAbsent(key, bytes), IsOk());
  Put(R"([{"id":12,"v":"broken"}])");
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders WHERE id BETWEEN 8 AND 14 ORDER BY id"),
            "8|a;10|without;12|broken;14|a");
}

TEST(KeyHash, ValuesThatAreEqualHaveOneHash) {
  table::ColumnBuilder doubles(table::Scalar(table::TypeKind::kDouble));
  for (const double value : {0.0, -0.0, std::nan("1"), -std::nan("2"), 1.0}) doubles.AppendDouble(value);
  const std::vector<table::ColumnView> key{doubles.View()};
  EXPECT_EQ(HashKey(key, 0), HashKey(key, 1));
  EXPECT_EQ(HashKey(key, 2), HashKey(key, 3));
  EXPECT_NE(HashKey(key, 0), HashKey(key, 4));
}

// What is stored must mean the same to every later build: these numbers never change.
TEST(KeyHash, StaysWhatItIs) {
  table::ColumnBuilder text(table::Scalar(table::TypeKind::kString));
  text.AppendString("north");
  table::ColumnBuilder number(table::Scalar(table::TypeKind::kInt64));
  number.AppendInt64(-7);
  table::ColumnBuilder decimal(table::Decimal(38, 9));
  decimal.AppendDecimal(-1);
  const std::vector<table::ColumnView> key{text.View(), number.View(), decimal.View()};
  EXPECT_EQ(HashKey(key, 0), 10879969877370343882ULL);
  EXPECT_EQ(KeyFingerprint({{{1, "region", table::Scalar(table::TypeKind::kString), true}}}, {"region"}),
            7136457078047105091ULL);
}

TEST(KeyFilter, BytesThatAreNoneAreToldApart) {
  ASSERT_OK_AND_ASSIGN(auto keys, codec::FuseFilter::Build({1, 2, 3}));
  const auto bytes = EncodeKeyFilter({7, std::move(keys)});
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeKeyFilter(bytes));
  EXPECT_EQ(read.fingerprint, 7U);
  EXPECT_TRUE(read.keys.MayHold(2));
  EXPECT_THAT(DecodeKeyFilter(""), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodeKeyFilter(bytes.substr(0, 10)), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodeKeyFilter("PAR1" + bytes.substr(4)), ErrorIs(ErrorCode::kCorrupt));
  auto later = bytes;
  later[4] = 2;
  EXPECT_THAT(DecodeKeyFilter(later), ErrorIs(ErrorCode::kUnsupported));
}

// The golden form of version 1.
TEST(KeyFilter, ReadsWhatEarlierBuildsWrote) {
  const std::string hex =
      "54524e4b01000000c5ca0e3c0700000000000000000000000000000008000000010000000000000000000000000000000000000000000000"
      "0000000000000000ccf000000000d0770000000000000000c7a90000";
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  ASSERT_OK_AND_ASSIGN(const auto filter, DecodeKeyFilter(bytes));
  EXPECT_EQ(filter.fingerprint, 7U);
  for (uint64_t hash = 1; hash < 8; ++hash) EXPECT_EQ(filter.keys.MayHold(hash), hash <= 3) << hash;
  EXPECT_EQ(EncodeKeyFilter(filter), bytes);
}

TEST(KeyFilterName, FollowsTheDataFile) {
  EXPECT_EQ(KeyFilterName("data/3f.parquet"), "keys/3f.filter");
  EXPECT_EQ(KeyFilterName("day=1/part-0.snappy.parquet"), "keys/part-0.snappy.filter");
}

}  // namespace
}  // namespace tarn::silver
