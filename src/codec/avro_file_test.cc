// SPDX-License-Identifier: Apache-2.0
#include "codec/avro_file.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <utility>

#include "base/result_matchers.h"
#include "codec/compression.h"
#include "codec/raw_deflate.h"

namespace tarn::codec {
namespace {

constexpr AvroSyncMarker kSync{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
constexpr const char* kSchema = R"({"type":"record","name":"r","fields":[
    {"name":"id","type":"long"},{"name":"name","type":["null","string"]},{"name":"score","type":"double"},
    {"name":"tags","type":{"type":"map","values":"int"}},{"name":"hash","type":{"type":"fixed","name":"h","size":4}},
    {"name":"parts","type":{"type":"array","items":["null","bytes"]}},{"name":"on","type":"boolean"},
    {"name":"kind","type":{"type":"enum","name":"k","symbols":["A","B"]}},{"name":"f","type":"float"}]})";

AvroTypePtr SchemaOf(std::string_view text) { return ParseAvroSchema(text).value(); }

void AppendRow(AvroEncoder out, int64_t id) {
  out.Long(id);
  if (out.Optional(id % 3 != 0)) out.Bytes("name " + std::to_string(id));
  out.Double(static_cast<double>(id) / 4);
  out.Items(static_cast<size_t>(id % 2));
  if (id % 2 == 1) {
    out.Bytes("tag");
    out.Long(7);
    out.End();
  } else {
    out.End();
  }
  out.Fixed("abcd");
  out.Items(2);
  out.Optional(false);
  out.Optional(true);
  out.Bytes("x");
  out.End();
  out.Boolean(id % 2 == 0);
  out.Long(1);
  out.Float(0.5F);
}

std::string FileOf(int64_t rows, AvroFileWriter::Options options) {
  options.sync = kSync;
  AvroFileWriter writer(*SchemaOf(kSchema), options);
  for (int64_t id = 0; id < rows; ++id) {
    AppendRow(writer.encoder(), id);
    EXPECT_THAT(writer.EndRecord(), IsOk());
  }
  EXPECT_EQ(writer.records(), rows);
  return writer.Finish().value();
}

// Ids of all records, read by skipping everything else.
Result<std::vector<int64_t>> IdsOf(std::string_view file, size_t max_block_bytes = kMaxAvroBlockBytes) {
  TARN_ASSIGN(AvroFileReader reader, AvroFileReader::Open(file, max_block_bytes));
  std::vector<int64_t> ids;
  while (true) {
    TARN_ASSIGN(const bool more, reader.NextRecord());
    if (!more) return ids;
    for (const AvroField& field : reader.schema().fields) {
      if (field.name == "id") {
        ids.push_back(reader.cursor().Integer(*field.type));
      } else {
        reader.cursor().Skip(*field.type);
      }
    }
  }
}

TEST(AvroFile, RecordsReadBackAcrossBlocks) {
  for (const auto compression : {AvroCompression::kNull, AvroCompression::kDeflate}) {
    AvroFileWriter::Options options;
    options.compression = compression;
    options.block_bytes = 200;
    options.metadata = {{"format-version", "2"}, {"binary", std::string("\0\xff", 2)}};
    const std::string file = FileOf(100, options);
    ASSERT_OK_AND_ASSIGN(const auto ids, IdsOf(file));
    ASSERT_EQ(ids.size(), 100U);
    for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], static_cast<int64_t>(i));
    ASSERT_OK_AND_ASSIGN(const AvroFileReader reader, AvroFileReader::Open(file));
    EXPECT_EQ(reader.metadata(), options.metadata);
    EXPECT_EQ(FileOf(100, options), file) << "the same input makes the same file";
  }
}

TEST(AvroFile, EveryValueReadsBack) {
  const std::string file = FileOf(2, {});
  ASSERT_OK_AND_ASSIGN(AvroFileReader reader, AvroFileReader::Open(file));
  ASSERT_TRUE(reader.NextRecord().value());
  for (const AvroField& field : reader.schema().fields) reader.cursor().Skip(*field.type);
  ASSERT_TRUE(reader.NextRecord().value());
  AvroCursor& in = reader.cursor();
  const auto& fields = reader.schema().fields;
  EXPECT_EQ(in.Integer(*fields[0].type), 1);
  ASSERT_OK_AND_ASSIGN(const AvroSlot name, SlotOf(*fields[1].type));
  ASSERT_TRUE(in.Present(name));
  EXPECT_EQ(in.Binary(*name.type), "name 1");
  EXPECT_EQ(in.Real(*fields[2].type), 0.25);
  int64_t left = 0;
  ASSERT_TRUE(in.NextPair(left, *fields[3].type->children[0]));
  EXPECT_EQ(in.Bytes(), "tag");
  EXPECT_EQ(in.Int(), 7);
  EXPECT_FALSE(in.NextPair(left, *fields[3].type->children[0]));
  EXPECT_EQ(in.Binary(*fields[4].type), "abcd");
  const AvroType& item = *fields[5].type->children[0];
  ASSERT_OK_AND_ASSIGN(const AvroSlot part, SlotOf(item));
  left = 0;
  ASSERT_TRUE(in.NextItem(left, item));
  EXPECT_FALSE(in.Present(part));
  ASSERT_TRUE(in.NextItem(left, item));
  ASSERT_TRUE(in.Present(part));
  EXPECT_EQ(in.Bytes(), "x");
  EXPECT_FALSE(in.NextItem(left, item));
  EXPECT_FALSE(in.Boolean());
  EXPECT_EQ(in.Int(), 1);
  EXPECT_EQ(in.Real(*fields[8].type), 0.5);
  EXPECT_THAT(in.status(), IsOk());
  EXPECT_FALSE(reader.NextRecord().value());
}

