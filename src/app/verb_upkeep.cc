// SPDX-License-Identifier: Apache-2.0
#include "app/verb_upkeep.h"

#include <cstdio>

#include "app/complaint.h"
#include "app/exit_codes.h"
#include "app/http_answers.h"
#include "app/progress.h"
#include "codec/url.h"
#include "net/client.h"

namespace tarn::app {
namespace {

/// A large table takes its time.
constexpr std::chrono::hours kAnswerTimeout{1};

Result<codec::OrderedJson> Ask(const UpkeepCommand& command) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = command.url + "/upkeep/runs?verb=" + command.verb + "&dry_run=" + (command.dry_run ? "true" : "false");
  if (!command.table.empty()) request.url += "&table=" + codec::PercentEncode(command.table);
  if (!command.api_key.empty()) request.headers.emplace_back("x-api-key", command.api_key);
  request.timeout = kAnswerTimeout;
  net::Client client;
  TARN_ASSIGN(const auto answer, client.Do(request));
  return BodyOf(answer);
}

std::string FiguresText(const codec::OrderedJson& figures) {
  std::string text;
  for (const auto& [name, value] : figures.items()) {
    if (value == 0) continue;
    text += (text.empty() ? "" : ", ") + name + " " + value.dump();
  }
  return text.empty() ? "nothing to do" : text;
}

/// Whether the run succeeded.
bool Print(const codec::OrderedJson& run) {
  const auto table = run.at("table").is_null() ? std::string("the lake") : run.at("table").get<std::string>();
  const bool failed = run.at("status") == "FAILED";
  const auto what = failed ? "failed: " + run.at("error").get<std::string>() : FiguresText(run.at("figures"));
  std::printf("%s %s: %s\n", run.at("verb").get<std::string>().c_str(), table.c_str(), what.c_str());
  if (run.contains("details")) {
    for (const auto& detail : run.at("details")) std::printf("  %s\n", detail.get<std::string>().c_str());
  }
  return !failed;
}

}  // namespace

int RunUpkeep(const UpkeepCommand& command) {
  const auto body = [&] {
    const Progress progress(command.verb);
    return Ask(command);
  }();
  if (!body) {
    Complain(command.verb, body.error());
    return kExitFailed;
  }
  bool good = true;
  for (const auto& run : body->at("runs")) good = Print(run) && good;
  return good ? kExitOk : kExitFailed;
}

}  // namespace tarn::app
