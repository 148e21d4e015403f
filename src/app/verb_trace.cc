// SPDX-License-Identifier: Apache-2.0
#include "app/verb_trace.h"

#include <chrono>
#include <cstdio>

#include "app/complaint.h"
#include "app/exit_codes.h"
#include "app/http_answers.h"
#include "codec/json.h"
#include "codec/url.h"
#include "net/client.h"

namespace tarn::app {
namespace {

using codec::OrderedJson;

/// A trace may have to read an object of some megabytes and the history of a table.
constexpr std::chrono::minutes kAnswerTimeout{2};

Result<std::string> QueryOf(const TraceCommand& command) {
  if (command.key.empty()) return "receipt=" + codec::PercentEncode(command.what);
  const auto split = command.what.find_first_of("/.");
  if (split == std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument, "an endpoint is named DOMAIN/NAME, not " + command.what);
  }
  std::string query = "domain=" + codec::PercentEncode(command.what.substr(0, split)) +
                      "&name=" + codec::PercentEncode(command.what.substr(split + 1));
  for (const auto& value : command.key) query += "&key=" + codec::PercentEncode(value);
  return query;
}

Result<OrderedJson> Ask(const TraceCommand& command) {
  TARN_ASSIGN(const auto query, QueryOf(command));
  net::ClientRequest request;
  request.method = "GET";
  request.url = command.url + "/trace?" + query;
  if (!command.api_key.empty()) request.headers.emplace_back("x-api-key", command.api_key);
  request.timeout = kAnswerTimeout;
  net::Client client;
  TARN_ASSIGN(const auto answer, client.Do(request));
  return BodyOf(answer);
}

/// Text without its quotes, anything else as JSON.
std::string Shown(const OrderedJson& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

void Line(const char* name, const std::string& text) { std::printf("%-9s %s\n", name, text.c_str()); }

std::string DecisionText(const OrderedJson& decision) {
  auto text = Shown(decision.at("state"));
  if (!decision.at("superseded_by").is_null()) text += " by " + Shown(decision.at("superseded_by"));
  if (!decision.at("quarantine").is_null()) text += ", in quarantine as " + Shown(decision.at("quarantine"));
  for (const auto& error : decision.at("errors")) {
    text += "\n          " + Shown(error.at("field")) + ": " + Shown(error.at("message"));
  }
  return text;
}

void PrintRecord(const OrderedJson& trace) {
  const auto& request = trace.at("request");
  const auto& bronze = trace.at("bronze");
  Line("request", Shown(request.at("request_id")) + ", " + Shown(request.at("operation")) + " received " +
                      Shown(request.at("received_at")));
  Line("receipt", Shown(trace.at("receipt")));
  Line("payload", request.at("payload").dump());
  const bool landed = bronze.at("landed").get<bool>();
  Line("object", landed ? Shown(bronze.at("object")) + ", entry " + Shown(bronze.at("entry")) + " of the log"
                        : "not landed yet, durable in the node's log");
}

void Print(const OrderedJson& trace) {
  Line("endpoint", Shown(trace.at("domain")) + "/" + Shown(trace.at("endpoint")));
  if (!trace.at("request").is_null()) PrintRecord(trace);
  Line("decision", DecisionText(trace.at("decision")));
  const auto& commit = trace.at("commit");
  if (!commit.is_null()) {
    const bool exact = commit.at("exact").get<bool>();
    Line("commit", Shown(commit.at("table")) + " version " + Shown(commit.at("id")) + ", " +
                       Shown(commit.at("committed_at")) + (exact ? "" : " or before: its version has expired"));
  }
  const auto& row = trace.at("current_row");
  Line("row", row.is_null() ? "none" : row.dump());
  if (!trace.at("current_receipt").is_null()) Line("", "made by " + Shown(trace.at("current_receipt")));
  for (const auto& use : trace.at("gold")) {
    Line("gold",
         Shown(use.at("job")) + ", run " + Shown(use.at("execution_id")) + " at " + Shown(use.at("started_at")));
  }
}

}  // namespace

int RunTrace(const TraceCommand& command) {
  const auto trace = Ask(command);
  if (!trace) {
    Complain("trace", trace.error());
    return kExitFailed;
  }
  if (command.json) {
    std::printf("%s\n", codec::Dump(*trace).c_str());
  } else {
    Print(*trace);
  }
  return kExitOk;
}

}  // namespace tarn::app
