// SPDX-License-Identifier: Apache-2.0
#include "app/verb_pipeline.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include "app/complaint.h"
#include "app/exit_codes.h"
#include "app/http_answers.h"
#include "app/progress.h"
#include "codec/json.h"
#include "codec/url.h"
#include "net/client.h"

namespace tarn::app {
namespace {

using codec::OrderedJson;

constexpr std::chrono::milliseconds kPoll{200};
constexpr std::chrono::seconds kAnswerTimeout{60};
/// A server that is away for so long in a row while a run is followed is given up.
constexpr std::chrono::minutes kMostAway{2};

Result<net::ClientResponse> Call(const PipelineCommand& command, const char* method, const std::string& path) {
  net::ClientRequest request;
  request.method = method;
  request.url = command.url + "/pipelines/" + codec::PercentEncode(command.name) + path;
  if (!command.api_key.empty()) request.headers.emplace_back("x-api-key", command.api_key);
  request.timeout = kAnswerTimeout;
  net::Client client;
  return client.Do(request);
}

Result<OrderedJson> Ask(const PipelineCommand& command, const char* method, const std::string& path) {
  TARN_ASSIGN(const auto answer, Call(command, method, path));
  return BodyOf(answer);
}

/// The record of the ended run. The run goes on while its server is away for a moment.
Result<OrderedJson> Follow(const PipelineCommand& command, const std::string& path) {
  const Progress progress("pipeline " + command.name);
  auto seen = std::chrono::steady_clock::now();
  for (;;) {
    const auto answer = Call(command, "GET", path);
    const bool is_away = IsTransient(answer);
    if (!is_away) {
      TARN_TRY(answer);
      seen = std::chrono::steady_clock::now();
      TARN_ASSIGN(auto run, BodyOf(*answer));
      if (!run.at("stopped_at").is_null()) return run;
    } else if (std::chrono::steady_clock::now() - seen > kMostAway) {
      return answer ? Fail(ErrorOf(*answer)) : Fail(answer.error());
    }
    std::this_thread::sleep_for(kPoll);
  }
}

/// Text without its quotes, nothing for null, anything else as JSON.
std::string Shown(const OrderedJson& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void PrintRun(const OrderedJson& run) {
  for (const auto& step : run.at("jobs")) {
    const auto what = step.at("rows").is_null() ? Shown(step.at("error")) : Shown(step.at("rows")) + " rows";
    std::printf("%-9s %s%s%s\n", Shown(step.at("status")).c_str(), Shown(step.at("job")).c_str(),
                what.empty() ? "" : ": ", what.c_str());
  }
  const auto error = Shown(run.at("error"));
  std::printf("%-9s %s%s%s\n", Shown(run.at("status")).c_str(), Shown(run.at("run_id")).c_str(),
              error.empty() ? "" : ": ", error.c_str());
}

int Start(const PipelineCommand& command) {
  auto run = Ask(command, "POST", "/run");
  if (run && !command.no_wait) run = Follow(command, "/runs/" + run->at("run").dump());
  if (!run) {
    Complain("pipeline", run.error());
    return kExitFailed;
  }
  if (command.json) std::printf("%s\n", codec::Dump(*run).c_str());
  if (command.no_wait) {
    if (!command.json) std::printf("%s is running\n", Shown(run->at("run_id")).c_str());
    return kExitOk;
  }
  if (!command.json) PrintRun(*run);
  return run->at("status") == "SUCCEEDED" ? kExitOk : kExitFailed;
}

int List(const PipelineCommand& command) {
  const auto body = Ask(command, "GET", "/runs?limit=" + std::to_string(command.limit));
  if (!body) {
    Complain("pipeline", body.error());
    return kExitFailed;
  }
  if (command.json) {
    std::printf("%s\n", codec::Dump(*body).c_str());
    return kExitOk;
  }
  for (const auto& run : body->at("runs")) {
    std::printf("%-9s %s %s, %s %s\n", Shown(run.at("status")).c_str(), Shown(run.at("run_id")).c_str(),
                Shown(run.at("trigger")).c_str(), Shown(run.at("started_at")).c_str(), Shown(run.at("error")).c_str());
  }
  return kExitOk;
}

}  // namespace

int RunPipeline(const PipelineCommand& command) { return command.action == "run" ? Start(command) : List(command); }

}  // namespace tarn::app