TEST(AvroCursor, NumbersOfEveryLengthReadBack) {
  std::string bytes;
  AvroEncoder out(bytes);
  std::vector<int64_t> numbers = {
      0, -1, 1, 63, -64, 64, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()};
  for (int shift = 0; shift < 63; ++shift) numbers.push_back((int64_t{1} << shift) - (shift % 2));
  for (const int64_t number : numbers) out.Long(number);
  AvroCursor in(bytes);
  for (const int64_t number : numbers) EXPECT_EQ(in.Long(), number);
  EXPECT_EQ(in.remaining(), 0U);
  EXPECT_THAT(in.status(), IsOk());
}

TEST(AvroCursor, ArrayBlocksWithSizesAreReadAndSkipped) {
  const auto schema = SchemaOf(R"({"type":"array","items":"long"})");
  std::string bytes;
  AvroEncoder out(bytes);
  out.Long(-2);
  out.Long(2);
  out.Long(5);
  out.Long(6);
  out.Long(1);
  out.Long(7);
  out.End();
  AvroCursor in(bytes);
  std::vector<int64_t> items;
  for (int64_t left = 0; in.NextItem(left, *schema->children[0]);) items.push_back(in.Long());
  EXPECT_EQ(items, (std::vector<int64_t>{5, 6, 7}));
  EXPECT_EQ(in.remaining(), 0U);
  AvroCursor skipping(bytes);
  skipping.Skip(*schema);
  EXPECT_EQ(skipping.remaining(), 0U);
  EXPECT_THAT(skipping.status(), IsOk());
}

TEST(AvroCursor, BadValuesAreErrorsThatStick) {
  const auto broken = [](std::string_view bytes, auto read) {
    AvroCursor in(bytes);
    read(in);
    EXPECT_EQ(in.Long(), 0);
    return in.status();
  };
  const auto longs = SchemaOf(R"({"type":"array","items":"long"})");
  const auto nulls = SchemaOf(R"({"type":"array","items":"null"})");
  const auto either = SchemaOf(R"(["null","long"])");
  const std::string max_count = "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  const std::string min_count = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  const std::vector<Status> all = {
      broken("", [](AvroCursor& in) { in.Long(); }),
      broken("\x80", [](AvroCursor& in) { in.Long(); }),
      broken("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", [](AvroCursor& in) { in.Long(); }),
      broken("\xfe\xff\xff\xff\x1f", [](AvroCursor& in) { in.Int(); }),
      broken("\2", [](AvroCursor& in) { in.Boolean(); }),
      broken("\1\1\1", [](AvroCursor& in) { in.Float(); }),
      broken("\6ab", [](AvroCursor& in) { in.Bytes(); }),
      broken("\1ab", [](AvroCursor& in) { in.Bytes(); }),
      broken(max_count, [](AvroCursor& in) { in.Bytes(); }),
      broken("\4\1", [&](AvroCursor& in) { in.Skip(*either); }),
      broken("\4\1", [&](AvroCursor& in) { in.Present(SlotOf(*either).value()); }),
      broken(max_count, [&](AvroCursor& in) { in.Skip(*longs); }),
      broken(min_count, [&](AvroCursor& in) { in.Skip(*longs); }),
      broken(min_count + "\2\2",
             [&](AvroCursor& in) {
               for (int64_t left = 0; in.NextItem(left, *longs->children[0]);) in.Long();
             }),
      broken(max_count, [&](AvroCursor& in) { in.Skip(*nulls); }),
      broken("\2", [](AvroCursor& in) { in.Integer(*AvroPrimitive(AvroKind::kString)); }),
      broken("\2", [](AvroCursor& in) { in.Binary(*AvroPrimitive(AvroKind::kLong)); }),
  };
  for (size_t i = 0; i < all.size(); ++i) EXPECT_THAT(all[i], ErrorIs(ErrorCode::kCorrupt)) << i;
}

TEST(AvroFile, EveryTruncationIsCorruptOrShorter) {
  const std::string file = FileOf(
      20, {.compression = AvroCompression::kNull, .level = 6, .sync = kSync, .block_bytes = 100, .metadata = {}});
  for (size_t size = 0; size < file.size(); ++size) {
    const auto ids = IdsOf(std::string_view(file).substr(0, size));
    if (ids) {
      EXPECT_LT(ids->size(), 20U);
    } else {
      EXPECT_EQ(ids.error().code, ErrorCode::kCorrupt) << ids.error().ToString();
    }
  }
}

