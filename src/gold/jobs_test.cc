// SPDX-License-Identifier: Apache-2.0
#include "gold/jobs.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"

namespace tarn::gold {
namespace {

Job Sample(const std::string& name) {
  Job job;
  job.domain = "sales";
  job.name = name;
  job.query = "SELECT 1 AS \"a: b\" -- it's\nFROM sales.silver.orders";
  job.unique_key = {"a", "b"};
  job.unique_key_echo = "a, b";
  job.cron_schedule = "0 2 * * ? *";
  return job;
}

class JobsTest : public testing::Test {
 protected:
  SystemClock clock_;
  store::MemoryStore store_;
  Jobs jobs_{store_, clock_};
};

TEST_F(JobsTest, AnotherReaderSeesWhatWasSaved) {
  ASSERT_OK_AND_ASSIGN(const auto saved, jobs_.Create(Sample("daily")));
  Jobs other(store_, clock_);
  ASSERT_THAT(other.Open(), IsOk());
  const auto read = other.Find("sales", "daily");
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(JobToJson(*read), JobToJson(*saved));
  EXPECT_EQ(read->unique_key, saved->unique_key);
}

TEST_F(JobsTest, DuplicateMissingAndDeletedAreTold) {
  ASSERT_THAT(jobs_.Create(Sample("daily")), IsOk());
  EXPECT_THAT(jobs_.Create(Sample("daily")), ErrorIs(ErrorCode::kAlreadyExists));
  EXPECT_THAT(jobs_.Replace(Sample("other")), ErrorIs(ErrorCode::kNotFound));
  ASSERT_THAT(jobs_.Remove("sales", "daily"), IsOk());
  EXPECT_THAT(jobs_.Remove("sales", "daily"), ErrorIs(ErrorCode::kNotFound));
  EXPECT_EQ(jobs_.Find("sales", "daily"), nullptr);
  ASSERT_OK_AND_ASSIGN(const auto again, jobs_.Create(Sample("daily")));
  EXPECT_EQ(again->version, 3U);
}

TEST_F(JobsTest, CyclesAreRefusedInEverySpelling) {
  auto a = Sample("a");
  a.dependencies = std::vector<std::string>{"a"};
  EXPECT_THAT(jobs_.Create(a), ErrorIs(ErrorCode::kInvalidArgument));
  a.dependencies = std::vector<std::string>{"sales.gold.b", "sales.silver.orders", "unknown"};
  ASSERT_THAT(jobs_.Create(a), IsOk());
  auto b = Sample("b");
  for (const auto* spelling : {"a", "sales.a", "sales/a", "sales.gold.a"}) {
    b.dependencies = std::vector<std::string>{spelling};
    EXPECT_THAT(jobs_.Create(b), ErrorIs(ErrorCode::kInvalidArgument)) << spelling;
  }
  b.dependencies = std::vector<std::string>{"sales.silver.a"};
  EXPECT_THAT(jobs_.Create(b), IsOk());
}

TEST_F(JobsTest, TwoNodesCreatingOneJobHaveOneWinner) {
  Jobs other(store_, clock_);
  ASSERT_THAT(jobs_.Create(Sample("daily")), IsOk());
  EXPECT_THAT(other.Create(Sample("daily")), ErrorIs(ErrorCode::kAlreadyExists));
}

}  // namespace
}  // namespace tarn::gold
