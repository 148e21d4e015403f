// SPDX-License-Identifier: Apache-2.0
#include "app/verb_history.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "app/complaint.h"
#include "app/console.h"
#include "app/exit_codes.h"
#include "app/http_answers.h"
#include "app/progress.h"
#include "app/result_table.h"
#include "codec/url.h"
#include "net/client.h"

namespace tarn::app {
namespace {

using codec::OrderedJson;

/// A rollback may wait behind merges of a large table.
constexpr std::chrono::minutes kAnswerTimeout{10};

/// "/tables/sales/silver/orders" of "sales.silver.orders".
Result<std::string> PathOf(const std::string& table) {
  if (std::ranges::count(table, '.') != 2) {
    return Fail(ErrorCode::kInvalidArgument, "a table is named DOMAIN.LAYER.TABLE, not " + table);
  }
  std::string path = "/tables";
  for (size_t at = 0; at <= table.size();) {
    const size_t end = std::min(table.find('.', at), table.size());
    path += "/" + codec::PercentEncode(table.substr(at, end - at));
    at = end + 1;
  }
  return path;
}

Result<OrderedJson> Ask(net::ClientRequest request, const std::string& api_key) {
  if (!api_key.empty()) request.headers.emplace_back("x-api-key", api_key);
  request.timeout = kAnswerTimeout;
  net::Client client;
  TARN_ASSIGN(const auto answer, client.Do(request));
  return BodyOf(answer);
}

Result<OrderedJson> AskHistory(const HistoryCommand& command) {
  TARN_ASSIGN(const std::string path, PathOf(command.table));
  net::ClientRequest request;
  request.method = "GET";
  request.url = command.url + path + "/history?limit=" + std::to_string(command.limit);
  return Ask(std::move(request), command.api_key);
}

/// The answer's versions as columns; members that no version has are left out.
ResultTable TableOf(const OrderedJson& versions) {
  ResultTable table;
  for (const char* member : {"version", "committed_at", "operation", "rows_added", "rows_removed", "files_added",
                             "files_removed", "position", "run"}) {
    const auto has = [&](const OrderedJson& version) {
      return version.contains(member) && !version.at(member).is_null();
    };
    if (std::none_of(versions.begin(), versions.end(), has)) continue;
    const bool text = std::string_view(member) == "committed_at" || std::string_view(member) == "operation";
    table.columns.push_back({member, text ? "VARCHAR" : "BIGINT"});
  }
  for (const OrderedJson& version : versions) {
    auto& row = table.rows.emplace_back();
    for (const auto& column : table.columns) {
      const auto found = version.find(column.name);
      if (found == version.end() || found->is_null()) {
        row.emplace_back();
      } else {
        row.emplace_back(found->is_string() ? found->get<std::string>() : found->dump());
      }
    }
  }
  return table;
}

}  // namespace

int RunHistory(const HistoryCommand& command) {
  const auto body = AskHistory(command);
  if (!body) {
    Complain("history", body.error());
    return kExitFailed;
  }
  if (command.json) {
    std::printf("%s\n", codec::Dump(*body).c_str());
    return kExitOk;
  }
  Console console;
  if (body->at("versions").empty()) {
    console.Line("the table has no versions yet");
    return kExitOk;
  }
  TableStyle style;
  if (console.on_terminal()) {
    style.header_on = "\033[1m";
    style.header_off = "\033[0m";
  }
  std::fputs(FormatTable(TableOf(body->at("versions")), style).c_str(), stdout);
  return kExitOk;
}

int RunRollback(const RollbackCommand& command) {
  const auto path = PathOf(command.table);
  if (!path) {
    Complain("rollback", path.error());
    return kExitUsage;
  }
  OrderedJson body{{"version", command.version}};
  if (command.expected) body["expected"] = *command.expected;
  net::ClientRequest request;
  request.method = "POST";
  request.url = command.url + *path + "/rollback";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = codec::Dump(body);
  const auto answer = [&] {
    const Progress progress("rollback");
    return Ask(std::move(request), command.api_key);
  }();
  if (!answer) {
    Complain("rollback", answer.error());
    return kExitFailed;
  }
  const auto version = answer->at("id").get<std::string>();
  if (answer->at("changed").get<bool>()) {
    std::printf("%s has the rows of version %lld again: version %s\n", command.table.c_str(),
                static_cast<long long>(command.version), version.c_str());
  } else {
    std::printf("%s has the rows of version %lld already, nothing was done\n", command.table.c_str(),
                static_cast<long long>(command.version));
  }
  return kExitOk;
}

}  // namespace tarn::app
