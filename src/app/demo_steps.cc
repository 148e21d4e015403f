// SPDX-License-Identifier: Apache-2.0
#include "app/demo_steps.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <thread>

#include "app/http_answers.h"
#include "codec/compression.h"

namespace tarn::app {
namespace {

using codec::OrderedJson;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{5};
constexpr std::chrono::minutes kJobTimeout{2};
constexpr size_t kShownRows = 8;

double SecondsSince(steady_clock::time_point started) {
  return std::chrono::duration<double>(steady_clock::now() - started).count();
}

OrderedJson Column(const char* name, const char* type, bool key = false, bool required = false) {
  return {{"name", name}, {"type", type}, {"primary_key", key}, {"required", required}};
}

std::vector<OrderedJson> Endpoints() {
  return {
      OrderedJson{{"domain", "sales"},
                  {"name", "orders"},
                  {"columns", OrderedJson::array({Column("order_id", "integer", true), Column("customer_id", "integer"),
                                                  Column("amount", "decimal(12,2)"), Column("order_date", "date")})}},
      OrderedJson{{"domain", "web"},
                  {"name", "users"},
                  {"columns", OrderedJson::array({Column("user_id", "string", true), Column("email", "string"),
                                                  Column("name", "string"), Column("created_at", "timestamp"),
                                                  Column("country", "string")})}},
      OrderedJson{
          {"domain", "web"},
          {"name", "events"},
          {"columns", OrderedJson::array({Column("event_id", "string", true), Column("user_id", "string"),
                                          Column("event_type", "string"), Column("page", "string"),
                                          Column("timestamp", "timestamp", false, true), Column("session_id", "string"),
                                          Column("amount", "decimal(12,2)")})}}};
}

struct DemoJob {
  const char* domain;
  const char* name;
  const char* sql;
};

constexpr std::array kJobs{
    DemoJob{"sales", "clean_orders",
            "SELECT order_id, customer_id, amount, order_date FROM sales.silver.orders\n"
            "WHERE amount > 200 AND customer_id IS NOT NULL AND order_date IS NOT NULL"},
    DemoJob{"sales", "customer_orders",
            "SELECT customer_id, count(*) AS order_count, sum(amount) AS total_spent, avg(amount) AS avg_order_value\n"
            "FROM sales.gold.clean_orders GROUP BY customer_id"},
    DemoJob{"sales", "daily_revenue",
            "SELECT order_date AS date, sum(amount) AS revenue FROM sales.silver.orders\n"
            "WHERE order_date IS NOT NULL GROUP BY order_date"},
    DemoJob{"web", "dim_users", "SELECT user_id, name AS username, email, created_at, country FROM web.silver.users"},
    DemoJob{"web", "fct_events",
            "SELECT e.event_id, e.user_id, e.event_type, e.\"timestamp\" AS event_timestamp,\n"
            "       CAST(e.\"timestamp\" AS DATE) AS event_date, e.session_id, e.page, e.amount,\n"
            "       u.username, u.email AS user_email, u.country AS user_country\n"
            "FROM web.silver.events e LEFT JOIN web.gold.dim_users u USING (user_id)"},
};

std::string TargetOf(const DemoRequest& request, bool last) {
  auto target = "/ingest/" + request.endpoint + (request.shape == DemoShape::kSingle ? "" : "/batch");
  target += last ? "?ack=silver" : "?ack=wal";
  if (request.deletes) target += "&op=delete";
  return target;
}

/// Number in column 0 of the only row.
Result<uint64_t> OnlyNumber(const ResultTable& table) {
  const bool one = table.rows.size() == 1 && table.rows[0].size() == 1 && table.rows[0][0].has_value();
  if (!one) return Fail(ErrorCode::kInternal, "a count gave no number");
  return static_cast<uint64_t>(std::stoull(*table.rows[0][0]));
}

}  // namespace

Result<net::ClientResponse> DemoSteps::Send(std::string method, const std::string& target, std::string body,
                                            Headers headers) {
  net::ClientRequest request;
  request.method = std::move(method);
  request.url = url_ + target;
  request.headers = std::move(headers);
  request.body = std::move(body);
  request.timeout = std::chrono::seconds(60);
  return client_.Do(request);
}

Result<OrderedJson> DemoSteps::Call(std::string method, const std::string& target, const OrderedJson& body) {
  TARN_ASSIGN(const auto answer, Send(std::move(method), target, body.is_null() ? std::string() : codec::Dump(body),
                                      {{"Content-Type", "application/json"}}));
  auto read = BodyOf(answer);
  if (!read) return Fail(std::move(read).error().In(target));
  return read;
}

Result<ResultTable> DemoSteps::Query(const std::string& sql) {
  const OrderedJson body{{"sql", sql}, {"max_rows", 100'000}};
  TARN_ASSIGN(const auto answer,
              Send("POST", "/consumption/query", codec::Dump(body), {{"Content-Type", "application/json"}}));
  if (answer.status != 200) return Fail(ErrorOf(answer).In(sql));
  return ReadResultTable(answer.body);
}

Status DemoSteps::CreateEndpoints() {
  const auto started = steady_clock::now();
  for (const auto& endpoint : Endpoints()) TARN_TRY(Call("POST", "/endpoints", endpoint));
  console_.Step("endpoints sales/orders, web/users, web/events with their contracts", SecondsSince(started));
  return {};
}

Status DemoSteps::Post(const DemoRequest& request, const std::string& key, bool last) {
  const bool lines = request.shape == DemoShape::kLines;
  Headers headers{{"Content-Type", lines ? "application/x-ndjson" : "application/json"}, {"Idempotency-Key", key}};
  auto body = request.body;
  if (request.gzip) {
    TARN_ASSIGN(body, codec::GzipCompress(request.body));
    headers.emplace_back("Content-Encoding", "gzip");
  }
  TARN_ASSIGN(const auto answer, Send("POST", TargetOf(request, last), std::move(body), std::move(headers)));
  if (answer.Header("Idempotent-Replay")) ++replayed_;
  if (answer.status != 200 && answer.status != 202) return Fail(ErrorOf(answer).In("POST " + request.endpoint));
  return {};
}

Status DemoSteps::PostAll(const std::string& name, const std::vector<DemoRequest>& requests) {
  const auto started = steady_clock::now();
  auto acknowledged = started;
  uint64_t records = 0;
  for (size_t i = 0; i < requests.size(); ++i) {
    const bool last = i + 1 == requests.size();
    if (last) acknowledged = steady_clock::now();
    TARN_TRY(Post(requests[i], fmt::format("demo-{}-{}", requests[i].endpoint, i), last));
    records += requests[i].records;
  }
  const auto before_last = records - requests.back().records;
  const auto posting = std::chrono::duration<double>(acknowledged - started).count();
  console_.Step(
      fmt::format("{:5} {} in {} requests, each synced to disk before its answer", records, name, requests.size()),
      SecondsSince(started));
  if (requests.size() > 10) {
    console_.Line(fmt::format("      {:.0f} records/s from one client; the last request waited until silver had it all",
                              static_cast<double>(before_last) / posting));
  }
  return {};
}

Status DemoSteps::Ingest(const DemoInput& input) {
  TARN_TRY(PostAll("orders", input.orders));
  TARN_TRY(PostAll("users", input.users));
  TARN_TRY(PostAll("events", input.events));
  const auto started = steady_clock::now();
  constexpr size_t kRetried = 3;
  TARN_TRY(Post(input.orders[kRetried], fmt::format("demo-{}-{}", input.orders[kRetried].endpoint, kRetried), false));
  console_.Step("one request again, as after a lost answer: its first answer, stored once", SecondsSince(started));
  return {};
}

Status DemoSteps::RunJob(const std::string& domain, const std::string& job) {
  const auto started = steady_clock::now();
  TARN_ASSIGN(const auto run, Call("POST", fmt::format("/transform/jobs/{}/{}/run", domain, job), nullptr));
  const auto target = "/transform/executions/" + run.value("execution_id", std::string());
  while (steady_clock::now() - started < kJobTimeout) {
    TARN_ASSIGN(const auto execution, Call("GET", target, nullptr));
    const auto status = execution.value("status", std::string());
    if (status == "SUCCEEDED") {
      const auto rows = execution["output"].is_object() ? execution["output"].value("rows", uint64_t{0}) : uint64_t{0};
      console_.Step(fmt::format("{:5} rows published as {}.gold.{}", rows, domain, job), SecondsSince(started));
      return {};
    }
    if (status != "QUEUED" && status != "RUNNING") {
      return Fail(ErrorCode::kInternal,
                  fmt::format("job {}/{}: {} {}", domain, job, status, codec::Dump(execution["error"])));
    }
    std::this_thread::sleep_for(kLook);
  }
  return Fail(ErrorCode::kDeadlineExceeded, fmt::format("job {}/{} does not end", domain, job));
}

Status DemoSteps::RunJobs() {
  for (const auto& job : kJobs) {
    TARN_TRY(Call("POST", "/transform/jobs",
                  {{"domain", job.domain}, {"job_name", job.name}, {"query", job.sql}, {"schedule_type", "manual"}}));
    TARN_TRY(RunJob(job.domain, job.name));
  }
  return {};
}

Status DemoSteps::ShowTables() {
  struct Shown {
    const char* name;
    const char* sql;
  };
  constexpr std::array kShown{
      Shown{"sales.gold.customer_orders, best customers",
            "SELECT customer_id, order_count, total_spent, round(avg_order_value, 2) AS avg_order_value\n"
            "FROM sales.gold.customer_orders ORDER BY total_spent DESC LIMIT 5"},
      Shown{"sales.gold.daily_revenue, last days", "SELECT * FROM sales.gold.daily_revenue ORDER BY date DESC LIMIT 5"},
      Shown{"web.gold.fct_events, by country",
            "SELECT user_country, count(*) AS events, count(*) FILTER (WHERE event_type = 'purchase') AS purchases,\n"
            "       sum(amount) AS amount FROM web.gold.fct_events GROUP BY user_country ORDER BY amount DESC LIMIT 5"},
      Shown{"web.gold.dim_users", "SELECT * FROM web.gold.dim_users ORDER BY user_id LIMIT 4"},
      Shown{"sales.quarantine.orders, why records were refused",
            "SELECT reason, count(*) AS records FROM sales.quarantine.orders GROUP BY reason ORDER BY records DESC"},
  };
  for (const auto& shown : kShown) {
    const auto started = steady_clock::now();
    TARN_ASSIGN(const auto table, Query(shown.sql));
    console_.Table(fmt::format("{}  ({:.1f} ms)", shown.name, SecondsSince(started) * 1000), table, kShownRows);
  }
  return {};
}

Result<int> DemoSteps::Check(const DemoExpectation& expected) {
  int failures = 0;
  const auto judge = [&](const std::string& name, const std::optional<std::string>& difference,
                         const std::string& good) {
    failures += difference ? 1 : 0;
    console_.Verdict(!difference, name, difference.value_or(good));
  };
  const auto count_is = [&](const std::string& table, uint64_t wanted) -> Status {
    TARN_ASSIGN(const auto answer, Query("SELECT count(*) AS n FROM " + table));
    TARN_ASSIGN(const auto found, OnlyNumber(answer));
    judge(table, found == wanted ? std::nullopt : std::optional(fmt::format("{} records instead of {}", found, wanted)),
          fmt::format("{} records", found));
    return {};
  };
  const std::array<std::pair<std::string, const DemoExpectation::Counts*>, 3> kCounted{
      {{"sales.{}.orders", &expected.orders}, {"web.{}.users", &expected.users}, {"web.{}.events", &expected.events}}};
  for (const auto& [name, counts] : kCounted) {
    TARN_TRY(count_is(fmt::format(fmt::runtime(name), "bronze"), counts->posted));
    TARN_TRY(count_is(fmt::format(fmt::runtime(name), "quarantine"), counts->invalid));
  }
  const std::array<std::pair<std::string, const ExpectedTable*>, 6> kTables{
      {{"sales.silver.orders", &expected.silver_orders},
       {"sales.gold.clean_orders", &expected.clean_orders},
       {"sales.gold.customer_orders", &expected.customer_orders},
       {"sales.gold.daily_revenue", &expected.daily_revenue},
       {"web.gold.dim_users", &expected.dim_users},
       {"web.gold.fct_events", &expected.fct_events}}};
  for (const auto& [name, table] : kTables) {
    TARN_ASSIGN(const auto found, Query("SELECT * FROM " + name));
    judge(name, Difference(*table, found), fmt::format("{} rows, every cell equal", found.rows.size()));
  }
  judge("a request sent twice", replayed_ == 1 ? std::nullopt : std::optional<std::string>("was not recognized"),
        "answered again, stored once");
  return failures;
}

}  // namespace tarn::app
