// SPDX-License-Identifier: Apache-2.0
#include "alert/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "alert/alert_message.h"
#include "base/result_matchers.h"
#include "store/memory/memory_store.h"

namespace tarn::alert {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;

class AlertsTest : public testing::Test {
 protected:
  void SetUp() override { Restart({"ops", "team"}); }

  void Restart(std::vector<std::string> webhooks) {
    alerts_ = std::make_unique<Alerts>(store_, clock_, Alerts::Options{std::move(webhooks), hours(24)});
    alerts_->OnEvent([this] { ++events_; });
    ASSERT_THAT(alerts_->Open(), IsOk());
  }

  void Note(bool is_bad, const std::string& message = "why") {
    Condition condition;
    condition.about = "monitor.m";
    condition.is_bad = is_bad;
    condition.title = "volume of sales.gold.orders";
    condition.message = message;
    condition.reference = "/monitors/m";
    ASSERT_THAT(alerts_->Note(condition), IsOk());
  }

  /// "1.1 opened why" of each event.
  std::vector<std::string> OwedTo(const std::string& webhook) {
    std::vector<std::string> owed;
    for (const auto& one : alerts_->OwedTo(webhook)) {
      owed.push_back(std::to_string(one.alert.number) + "." + std::to_string(one.event.number) + " " +
                     std::string(EventKindName(one.event.kind)) + " " + one.event.message);
    }
    return owed;
  }
  void SettleFirst(const std::string& webhook, Alerts::Outcome outcome = Alerts::Outcome::kTold) {
    const auto owed = alerts_->OwedTo(webhook);
    ASSERT_FALSE(owed.empty());
    ASSERT_THAT(alerts_->Settle(owed.front(), webhook, outcome), IsOk());
  }
  size_t Objects() {
    const auto listed = store_.List("_control/alerts/");
    EXPECT_THAT(listed, IsOk());
    return listed->size();
  }

