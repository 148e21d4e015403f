// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline_runner.h"

#include <atomic>

#include "gold/job_tasks.h"
#include "gold/runner_testing.h"
#include "pipeline/pipeline_tasks.h"
#include "pipeline/step_order.h"

namespace tarn::pipeline {
namespace {

using gold::RunStatus;
using gold::WriteMode;
using testing::ElementsAre;

class PipelineRunnerTest : public gold::RunnerTest {
 protected:
  void SetUp() override {
    RunnerTest::SetUp();
    StartPipelines();
  }
  void TearDown() override {
    StopAll();
    RunnerTest::TearDown();
  }

  void StartPipelines() {
    pipeline_runs_ = std::make_unique<PipelineRuns>(store_, clock_);
    projects_ = std::make_unique<ProjectRuns>(
        [this](const ProjectCall& call, const std::stop_token& stop) { return project_(call, stop); });
    pipeline_runner_ = std::make_unique<PipelineRunner>(
        PipelineRunner::Dependencies{pipelines_, *pipeline_runs_, jobs_, *runs_, *runner_, *projects_, clock_});
    runner_->OnEnd([this](const std::string&) { pipeline_runner_->OnJobEnd(); });
    projects_->OnEnd([this] { pipeline_runner_->OnJobEnd(); });
    ASSERT_THAT(pipeline_runner_->Start(), IsOk());
  }

  /// Jobs end before the runner of pipelines, which hears of each end, goes away.
  void StopAll() {
    pipeline_runner_->Stop();
    projects_->Stop();
    runner_->Stop();
    pipeline_runner_.reset();
    projects_.reset();
  }

  /// As a process that ends and another one that starts.
  void RestartAll() {
    StopAll();
    Restart();
    StartPipelines();
  }

  void SavePipeline(const std::string& name, std::vector<std::string> jobs) {
    Pipeline pipeline;
    pipeline.name = name;
    pipeline.jobs = std::move(jobs);
    ASSERT_THAT(pipelines_.Save(std::move(pipeline)), IsOk());
  }

  void SaveProject(const std::string& name) {
    Pipeline pipeline;
    pipeline.name = name;
    pipeline.dbt = ProjectCall();
    pipeline.dbt->project = "shop";
    ASSERT_THAT(pipelines_.Save(std::move(pipeline)), IsOk());
  }

  PipelineRun AwaitRun(const std::string& name, uint64_t run) {
    for (;;) {
      const auto found = pipeline_runs_->Find(name, run);
      EXPECT_THAT(found, IsOk());
      if (*found && gold::IsFinal((*found)->status)) return **found;
      std::this_thread::yield();
    }
  }

  /// A run whose record says no more than that it was opened.
  PipelineRun OpenRecord(const std::string& name, const std::vector<std::string>& jobs) {
    PipelineRun run;
    run.pipeline = name;
    for (const auto& job : jobs) {
      Step step;
      step.job = job;
      run.steps.push_back(step);
    }
    auto opened = pipeline_runs_->Start(std::move(run));
    EXPECT_THAT(opened, IsOk());
    return *opened;
  }

  gold::Execution Linked(const std::string& job, const PipelineRun& run) {
    gold::Execution execution;
    execution.domain = "sales";
    execution.job_name = job;
    execution.input = codec::Json{{"query", "SELECT 1"}, {"pipeline_run", run.id()}};
    return execution;
  }

