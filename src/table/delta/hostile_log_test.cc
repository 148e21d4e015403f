// SPDX-License-Identifier: Apache-2.0
// Damaged and hostile log bytes: decoders answer with a value or an error, never with undefined behaviour.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/random.h"
#include "table/delta/action_json.h"
#include "table/delta/delta_state.h"
#include "table/delta/delta_testing.h"
#include "table/delta/schema_json.h"
#include "table/delta/stats_json.h"

namespace tarn::table::delta {
namespace {

constexpr uint64_t kSeed = 20260101;
constexpr int kRounds = 4000;

std::string ReadGolden(const std::string& name) {
  std::ifstream file(std::string(TARN_TEST_DATA) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// `text` with a few bytes changed, dropped, doubled, or cut off.
std::string Damage(std::string text, Randomness& randomness) {
  constexpr std::string_view kBytes = "{}[]\",:\\0129-+.eEnulltrue \n\xff\xc3\x80";
  for (uint64_t i = randomness.Next() % 4 + 1; i > 0 && !text.empty(); --i) {
    const size_t at = randomness.Next() % text.size();
    switch (randomness.Next() % 5) {
      case 0:
      case 1:
        text[at] = kBytes[randomness.Next() % kBytes.size()];
        break;
      case 2:
        text.erase(at, randomness.Next() % 8 + 1);
        break;
      case 3:
        text.insert(at, text.substr(at, randomness.Next() % 16));
        break;
      default:
        text.resize(at + 1);
        break;
    }
  }
  return text;
}

TEST(HostileLog, DamagedEntriesAreReadOrRefused) {
  SeededRandomness randomness(kSeed);
  for (const char* name : {"create.json", "append.json", "merge_with_schema_change.json", "compact.json"}) {
    const std::string golden = ReadGolden(name);
    ASSERT_FALSE(golden.empty()) << name;
    for (int round = 0; round < kRounds / 4; ++round) {
      auto actions = DecodeLogEntry(Damage(golden, randomness));
      if (!actions) continue;
      LogReplay replay("");
      if (!replay.Feed(*std::move(actions))) continue;
      const auto snapshot =
          MakeSnapshot(nullptr, std::move(replay).Finish(), {.version = 0, .committed_at = {}, .commit_id = {}}, {});
      EXPECT_TRUE(snapshot || snapshot.error().code != ErrorCode::kInternal);
    }
  }
}

TEST(HostileLog, DamagedSchemasAreReadOrRefused) {
  SeededRandomness randomness(kSeed);
  DataType list = Scalar(TypeKind::kList);
  list.children = {FieldOf(6, "element", Decimal(12, 2))};
  Schema schema = OrdersSchema();
  schema.fields.push_back(FieldOf(5, "list", list));
  const auto text = EncodeSchema(schema, "");
  ASSERT_TRUE(text.has_value());
  for (int round = 0; round < kRounds; ++round) {
    const std::string damaged = Damage(*text, randomness);
    const auto decoded = DecodeSchema(damaged);
    if (decoded) static_cast<void>(EncodeSchema(*decoded, damaged));
  }
}

TEST(HostileLog, DamagedStatisticsMeanUnknown) {
  SeededRandomness randomness(kSeed);
  const std::string stats =
      R"({"numRecords":2,"minValues":{"order_id":"a-1","amount":1.500000000,"at":"2026-01-01T00:00:00.123Z"},)"
      R"("maxValues":{"order_id":"z-9","amount":1.5e3,"at":"2026-01-01T00:00:00.124Z"},"nullCount":{"order_id":0}})";
  const Schema schema = OrdersSchema();
  const StatsDecoder decoder(schema);
  for (int round = 0; round < kRounds; ++round) {
    DataFile file;
    decoder.Decode(Damage(stats, randomness), file);
  }
  DataFile deep;
  decoder.Decode(std::string(100'000, '['), deep);
  EXPECT_EQ(deep.record_count, -1);
}

}  // namespace
}  // namespace tarn::table::delta