TEST(AvroFile, FlippedBytesNeverBreakTheReader) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 dice(seed);
  for (const auto compression : {AvroCompression::kNull, AvroCompression::kDeflate}) {
    const std::string file =
        FileOf(50, {.compression = compression, .level = 6, .sync = kSync, .block_bytes = 300, .metadata = {}});
    for (int round = 0; round < 300; ++round) {
      std::string bad = file;
      for (int i = 0; i < 3; ++i) bad[dice() % bad.size()] = static_cast<char>(dice());
      (void)IdsOf(bad, 1 << 20);
    }
  }
}

TEST(AvroFile, WhatIsWrongIsNamedWithItsPlace) {
  std::string file = FileOf(3, {});
  EXPECT_EQ(IdsOf("PAR1").error().message, "not an Avro file: its first bytes are wrong");
  file.back() ^= 1;
  const auto ids = IdsOf(file);
  ASSERT_THAT(ids, ErrorIs(ErrorCode::kCorrupt));
  EXPECT_TRUE(ids.error().message.starts_with("the sync marker is another at byte")) << ids.error().ToString();
  EXPECT_TRUE(ids.error().context.starts_with("Avro block at byte")) << ids.error().ToString();
}

// A file with one block of `body` as `codec` and a header of its own.
std::string FileWith(const std::string& schema, const std::string& codec, int64_t records, const std::string& body) {
  std::string file;
  AvroEncoder out(file);
  out.Fixed({"Obj\1", 4});
  out.Items(2);
  out.Bytes("avro.schema");
  out.Bytes(schema);
  out.Bytes("avro.codec");
  out.Bytes(codec);
  out.End();
  out.Fixed({kSync.data(), kSync.size()});
  out.Long(records);
  out.Bytes(body);
  out.Fixed({kSync.data(), kSync.size()});
  return file;
}

TEST(AvroFile, ZstandardIsReadAndOthersAreRefusedByName) {
  const std::string schema = R"({"type":"record","name":"r","fields":[{"name":"id","type":"int"}]})";
  ASSERT_OK_AND_ASSIGN(const auto ids, IdsOf(FileWith(schema, "zstandard", 2, ZstdCompress("\2\4").value())));
  EXPECT_EQ(ids, (std::vector<int64_t>{1, 2}));
  const auto refused = IdsOf(FileWith(schema, "snappy", 2, "\2\4"));
  ASSERT_THAT(refused, ErrorIs(ErrorCode::kUnsupported));
  EXPECT_EQ(refused.error().message, "compression of an Avro file: snappy");
}

TEST(AvroFile, BlockThatGrowsBeyondTheLimitIsRefused) {
  const std::string schema = R"({"type":"record","name":"r","fields":[{"name":"id","type":"int"}]})";
  const std::string bomb = RawDeflate(std::string(10'000'000, '\0')).value();
  EXPECT_THAT(IdsOf(FileWith(schema, "deflate", 10, bomb), 1 << 20), ErrorIs(ErrorCode::kResourceExhausted));
  EXPECT_THAT(IdsOf(FileWith(schema, "deflate", 10, bomb.substr(0, 50))), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(IdsOf(FileWith(schema, "deflate", 10, "")), ErrorIs(ErrorCode::kCorrupt));
}

TEST(AvroFile, WrongNumberOfRecordsIsCorrupt) {
  const std::string schema = R"({"type":"record","name":"r","fields":[{"name":"id","type":"int"}]})";
  EXPECT_THAT(IdsOf(FileWith(schema, "null", 1, "\2\4")), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(IdsOf(FileWith(schema, "null", 3, "\2\4")), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(IdsOf(FileWith(schema, "null", -1, "\2\4")), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(IdsOf(FileWith(R"({"type":"record","name":"r","fields":[]})", "null", 1'000'000'000'000, "")),
              ErrorIs(ErrorCode::kCorrupt));
}

TEST(RawDeflate, RoundTripAndDamage) {
  for (const std::string& text : {std::string(), std::string("x"), std::string(1 << 20, 'y')}) {
    ASSERT_OK_AND_ASSIGN(const std::string compressed, RawDeflate(text));
    EXPECT_EQ(RawInflate(compressed, 1 << 20).value(), text);
    EXPECT_EQ(RawInflate(compressed + "sum", 1 << 20).value(), text) << "as Python's Avro writers leave it";
    EXPECT_THAT(RawInflate(compressed + "other", 1 << 20), ErrorIs(ErrorCode::kInvalidArgument));
    EXPECT_THAT(RawInflate(compressed.substr(0, compressed.size() - 1), 1 << 20), ErrorIs(ErrorCode::kInvalidArgument));
  }
  EXPECT_THAT(RawInflate(RawDeflate("12345").value(), 4), ErrorIs(ErrorCode::kResourceExhausted));
}

}  // namespace
}  // namespace tarn::codec
