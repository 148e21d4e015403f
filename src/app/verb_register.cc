// SPDX-License-Identifier: Apache-2.0
#include "app/verb_register.h"

#include <cstdio>

#include "app/complaint.h"
#include "app/http_answers.h"
#include "app/progress.h"
#include "catalog/namespace_name.h"
#include "codec/url.h"

namespace tarn::app {
namespace {

/// "team.raw.trips"
Result<catalog::TableName> ReadName(const std::string& text) {
  catalog::TableName table;
  size_t begin = 0;
  for (size_t dot = text.find('.'); dot != std::string::npos; dot = text.find('.', begin)) {
    table.levels.push_back(text.substr(begin, dot - begin));
    begin = dot + 1;
  }
  table.name = text.substr(begin);
  if (catalog::IsUsableNamespace(table.levels) && catalog::IsUsableName(table.name)) return table;
  return Fail(ErrorCode::kInvalidArgument, "a table's name is NAMESPACE.TABLE, not " + text);
}

Error CatalogErrorOf(const net::ClientResponse& answer) {
  Error error = ErrorOf(answer);
  const auto json = codec::ParseJson(answer.body);
  if (!json || !json->is_object() || !json->contains("error") || !(*json)["error"].is_object()) return error;
  error.message = (*json)["error"].value("message", error.message);
  return error;
}

Result<net::ClientResponse> Post(const RegisterCommand& command, const std::string& path, const codec::Json& body) {
  net::ClientRequest request;
  request.method = "POST";
  request.url = command.url + path;
  request.headers = {{"Content-Type", "application/json"}};
  if (!command.api_key.empty()) request.headers.emplace_back("x-api-key", command.api_key);
  request.body = codec::Dump(body);
  net::Client client;
  return client.Do(request);
}

/// What is to be told about a table that others own.
Result<std::string> Register(const RegisterCommand& command, const catalog::TableName& table) {
  std::string levels;
  for (const std::string& level : table.levels) levels += (levels.empty() ? "" : "\x1f") + level;
  TARN_ASSIGN(const auto answer,
              Post(command, "/iceberg/v1/namespaces/" + codec::PercentEncode(levels) + "/register",
                   {{"name", table.name}, {"metadata-location", command.source}, {"overwrite", command.overwrites}}));
  if (answer.status != 200) return Fail(CatalogErrorOf(answer));
  const auto json = codec::ParseJson(answer.body);
  if (!json || !json->is_object()) return Fail(ErrorCode::kInternal, "the server's answer is no JSON");
  return "is registered: " + json->value("metadata-location", std::string());
}

bool IsSilver(const catalog::TableName& table) { return table.levels.size() == 2 && table.levels[1] == "silver"; }

/// What is to be told about a table that is an endpoint's from now on.
Result<std::string> Adopt(const RegisterCommand& command, const catalog::TableName& table) {
  const auto path = "/endpoints/" + codec::PercentEncode(table.levels[0]) + "/" + codec::PercentEncode(table.name);
  TARN_ASSIGN(const auto answer, Post(command, path + "/adopt", {{"from", command.source}}));
  TARN_ASSIGN(const auto body, BodyOf(answer));
  return "has " + std::to_string(body.value("rows", int64_t{0})) + " rows of " + command.source +
         (body.value("copied", false) ? ", copied; what lies there is not needed any more" : ", where they lay");
}

}  // namespace

int RunRegister(const RegisterCommand& command) {
  const auto table = ReadName(command.table);
  if (!table) {
    Complain("register", table.error());
    return kExitUsage;
  }
  const auto done = [&] {
    const Progress progress("register");
    return IsSilver(*table) ? Adopt(command, *table) : Register(command, *table);
  }();
  if (!done) return Complain("register", done.error());
  std::printf("%s %s\n", command.table.c_str(), done->c_str());
  return kExitOk;
}

}  // namespace tarn::app