  ManualClock clock_{{1'767'225'600'000'000}};
  store::MemoryStore store_{store::MemoryStore::Options{.clock = &clock_}};
  std::unique_ptr<Alerts> alerts_;
  int events_ = 0;
};

TEST_F(AlertsTest, AnAlertOpensOnceAndIsResolvedOnce) {
  Note(false);
  EXPECT_EQ(Objects(), 0) << "nothing was wrong";
  Note(true, "12 rows");
  Note(true, "11 rows");
  EXPECT_EQ(Objects(), 1);
  EXPECT_EQ(events_, 1);
  EXPECT_THAT(OwedTo("ops"), ElementsAre("1.1 opened 12 rows"));
  clock_.Advance(minutes(1));
  Note(false, "99 rows");
  Note(false, "98 rows");
  EXPECT_THAT(OwedTo("ops"), ElementsAre("1.1 opened 12 rows", "1.2 resolved 99 rows"));
  EXPECT_THAT(OwedTo("team"), testing::SizeIs(2));
  clock_.Advance(minutes(1));
  Note(true, "again");
  const auto listed = alerts_->List({});
  ASSERT_EQ(listed.size(), 2);
  EXPECT_EQ(listed[0].id(), "monitor.m.2");
  EXPECT_TRUE(listed[0].is_open());
  EXPECT_FALSE(listed[1].is_open());
  EXPECT_EQ(alerts_->Find("monitor.m.1")->title, "volume of sales.gold.orders");
  EXPECT_EQ(alerts_->Find("monitor.x.1"), std::nullopt);
}

TEST_F(AlertsTest, WhatIsOwedOutlivesTheProcess) {
  Note(true);
  SettleFirst("ops");
  Restart({"ops", "team"});
  EXPECT_THAT(OwedTo("ops"), ElementsAre());
  EXPECT_THAT(OwedTo("team"), ElementsAre("1.1 opened why"));
  Note(true);
  EXPECT_EQ(events_, 1) << "it is open already";
  Restart({"new"});
  EXPECT_THAT(OwedTo("new"), ElementsAre()) << "who was not there is not told of the past";
}

TEST_F(AlertsTest, AnOpenAlertIsRepeatedAfterItsTimeAndNotBefore) {
  Note(true, "first");
  const auto opened = clock_.Now();
  ASSERT_OK_AND_ASSIGN(auto next, alerts_->Repeat());
  EXPECT_EQ(next, Timestamp{opened.micros + std::chrono::microseconds(hours(24)).count()});
  clock_.Advance(hours(23));
  Note(true, "later");
  ASSERT_THAT(alerts_->Repeat(), IsOk());
  EXPECT_EQ(OwedTo("ops").size(), 1);
  clock_.Advance(hours(1));
  ASSERT_OK_AND_ASSIGN(next, alerts_->Repeat());
  EXPECT_EQ(next, Timestamp{clock_.Now().micros + std::chrono::microseconds(hours(24)).count()});
  EXPECT_THAT(OwedTo("ops"), ElementsAre("1.1 opened first", "1.2 repeated later"));
  Note(false, "fine");
  clock_.Advance(hours(50));
  ASSERT_OK_AND_ASSIGN(next, alerts_->Repeat());
  EXPECT_EQ(next, std::nullopt);
  EXPECT_EQ(OwedTo("ops").size(), 3);
}

TEST_F(AlertsTest, AnAlertThatStaysOpenForMonthsStaysSmall) {
  Note(true);
  for (int day = 0; day < 100; ++day) {
    clock_.Advance(hours(24));
    ASSERT_THAT(alerts_->Repeat(), IsOk());
    SettleFirst("ops");
    SettleFirst("team", Alerts::Outcome::kGivenUp);
  }
  const auto alert = alerts_->Find("monitor.m.1");
  ASSERT_TRUE(alert);
  EXPECT_LE(alert->events.size(), Alert::kMostEvents + 1);
  EXPECT_EQ(alert->events.front().kind, EventKind::kOpened);
  EXPECT_EQ(alert->events.back().number, 101);
  EXPECT_LT(Objects(), 200) << "superseded versions go after a day";
  Restart({"ops", "team"});
  EXPECT_EQ(alerts_->Find("monitor.m.1")->events.back().number, 101);
}

TEST_F(AlertsTest, OldAlertsOfOneThingGiveWay) {
  for (int i = 0; i < 30; ++i) {
    clock_.Advance(minutes(1));
    Note(true);
    clock_.Advance(minutes(1));
    Note(false);
  }
  EXPECT_EQ(alerts_->List({}).size(), AlertLog::kMostAlerts);
  EXPECT_EQ(alerts_->List({.is_open = std::nullopt, .about = "", .limit = 3}).front().number, 30);
  EXPECT_TRUE(alerts_->List({.is_open = true, .about = "", .limit = 3}).empty());
  EXPECT_TRUE(alerts_->List({.is_open = std::nullopt, .about = "job.x", .limit = 3}).empty());
}

TEST_F(AlertsTest, MessagesHaveTheirShapes) {
  Note(true, "5 < 10 & \"falling\"");
  const auto owed = alerts_->OwedTo("ops").front();
  ASSERT_OK_AND_ASSIGN(const auto plain,
                       codec::ParseJson(MessageOf(Shape::kJson, owed.alert, owed.event, "https://lake.example.com")));
  EXPECT_EQ(plain["event"], "opened");
  EXPECT_EQ(plain["key"], "monitor.m.1.1");
  EXPECT_EQ(plain["status"], "open");
  EXPECT_EQ(plain["message"], "5 < 10 & \"falling\"");
  EXPECT_EQ(plain["url"], "https://lake.example.com/monitors/m");
  ASSERT_OK_AND_ASSIGN(const auto slack, codec::ParseJson(MessageOf(Shape::kSlack, owed.alert, owed.event, "")));
  EXPECT_THAT(slack["text"].get<std::string>(), HasSubstr("Error: volume of sales.gold.orders – 5 &lt; 10 &amp; "));
  EXPECT_EQ(slack["blocks"][0]["type"], "section");
  EXPECT_EQ(slack["blocks"][0]["text"]["type"], "mrkdwn");
  Note(true, std::string(5'000, 'x') + "ü");
  clock_.Advance(hours(24));
  ASSERT_THAT(alerts_->Repeat(), IsOk());
  const auto repeated = alerts_->OwedTo("ops").back();
  EXPECT_LT(MessageOf(Shape::kSlack, repeated.alert, repeated.event, "").size(), 6'000);
}

TEST_F(AlertsTest, TheDocumentOfVersionOneReads) {
  const std::string text =
      R"({"format_version":1,"about":"monitor.m","version":3,"alerts":[{"number":1,"severity":"warning","title":"t",)"
      R"("reference":"/monitors/m","events":[{"number":1,"event":"opened","at":"2026-01-01T02:00:02Z","message":"why",)"
      R"("pending":["ops"],"missed":["team"]}]}],"created_at":"2026-01-01T02:00:02Z","updated_at":"2026-01-01T02:00:03Z"})";
  ASSERT_OK_AND_ASSIGN(const auto stored, DecodeAlertLog(text));
  EXPECT_EQ(stored.value.alerts[0].severity, Severity::kWarning);
  EXPECT_EQ(stored.value.alerts[0].events[0].pending, std::vector<std::string>{"ops"});
  EXPECT_EQ(EncodeAlertLog(stored), text);
}

TEST_F(AlertsTest, BrokenDocumentsAreNamed) {
  EXPECT_THAT(DecodeAlertLog("{}"), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodeAlertLog(R"({"format_version": 2})"), ErrorIs(ErrorCode::kUnsupported));
}

}  // namespace
}  // namespace tarn::alert
