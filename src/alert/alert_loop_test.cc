// SPDX-License-Identifier: Apache-2.0
// Runs become alerts and alerts reach webhooks that answer, refuse, hang or are not there.

#include "alert/alert_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

#include "base/result_matchers.h"
#include "net/scripted_server.h"
#include "store/memory/memory_store.h"

namespace tarn::alert {
namespace {

using gold::RunStatus;
using net::Peer;
using net::ScriptedServer;
using testing::HasSubstr;

constexpr const char* kTaken = "HTTP/1.1 204 No Content\r\n\r\n";

class AlertLoopTest : public testing::Test {
 protected:
  void SetUp() override {
    gold::Job job;
    job.domain = "sales";
    job.name = "daily";
    job.query = "SELECT 1 AS a";
    job.format = "delta";
    ASSERT_THAT(jobs_.Create(job), IsOk());
  }
  void TearDown() override {
    if (loop_) loop_->Stop();
  }

  void Open(std::vector<Webhook> webhooks) {
    Alerts::Options options;
    for (const auto& webhook : webhooks) options.webhooks.push_back(webhook.name);
    alerts_ = std::make_unique<Alerts>(store_, clock_, options);
    ASSERT_THAT(alerts_->Open(), IsOk());
    loop_ = std::make_unique<AlertLoop>(
        AlertLoop::Dependencies{
            *alerts_, {jobs_, runs_, test_results_, pipelines_, pipeline_runs_}, monitors_, clock_, metrics_},
        AlertLoop::Options{std::move(webhooks), ""});
  }

  gold::Execution Run(RunStatus status, std::vector<quality::TestStatus> tests = {}) {
    gold::Execution execution;
    execution.domain = "sales";
    execution.job_name = "daily";
    auto started = runs_.Start(execution);
    EXPECT_THAT(started, IsOk());
    started->status = status;
    started->error = "could not convert 'ann@example.com'";
    started->stopped_at = clock_.Now();
    EXPECT_THAT(runs_.Update(*started), IsOk());
    if (!tests.empty()) PutReport(*started, tests);
    return *started;
  }

  void PutReport(const gold::Execution& execution, const std::vector<quality::TestStatus>& tests) {
    quality::TestReport report;
    report.domain = execution.domain;
    report.table = execution.job_name;
    report.execution_id = execution.id();
    report.executed_at = clock_.Now();
    for (const auto status : tests) {
      quality::TestResult result;
      result.name = "t" + std::to_string(report.results.size());
      result.status = status;
      result.failures = 3;
      result.parameters = codec::Json::object();
      report.results.push_back(std::move(result));
    }
    EXPECT_THAT(test_results_.Put(report, execution.run), IsOk());
  }

  std::vector<Condition> Conditions() {
    const auto found = ConditionsOfJob({jobs_, runs_, test_results_, pipelines_, pipeline_runs_}, "sales/daily");
    EXPECT_THAT(found, IsOk());
    return *found;
  }

  void AwaitNothingOwed(const std::string& webhook) {
    while (!alerts_->OwedTo(webhook).empty()) std::this_thread::yield();
  }
  void Await(const std::function<bool()>& what) {
    while (!what()) std::this_thread::yield();
  }

