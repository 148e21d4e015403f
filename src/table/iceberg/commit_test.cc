// SPDX-License-Identifier: Apache-2.0
#include "table/commit_testing.h"
#include "table/iceberg/iceberg_testing.h"

namespace tarn::table::iceberg {
namespace {

std::unique_ptr<TableFormat> MakeFormat() {
  return std::make_unique<IcebergFormat>(
      IcebergFormat::Options{.writer_version = "1", .root = "memory:", .parquet = nullptr});
}

CommittingFormat Iceberg() {
  return {
      .name = "iceberg",
      .make = MakeFormat,
      .create = [] { return CreateIntent(); },
      .append = [](const std::string& name) { return Append(name, 1); },
      .expect_total = [](const Snapshot& snapshot,
                         int64_t rows) { EXPECT_EQ(SummaryOf(snapshot).at("total-records"), std::to_string(rows)); },
      .first_version = 1,
      .commits_of_a_writer = 5};
}

}  // namespace
}  // namespace tarn::table::iceberg

namespace tarn::table {

INSTANTIATE_TEST_SUITE_P(Iceberg, CommitTest, testing::Values(iceberg::Iceberg()));
#ifdef TARN_CRASH_POINTS
INSTANTIATE_TEST_SUITE_P(Iceberg, CrashTest, testing::Values(iceberg::Iceberg()));
#endif

}  // namespace tarn::table
