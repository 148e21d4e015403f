// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>

#include "base/metrics.h"
#include "base/random.h"
#include "base/result_matchers.h"
#include "base/time.h"
#include "base/worker_pool.h"

namespace tarn {
namespace {

TEST(TimestampTest, FormatsMicrosecondsAndReadsThemBack) {
  const Timestamp at{1'767'225'600'123'456};
  EXPECT_EQ(FormatTimestamp(at), "2026-01-01T00:00:00.123456Z");
  ASSERT_OK_AND_ASSIGN(const auto back, ParseTimestamp("2026-01-01T00:00:00.123456Z"));
  EXPECT_EQ(back, at);
}

TEST(TimestampTest, AppliesZoneOffset) {
  ASSERT_OK_AND_ASSIGN(const auto at, ParseTimestamp("2026-01-01T02:30:00+02:30"));
  EXPECT_EQ(FormatTimestamp(at), "2026-01-01T00:00:00Z");
}

TEST(TimestampTest, RefusesImpossibleDates) {
  for (const auto* text :
       {"2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T24:00:00Z", "banana", "2026-01-01T00:00:00"}) {
    EXPECT_THAT(ParseTimestamp(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(DurationTest, ReadsEveryUnitAndWritesTheShortestForm) {
  for (const auto* text : {"500ms", "10s", "15m", "24h", "90d"}) {
    ASSERT_OK_AND_ASSIGN(const auto duration, ParseDuration(text));
    const auto expected = std::string_view(text) == "24h" ? "1d" : text;
    EXPECT_EQ(FormatDuration(duration), expected);
  }
  for (const auto* text : {"", "s", "-1s", "1", "1w", "999999999999d"}) {
    EXPECT_THAT(ParseDuration(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(UuidTest, HasVersionAndVariant) {
  SeededRandomness randomness(7);
  const auto uuid = NewUuid(randomness);
  ASSERT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_TRUE(std::string("89ab").contains(uuid[19])) << uuid;
}

TEST(WorkerPoolTest, RunsEverythingQueuedBeforeStopAndRefusesAfter) {
  std::atomic<int> ran{0};
  WorkerPool pool("test", {.threads = 2, .queued_tasks = 100});
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(pool.TrySubmit([&] { ++ran; }));
  pool.Stop();
  EXPECT_EQ(ran, 50);
  EXPECT_FALSE(pool.TrySubmit([] {}));
}

TEST(MetricsTest, RendersPrometheusText) {
  MetricRegistry registry;
  registry.GetCounter("tarn_requests_total", "requests", "route=\"/\"").Add(3);
  registry.GetHistogram("tarn_wait_seconds", "waits").Observe(0.002);
  const auto text = registry.Render();
  EXPECT_NE(text.find("# TYPE tarn_requests_total counter\ntarn_requests_total{route=\"/\"} 3\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("tarn_wait_seconds_bucket{le=\"0.0025\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("tarn_wait_seconds_count 1\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace tarn
