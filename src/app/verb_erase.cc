// SPDX-License-Identifier: Apache-2.0
#include "app/verb_erase.h"

#include <chrono>
#include <cstdio>

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

/// Every object of a large endpoint may have to be rewritten, and jobs run.
constexpr std::chrono::hours kAnswerTimeout{6};

Result<OrderedJson> Ask(const EraseCommand& command) {
  const auto split = command.endpoint.find_first_of("/.");
  if (split == std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument, "an endpoint is named DOMAIN/NAME, not " + command.endpoint);
  }
  net::ClientRequest request;
  request.method = "POST";
  request.url = command.url + "/upkeep/" + codec::PercentEncode(command.endpoint.substr(0, split)) + "/" +
                codec::PercentEncode(command.endpoint.substr(split + 1)) + "/erase";
  if (command.dry_run) request.url += "?dry_run=true";
  request.headers.emplace_back("Content-Type", "application/json");
  if (!command.api_key.empty()) request.headers.emplace_back("x-api-key", command.api_key);
  request.body = codec::Dump(OrderedJson{{"keys", OrderedJson::array({command.key})}});
  request.timeout = kAnswerTimeout;
  net::Client client;
  TARN_ASSIGN(const auto answer, client.Do(request));
  return BodyOf(answer);
}

void Print(const OrderedJson& answer) {
  const auto& report = answer.at("report");
  const auto number = [](const OrderedJson& json, const char* name) {
    return static_cast<unsigned long long>(json.at(name).get<uint64_t>());
  };
  std::printf("%s: %llu records of bronze purged\n", answer.at("status").get<std::string>().c_str(),
              number(report, "purged"));
  for (const auto& layer : report.at("layers")) {
    std::printf("%-20s records %llu, rewritten %llu, removed %llu, versions %llu\n",
                layer.at("name").get<std::string>().c_str(), number(layer, "records"),
                number(layer, "rewritten_objects"), number(layer, "removed_objects"),
                number(layer, "expired_versions"));
  }
  for (const auto& one : report.at("not_examined")) {
    std::printf("not examined: %s: %s\n", one.at("what").get<std::string>().c_str(),
                one.at("why").get<std::string>().c_str());
  }
}

}  // namespace

int RunErase(const EraseCommand& command) {
  const auto answer = [&] {
    const Progress progress("erase");
    return Ask(command);
  }();
  if (!answer) {
    Complain("erase", answer.error());
    return kExitFailed;
  }
  if (command.json) {
    std::printf("%s\n", codec::Dump(*answer).c_str());
  } else {
    Print(*answer);
  }
  return kExitOk;
}

}  // namespace tarn::app