  Pipelines pipelines_{store_, clock_};
  std::unique_ptr<PipelineRuns> pipeline_runs_;
  std::function<Status(const ProjectCall&, const std::stop_token&)> project_;
  std::unique_ptr<ProjectRuns> projects_;
  std::unique_ptr<PipelineRunner> pipeline_runner_;
};

std::vector<StepStatus> StatusesOf(const PipelineRun& run) {
  std::vector<StepStatus> statuses;
  for (const auto& step : run.steps) statuses.push_back(step.status);
  return statuses;
}

TEST_F(PipelineRunnerTest, JobsAreOrderedByWhatTheyReadAndOthersKeepTheirOrder) {
  const auto save = [&](const std::string& name, const std::string& reads, bool is_view = false) {
    gold::Job job;
    job.domain = "sales";
    job.name = name;
    job.query = "SELECT 1";
    if (!reads.empty()) job.reads = {{"sales", "gold", reads}};
    if (is_view) job.materialization = gold::Materialization::kView;
    ASSERT_THAT(jobs_.Create(job), IsOk());
  };
  save("base", "");
  save("look", "base", true);
  save("top", "look");
  save("alone", "");
  save("left", "right");
  save("right", "left");
  save("self", "self");
  ASSERT_OK_AND_ASSIGN(const auto order, OrderSteps(jobs_, {"sales/top", "sales/alone", "sales/self", "sales/base"}));
  std::vector<std::string> names;
  for (const auto& step : order) names.push_back(step.job);
  EXPECT_THAT(names, ElementsAre("sales/alone", "sales/self", "sales/base", "sales/top"));
  EXPECT_THAT(order.back().after, ElementsAre("sales/base")) << "through the view, which is no part of it";
  EXPECT_THAT(OrderSteps(jobs_, {"sales/left", "sales/right"}), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(PipelineRunnerTest, AFailedJobStopsOnlyItsDescendants) {
  Save("bad", "SELECT error('boom') AS id", WriteMode::kOverwrite);
  Save("good", "SELECT 1 AS id", WriteMode::kOverwrite);
  auto behind = *Save("behind", "SELECT id FROM sales.gold.bad", WriteMode::kOverwrite);
  behind.dependencies = {"bad"};
  ASSERT_THAT(jobs_.Replace(behind), IsOk());
  SavePipeline("all", {"sales/behind", "sales/good", "sales/bad"});
  ASSERT_OK_AND_ASSIGN(const auto opened, pipeline_runner_->Run("all", "manual", std::nullopt));
  const auto run = AwaitRun("all", opened.run);
  EXPECT_EQ(run.status, RunStatus::kFailed);
  EXPECT_THAT(StatusesOf(run), ElementsAre(StepStatus::kSucceeded, StepStatus::kFailed, StepStatus::kSkipped));
  EXPECT_EQ(run.error, "1 of 3 jobs did not succeed: sales/bad; not run: sales/behind");
  EXPECT_THAT(pipeline_runner_->Run("none", "manual", std::nullopt), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(PipelineRunnerTest, WhatWasStartedButNotRecordedIsTakenUpAndNotStartedAgain) {
  Save("once", "SELECT 1 AS id", WriteMode::kAppend);
  const auto opened = OpenRecord("p", {"sales/once"});
  ASSERT_OK_AND_ASSIGN(
      const auto started,
      runner_->Run("sales", "once",
                   {.trigger = "pipeline", .scheduled_for = {}, .scope = {}, .pipeline_run = opened.id()}));
  Await("once", started.run);
  RestartAll();
  const auto run = AwaitRun("p", opened.run);
  EXPECT_EQ(run.status, RunStatus::kSucceeded);
  EXPECT_EQ(run.steps[0].execution_id, started.id());
  EXPECT_EQ(Rows("SELECT count(*) AS n FROM sales.gold.once"), "{'n': 1}");
}

TEST_F(PipelineRunnerTest, AnInterruptedJobRunsAgainABoundedNumberOfTimes) {
  Save("slow", "SELECT 1 AS id", WriteMode::kAppend);
  const auto opened = OpenRecord("p", {"sales/slow"});
  ASSERT_THAT(runs_->Start(Linked("slow", opened)), IsOk());
  RestartAll();
  const auto run = AwaitRun("p", opened.run);
  EXPECT_EQ(run.status, RunStatus::kSucceeded) << run.error;
  EXPECT_EQ(run.steps[0].reruns, 1);
  const auto hopeless = OpenRecord("q", {"sales/slow"});
  for (int i = 0; i <= PipelineRunner::kMostReruns; ++i) {
    ASSERT_THAT(runs_->Start(Linked("slow", hopeless)), IsOk());
  }
  RestartAll();
  const auto given_up = AwaitRun("q", hopeless.run);
  EXPECT_EQ(given_up.status, RunStatus::kFailed);
  EXPECT_EQ(given_up.steps[0].reruns, PipelineRunner::kMostReruns);
  EXPECT_EQ(Rows("SELECT count(*) AS n FROM sales.gold.slow"), "{'n': 1}");
}

TEST_F(PipelineRunnerTest, ACancelledRunOfALaterProcessStaysCancelled) {
  Save("never", "SELECT 1 AS id", WriteMode::kOverwrite);
  auto opened = OpenRecord("p", {"sales/never"});
  opened.is_cancelled = true;
  ASSERT_THAT(pipeline_runs_->Update(opened), IsOk());
  RestartAll();
  const auto run = AwaitRun("p", opened.run);
  EXPECT_EQ(run.status, RunStatus::kAborted);
  EXPECT_THAT(StatusesOf(run), ElementsAre(StepStatus::kSkipped));
  EXPECT_THAT(pipeline_runner_->Cancel("p", opened.run), ErrorIs(ErrorCode::kConflict));
  EXPECT_THAT(pipeline_runner_->Cancel("p", 99), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(PipelineRunnerTest, TheSchedulerSeesPipelinesAndLeavesTheirJobsAlone) {
  Save("member", "SELECT 1 AS id", WriteMode::kOverwrite);
  SavePipeline("by_hand", {"sales/member"});
  Pipeline timed;
  timed.name = "timed";
  timed.jobs = {"sales/member"};
  timed.schedule = "hourly";
  ASSERT_THAT(pipelines_.Save(timed), IsOk());
  gold::JobTasks job_tasks({catalog_, tables_, jobs_, *runs_, *runner_});
  PipelineTasks tasks({job_tasks, pipelines_, *pipeline_runs_, *pipeline_runner_});
  std::vector<std::string> ids;
  for (const auto& plan : tasks.Plans()) ids.push_back(plan.id);
  EXPECT_THAT(ids, ElementsAre("sales/member", "timed"));
  const Timestamp at{1'767'225'600'000'000};
  ASSERT_THAT(tasks.Run("timed", "schedule", at), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto last, tasks.LastScheduled("timed"));
  EXPECT_EQ(last, at);
  AwaitRun("timed", 1);
  // A run that waits for the job keeps the scheduler away from it, also before it starts.
  pipeline_runner_->Stop();
  ASSERT_OK_AND_ASSIGN(const auto waiting, pipeline_runner_->Run("by_hand", "manual", std::nullopt));
  EXPECT_TRUE(tasks.IsBusy("sales/member"));
  EXPECT_TRUE(tasks.IsBusy("by_hand"));
  EXPECT_FALSE(tasks.IsBusy("sales/other"));
}

TEST_F(PipelineRunnerTest, AProjectIsOneStep) {
  int runs = 0;
  project_ = [&](const ProjectCall& call, const std::stop_token&) -> Status {
    EXPECT_EQ(call.project, "shop");
    if (++runs == 1) return {};
    return Fail(ErrorCode::kFailedPrecondition, "1 of 3 nodes failed: model.shop.a (boom)");
  };
  SaveProject("nightly");
  ASSERT_OK_AND_ASSIGN(const auto first, pipeline_runner_->Run("nightly", "manual", std::nullopt));
  const auto good = AwaitRun("nightly", first.run);
  EXPECT_EQ(good.status, RunStatus::kSucceeded) << good.error;
  ASSERT_THAT(StatusesOf(good), ElementsAre(StepStatus::kSucceeded));
  EXPECT_EQ(good.steps[0].job, "dbt:shop");
  ASSERT_OK_AND_ASSIGN(const auto second, pipeline_runner_->Run("nightly", "manual", std::nullopt));
  const auto bad = AwaitRun("nightly", second.run);
  EXPECT_EQ(bad.status, RunStatus::kFailed);
  EXPECT_EQ(bad.steps[0].error, "1 of 3 nodes failed: model.shop.a (boom)");
}

TEST_F(PipelineRunnerTest, ACancelledProjectIsAskedToStop) {
  project_ = [](const ProjectCall&, const std::stop_token& stop) -> Status {
    while (!stop.stop_requested()) std::this_thread::yield();
    return Fail(ErrorCode::kCancelled, "the run was cancelled");
  };
  SaveProject("nightly");
  ASSERT_OK_AND_ASSIGN(const auto opened, pipeline_runner_->Run("nightly", "manual", std::nullopt));
  while (!projects_->IsRunning(opened.id())) std::this_thread::yield();
  ASSERT_THAT(pipeline_runner_->Cancel("nightly", opened.run), IsOk());
  const auto run = AwaitRun("nightly", opened.run);
  EXPECT_EQ(run.status, RunStatus::kAborted);
  EXPECT_THAT(StatusesOf(run), ElementsAre(StepStatus::kAborted));
}

TEST_F(PipelineRunnerTest, AProjectThatAStopInterruptedHasFailedAndIsNotRunAgain) {
  std::atomic<int> runs = 0;
  project_ = [&](const ProjectCall&, const std::stop_token& stop) -> Status {
    ++runs;
    while (!stop.stop_requested()) std::this_thread::yield();
    return Fail(ErrorCode::kCancelled, "the run was cancelled");
  };
  SaveProject("nightly");
  ASSERT_OK_AND_ASSIGN(const auto opened, pipeline_runner_->Run("nightly", "manual", std::nullopt));
  while (!projects_->IsRunning(opened.id())) std::this_thread::yield();
  RestartAll();
  const auto run = AwaitRun("nightly", opened.run);
  EXPECT_EQ(run.status, RunStatus::kFailed);
  EXPECT_THAT(run.steps[0].error, testing::StartsWith("the server stopped before"));
  EXPECT_EQ(runs, 1);
}

TEST(PipelineCodecTest, DocumentsOfVersionTwoNameAProject) {
  const std::string call =
      R"({"project":"shop","command":"run","select":["tag:daily"],"exclude":[],"vars":{"day":1},"domain":null,)"
      R"("full_refresh":true})";
  ASSERT_OK_AND_ASSIGN(
      const auto stored,
      DecodePipeline(R"({"name":"nightly","version":3,"jobs":[],"dbt":)" + call +
                     R"(,"schedule":null,"catchup":"one","status":"active","created_at":"2026-01-01T00:00:00Z",)" +
                     R"("updated_at":"2026-01-02T00:00:00Z","format_version":2,"deleted":false})"));
  ASSERT_TRUE(stored.value.dbt);
  EXPECT_EQ(codec::Dump(ProjectCallToJson(*stored.value.dbt)), call);
  EXPECT_EQ(stored.value.dbt->step(), "dbt:shop");
  ASSERT_OK_AND_ASSIGN(const auto again, DecodePipeline(EncodePipeline(stored)));
  EXPECT_EQ(EncodePipeline(again), EncodePipeline(stored));
  PipelineRun run;
  run.pipeline = "nightly";
  run.run = 1;
  run.dbt = stored.value.dbt;
  run.steps.emplace_back().job = "dbt:shop";
  ASSERT_OK_AND_ASSIGN(const auto back, DecodePipelineRun(EncodePipelineRun(run)));
  EXPECT_EQ(EncodePipelineRun(back), EncodePipelineRun(run));
}

TEST(PipelineCodecTest, DocumentsOfVersionOneReadBack) {
  ASSERT_OK_AND_ASSIGN(
      const auto stored,
      DecodePipeline(R"({"name":"nightly","version":3,"jobs":["e/a","e/b"],"schedule":"0 6 * * *","catchup":"none",)"
                     R"("status":"paused","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z",)"
                     R"("format_version":1,"deleted":false})"));
  EXPECT_EQ(stored.value.jobs.size(), 2U);
  EXPECT_TRUE(stored.value.is_paused);
  EXPECT_EQ(stored.value.catchup, lake::CatchUp::kNone);
  ASSERT_OK_AND_ASSIGN(const auto again, DecodePipeline(EncodePipeline(stored)));
  EXPECT_EQ(EncodePipeline(again), EncodePipeline(stored));
  ASSERT_OK_AND_ASSIGN(
      const auto run,
      DecodePipelineRun(R"({"pipeline":"nightly","run":7,"status":"FAILED","trigger":"schedule",)"
                        R"("scheduled_for":"2026-01-01T06:00:00Z","started_at":"2026-01-01T06:00:00.5Z",)"
                        R"("stopped_at":"2026-01-01T06:00:01Z","jobs":[{"job":"e/a","after":[],"status":"FAILED",)"
                        R"("execution_id":"e.a.4","reruns":1,"started_at":"2026-01-01T06:00:00.5Z",)"
                        R"("stopped_at":"2026-01-01T06:00:01Z","rows":null,"error":"boom"}],"error":"1 of 1",)"
                        R"("format_version":1,"cancelled":false})"));
  EXPECT_EQ(run.id(), "nightly.7");
  EXPECT_EQ(run.Count(StepStatus::kFailed), 1U);
  ASSERT_OK_AND_ASSIGN(const auto back, DecodePipelineRun(EncodePipelineRun(run)));
  EXPECT_EQ(EncodePipelineRun(back), EncodePipelineRun(run));
  EXPECT_THAT(DecodePipelineRun("{}"), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodePipelineRun(R"({"format_version":3})"), ErrorIs(ErrorCode::kUnsupported));
}

}  // namespace
}  // namespace tarn::pipeline
