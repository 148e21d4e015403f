// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/engine_slot.h"

#include "duckdb/main/valid_checker.hpp"
#include "engine/duckdb/engine_testing.h"

namespace tarn::engine {
namespace {

TEST(EngineSlotTest, AnInstanceThatRefusesWorkIsReplaced) {
  store::MemoryStore store;
  FakeLake lake;
  auto slot = EngineSlot::Open({}, store, lake);
  ASSERT_THAT(slot, IsOk());
  auto first = (*slot)->Core();
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(*first, *(*slot)->Core());

  duckdb::ValidChecker::Invalidate(*(*first)->database().instance, "an internal error");
  EXPECT_TRUE((*first)->pool().Acquire()->Query("SELECT 1")->HasError());
  auto second = (*slot)->Core();
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(*first, *second);
  EXPECT_FALSE((*second)->pool().Acquire()->Query("SELECT 1")->HasError());
}

TEST(EngineSlotTest, TheBuildOfDuckDbIsChecked) {
  EXPECT_EQ(duckdb::DuckDB::SourceID(), std::string(TARN_DUCKDB_SOURCE_ID));
}

}  // namespace
}  // namespace tarn::engine