  ManualClock clock_{{1'767'225'600'000'000}};
  MetricRegistry metrics_;
  store::MemoryStore store_;
  gold::Jobs jobs_{store_, clock_};
  gold::Runs runs_{store_, clock_};
  quality::TestResults test_results_{store_, clock_};
  pipeline::Pipelines pipelines_{store_, clock_};
  pipeline::PipelineRuns pipeline_runs_{store_, clock_};
  quality::Monitors monitors_{store_, clock_};
  std::unique_ptr<Alerts> alerts_;
  std::unique_ptr<AlertLoop> loop_;
};

TEST_F(AlertLoopTest, TheLastRunThatEndedByItselfDecides) {
  EXPECT_TRUE(Conditions().empty());
  Run(RunStatus::kSucceeded);
  EXPECT_FALSE(Conditions()[0].is_bad);
  Run(RunStatus::kFailed);
  Run(RunStatus::kAborted);
  Run(RunStatus::kRunning);
  const auto conditions = Conditions();
  ASSERT_EQ(conditions.size(), 1);
  EXPECT_TRUE(conditions[0].is_bad);
  EXPECT_EQ(conditions[0].about, "job.sales.daily");
  EXPECT_EQ(conditions[0].message, "run 3 FAILED") << "errors quote values: they stay in the lake";
  EXPECT_EQ(conditions[0].reference, "/transform/executions/sales.daily.3");
}

TEST_F(AlertLoopTest, TestsAreNamedWithTheirCounts) {
  using quality::TestStatus;
  Run(RunStatus::kFailed, {TestStatus::kPass, TestStatus::kFail, TestStatus::kError});
  EXPECT_EQ(Conditions()[0].message, "run 1 FAILED, tests: t1 (3), t2 (error)");
  Run(RunStatus::kSucceeded, {TestStatus::kWarn, TestStatus::kPass});
  const auto warned = Conditions();
  ASSERT_EQ(warned.size(), 2);
  EXPECT_FALSE(warned[0].is_bad);
  EXPECT_TRUE(warned[1].is_bad);
  EXPECT_EQ(warned[1].about, "tests.sales.daily");
  EXPECT_EQ(warned[1].severity, Severity::kWarning);
  EXPECT_THAT(warned[1].message, HasSubstr("t0"));
}

TEST_F(AlertLoopTest, PipelinesAreAlertedOf) {
  const RunRecords records{jobs_, runs_, test_results_, pipelines_, pipeline_runs_};
  ASSERT_OK_AND_ASSIGN(const auto none, ConditionsOfPipeline(records, "nightly"));
  EXPECT_FALSE(none[0].is_bad) << "what is not there is not wrong";
  pipeline::Pipeline nightly;
  nightly.name = "nightly";
  nightly.jobs = {"sales/daily"};
  ASSERT_THAT(pipelines_.Save(nightly), IsOk());
  pipeline::PipelineRun run;
  run.pipeline = "nightly";
  ASSERT_OK_AND_ASSIGN(run, pipeline_runs_.Start(run));
  run.status = RunStatus::kFailed;
  run.error = "1 of 1 jobs did not succeed: sales/daily";
  run.stopped_at = clock_.Now();
  ASSERT_THAT(pipeline_runs_.Update(run), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto failed, ConditionsOfPipeline(records, "nightly"));
  EXPECT_TRUE(failed[0].is_bad);
  EXPECT_EQ(failed[0].reference, "/pipelines/nightly/runs/1");
}

TEST_F(AlertLoopTest, WhatFailedBeforeTheStartIsToldOnce) {
  Run(RunStatus::kFailed);
  std::vector<std::string> bodies;
  ScriptedServer server({[&](Peer& peer) {
    bodies.push_back(peer.ReadRequest());
    peer.Send(kTaken);
  }});
  Open({{"ops", server.UrlOf("/hook?key=secret"), Shape::kJson}});
  loop_->Start();
  Await([&] { return alerts_->List({}).size() == 1; });
  AwaitNothingOwed("ops");
  loop_->OnJob("sales/daily");
  loop_->Stop();
  ASSERT_EQ(bodies.size(), 1);
  EXPECT_THAT(bodies[0], HasSubstr("POST /hook?key=secret HTTP/1.1\r\n"));
  EXPECT_THAT(bodies[0], HasSubstr("Idempotency-Key: job.sales.daily.1.1\r\n"));
  EXPECT_THAT(bodies[0], HasSubstr(R"("event":"opened")"));
}

TEST_F(AlertLoopTest, ARefusalIsTriedAgainUntilItIsTaken) {
  Run(RunStatus::kTimedOut);
  std::atomic<int> attempts{0};
  const auto refuse = [&](Peer& peer) {
    ++attempts;
    peer.ReadRequest();
    peer.Send("HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  };
  const auto take = [&](Peer& peer) {
    ++attempts;
    peer.ReadRequest();
    peer.Send(kTaken);
  };
  ScriptedServer server({refuse, take});
  Open({{"ops", server.UrlOf("/"), Shape::kSlack}});
  loop_->Start();
  Await([&] { return alerts_->List({}).size() == 1; });
  AwaitNothingOwed("ops");
  EXPECT_EQ(attempts, 2);
}

TEST_F(AlertLoopTest, AWebhookThatHangsHoldsUpNobody) {
  Run(RunStatus::kFailed);
  std::latch hangs(1);
  ScriptedServer hanging({[&](Peer& peer) {
    peer.ReadRequest();
    hangs.count_down();
    peer.WaitForClose();
  }});
  ScriptedServer server({[&](Peer& peer) {
    peer.ReadRequest();
    peer.Send(kTaken);
  }});
  Open({{"stuck", hanging.UrlOf("/"), Shape::kJson}, {"ops", server.UrlOf("/"), Shape::kJson}});
  loop_->Start();
  hangs.wait();
  AwaitNothingOwed("ops");
  loop_->Stop();
  EXPECT_EQ(alerts_->OwedTo("stuck").size(), 1) << "the next process tells it";
}

TEST_F(AlertLoopTest, WhatNobodyTookForADayIsGivenUp) {
  Run(RunStatus::kFailed);
  Open({{"gone", "http://127.0.0.1:1/", Shape::kJson}});
  ASSERT_THAT(alerts_->Note(Conditions()[0]), IsOk());
  clock_.Advance(AlertLoop::kGiveUpAfter + std::chrono::seconds(1));
  loop_->Start();
  AwaitNothingOwed("gone");
  EXPECT_EQ(alerts_->List({}).front().events.front().missed, std::vector<std::string>{"gone"});
}

TEST_F(AlertLoopTest, AlertsAboutWhatIsGoneAreResolved) {
  Run(RunStatus::kFailed);
  Open({});
  ASSERT_THAT(alerts_->Note(Conditions()[0]), IsOk());
  Condition monitored;
  monitored.about = AboutMonitor("m");
  monitored.is_bad = true;
  ASSERT_THAT(alerts_->Note(monitored), IsOk());
  ASSERT_THAT(jobs_.Remove("sales", "daily"), IsOk());
  loop_->Start();
  Await([&] { return alerts_->List({.is_open = true, .about = "", .limit = 10}).empty(); });
  EXPECT_EQ(alerts_->Find("monitor.m.1")->events.back().message, "the monitor was deleted");
}

TEST_F(AlertLoopTest, AResultThatSaysNothingChangesNothing) {
  Open({});
  quality::Monitor monitor;
  monitor.name = "m";
  monitor.table = {"sales", "gold", "daily"};
  quality::MonitorResult result;
  result.status = quality::MonitorStatus::kFail;
  ASSERT_THAT(loop_->OnResult(monitor, result), IsOk());
  result.status = quality::MonitorStatus::kUnknown;
  ASSERT_THAT(loop_->OnResult(monitor, result), IsOk());
  EXPECT_EQ(alerts_->List({.is_open = true, .about = "", .limit = 10}).size(), 1);
  result.status = quality::MonitorStatus::kPass;
  ASSERT_THAT(loop_->OnResult(monitor, result), IsOk());
  EXPECT_TRUE(alerts_->List({.is_open = true, .about = "", .limit = 10}).empty());
}

}  // namespace
}  // namespace tarn::alert
