// SPDX-License-Identifier: Apache-2.0
#include "table/commit_testing.h"
#include "table/delta/delta_testing.h"

namespace tarn::table::delta {
namespace {

CommitIntent AppendOneRow(const std::string& name) {
  CommitIntent intent = IntentOf("WRITE");
  intent.add = {FileOf(name, 1)};
  return intent;
}

CommittingFormat Delta() {
  return {.name = "delta",
          .make = [] { return std::make_unique<DeltaFormat>(DeltaFormat::Options{}); },
          .create = [] { return CreateIntent(); },
          .append = AppendOneRow,
          .expect_total = [](const Snapshot&, int64_t) {},  // its log keeps none
          .first_version = 0,
          .commits_of_a_writer = 15};
}

}  // namespace
}  // namespace tarn::table::delta

namespace tarn::table {

INSTANTIATE_TEST_SUITE_P(Delta, CommitTest, testing::Values(delta::Delta()));
#ifdef TARN_CRASH_POINTS
INSTANTIATE_TEST_SUITE_P(Delta, CrashTest, testing::Values(delta::Delta()));
#endif

}  // namespace tarn::table
