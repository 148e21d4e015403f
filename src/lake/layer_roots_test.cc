// SPDX-License-Identifier: Apache-2.0
#include "lake/layer_roots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "base/result_matchers.h"
#include "lake/lake_document.h"
#include "store/memory/memory_store.h"

namespace tarn::lake {
namespace {

using testing::IsEmpty;

class LayerRootsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_THAT(OpenOrCreateLake(main_, clock_, randomness_), IsOk()); }

  LayerRoots Roots() {
    auto roots = LoadLayerRoots(main_, clock_);
    EXPECT_THAT(roots, IsOk());
    return roots ? *roots : LayerRoots();
  }

  SystemClock clock_;
  SystemRandomness randomness_;
  store::MemoryStore main_;
  store::MemoryStore layer_;
};

TEST_F(LayerRootsTest, ALakeHasNoneUntilTheyAreRecorded) {
  EXPECT_THAT(Roots(), IsEmpty());
  const LayerRoots wanted{{"silver", "s3://b/x"}, {"gold", "/srv/gold"}};
  ASSERT_OK_AND_ASSIGN(const auto added, NewLayerRoots(main_, Roots(), wanted));
  EXPECT_EQ(added, wanted);
  ASSERT_THAT(RecordLayerRoots(main_, clock_, added), IsOk());
  EXPECT_EQ(Roots(), wanted);
  EXPECT_THAT(OpenLake(main_, clock_), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto again, NewLayerRoots(main_, Roots(), wanted));
  EXPECT_THAT(again, IsEmpty());
}

TEST_F(LayerRootsTest, WhereAFolderLiesIsSettledOnce) {
  ASSERT_THAT(RecordLayerRoots(main_, clock_, {{"silver", "s3://b/x"}}), IsOk());
  EXPECT_THAT(NewLayerRoots(main_, Roots(), {{"silver", "s3://other"}}), ErrorIs(ErrorCode::kFailedPrecondition));
  ASSERT_THAT(main_.PutIfAbsent("gold/d/t/data/x.parquet", "x"), IsOk());
  EXPECT_THAT(NewLayerRoots(main_, Roots(), {{"gold", "s3://b"}}), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(RecordLayerRoots(main_, clock_, {{"silver", "s3://other"}}), ErrorIs(ErrorCode::kConflict));
}

TEST_F(LayerRootsTest, APlaceBelongsToOneLake) {
  EXPECT_THAT(CheckLayerRoot(layer_, "silver", "one"), ErrorIs(ErrorCode::kFailedPrecondition));
  ASSERT_THAT(ClaimLayerRoot(layer_, "silver", "one"), IsOk());
  EXPECT_THAT(ClaimLayerRoot(layer_, "silver", "one"), IsOk());
  EXPECT_THAT(CheckLayerRoot(layer_, "silver", "one"), IsOk());
  EXPECT_THAT(ClaimLayerRoot(layer_, "silver", "two"), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(ClaimLayerRoot(layer_, "gold", "two"), IsOk());
  store::MemoryStore filled;
  ASSERT_THAT(filled.PutIfAbsent("silver/stranger", "x"), IsOk());
  EXPECT_THAT(ClaimLayerRoot(filled, "silver", "one"), ErrorIs(ErrorCode::kFailedPrecondition));
}

}  // namespace
}  // namespace tarn::lake
