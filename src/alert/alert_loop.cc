// SPDX-License-Identifier: Apache-2.0
#include "alert/alert_loop.h"

#include <algorithm>

#include "base/log.h"

namespace tarn::alert {
namespace {

constexpr const char* kJob = "job";
constexpr const char* kPipeline = "pipeline";
constexpr const char* kMonitor = "monitor";
constexpr const char* kRepeat = "repeat";
constexpr const char* kTell = "tell";

/// Threads besides one for each webhook, of which any may hang.
constexpr size_t kOtherThreads = 2;
constexpr std::chrono::minutes kLongestRetry{5};
constexpr size_t kAnswerLimitBytes = size_t{1} << 20;

}  // namespace

AlertLoop::AlertLoop(Dependencies dependencies, Options options)
    : dependencies_(dependencies),
      options_(std::move(options)),
      client_({}),
      loop_({.name = "tarn-alert",
             .threads = options_.webhooks.size() + kOtherThreads,
             .first_retry = std::chrono::seconds(1),
             .longest_retry = kLongestRetry},
            [this](const std::string& key) { return RunKey(key); }) {
  dependencies_.alerts.OnEvent([this] {
    for (const auto& webhook : options_.webhooks) Schedule(kTell, webhook.name);
    Schedule(kRepeat, "");
  });
}

AlertLoop::~AlertLoop() { Stop(); }

void AlertLoop::Start() {
  loop_.Start();
  for (const auto& job : dependencies_.records.jobs.List()) OnJob(job->id());
  for (const auto& pipeline : dependencies_.records.pipelines.List()) OnPipeline(pipeline->name);
  // What alerts are about may be gone.
  for (const auto& alert : dependencies_.alerts.List({.is_open = true, .about = "", .limit = SIZE_MAX})) {
    const auto dot = alert.about.find('.');
    const auto source = alert.about.substr(0, dot);
    auto subject = alert.about.substr(dot + 1);
    if (source == kMonitor) OnMonitor(subject);
    if (source == kPipeline) OnPipeline(subject);
    if (source != kJob && source != "tests") continue;
    std::ranges::replace(subject, '.', '/');
    OnJob(subject);
  }
  for (const auto& webhook : options_.webhooks) Schedule(kTell, webhook.name);
  Schedule(kRepeat, "");
}

void AlertLoop::Stop() {
  stop_.request_stop();
  loop_.Stop();
}

void AlertLoop::Schedule(const std::string& work, const std::string& what) { loop_.ScheduleNow(work + " " + what); }

void AlertLoop::OnJob(const std::string& job) { Schedule(kJob, job); }
void AlertLoop::OnPipeline(const std::string& name) { Schedule(kPipeline, name); }
void AlertLoop::OnMonitor(const std::string& name) { Schedule(kMonitor, name); }

Status AlertLoop::OnResult(const quality::Monitor& monitor, const quality::MonitorResult& result) {
  const auto condition = ConditionOf(monitor, result);
  return condition ? dependencies_.alerts.Note(*condition) : Status();
}

Status AlertLoop::RunKey(const std::string& key) {
  const auto blank = key.find(' ');
  const auto work = key.substr(0, blank);
  const auto what = key.substr(blank + 1);
  if (work == kJob) return NoteAll(ConditionsOfJob(dependencies_.records, what));
  if (work == kPipeline) return NoteAll(ConditionsOfPipeline(dependencies_.records, what));
  if (work == kMonitor) return LookAtMonitor(what);
  if (work == kRepeat) return Repeat();
  const auto webhook = std::ranges::find(options_.webhooks, what, &Webhook::name);
  return webhook == options_.webhooks.end() ? Status() : Tell(*webhook);
}

Status AlertLoop::NoteAll(const Result<std::vector<Condition>>& conditions) {
  if (!conditions) return Fail(conditions.error());
  for (const auto& condition : *conditions) TARN_TRY(dependencies_.alerts.Note(condition));
  return {};
}

/// What is monitored no more is wrong no more.
Status AlertLoop::LookAtMonitor(const std::string& name) {
  const auto monitor = dependencies_.monitors.Find(name);
  if (monitor && !monitor->is_paused) return {};
  return dependencies_.alerts.Note(
      Gone(AboutMonitor(name), monitor ? "the monitor was paused" : "the monitor was deleted"));
}

Status AlertLoop::Repeat() {
  TARN_ASSIGN(const auto next, dependencies_.alerts.Repeat());
  if (!next) return {};
  const auto pause = std::chrono::microseconds(std::max<int64_t>(next->micros - dependencies_.clock.Now().micros, 0));
  loop_.Schedule(std::string(kRepeat) + " ", std::chrono::steady_clock::now() + pause);
  return {};
}

Status AlertLoop::Tell(const Webhook& webhook) {
  for (const auto& owed : dependencies_.alerts.OwedTo(webhook.name)) {
    if (stop_.stop_requested()) return {};
    const auto age = std::chrono::microseconds(dependencies_.clock.Now().micros - owed.event.at.micros);
    if (age > kGiveUpAfter) {
      LogError("webhook was not told of an alert",
               {{"webhook", webhook.name}, {"event", KeyOf(owed.alert, owed.event)}});
      TARN_TRY(dependencies_.alerts.Settle(owed, webhook.name, Alerts::Outcome::kGivenUp));
      continue;
    }
    const auto told = Post(webhook, owed);
    const auto* const outcome = told ? "told" : "failed";
    dependencies_.metrics
        .GetCounter("tarn_alert_messages_total", "attempts to tell webhooks of alerts",
                    "webhook=\"" + webhook.name + "\",outcome=\"" + outcome + "\"")
        .Add();
    if (!told && stop_.stop_requested()) return {};
    TARN_TRY(told);
    TARN_TRY(dependencies_.alerts.Settle(owed, webhook.name, Alerts::Outcome::kTold));
  }
  return {};
}

Status AlertLoop::Post(const Webhook& webhook, const Alerts::Owed& owed) {
  const auto body = MessageOf(webhook.shape, owed.alert, owed.event, options_.public_url);
  net::OutboundRequest request;
  request.method = "POST";
  request.url = webhook.url;
  request.headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", KeyOf(owed.alert, owed.event)}};
  request.body = body;
  request.timeouts.idle = kAnswerTimeout;
  request.timeouts.total = kAnswerTimeout;
  request.response_limit_bytes = kAnswerLimitBytes;
  request.stop = stop_.get_token();
  TARN_ASSIGN(const auto answer, client_.Do(request));
  if (answer.status / 100 == 2) return {};
  return Fail(ErrorCode::kUnavailable,
              "webhook " + webhook.name + " answered with status " + std::to_string(answer.status));
}

}  // namespace tarn::alert
