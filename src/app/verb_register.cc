// SPDX-License-Identifier: Apache-2.0
#include "app/verb_register.h"

#include <cstdio>

#include "app/complaint.h"
#include "app/http_answers.h"
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

Result<std::string> Register(const RegisterCommand& command, const catalog::TableName& table) {
  std::string levels;
  for (const std::string& level : table.levels) levels += (levels.empty() ? "" : "\x1f") + level;
  net::ClientRequest request;
  request.method = "POST";
  request.url = command.url + "/iceberg/v1/namespaces/" + codec::PercentEncode(levels) + "/register";
  request.headers = {{"Content-Type", "application/json"}};
  if (!command.api_key.empty()) request.headers.emplace_back("x-api-key", command.api_key);
  request.body = codec::Dump(
      codec::Json{{"name", table.name}, {"metadata-location", command.metadata}, {"overwrite", command.overwrites}});
  net::Client client;
  TARN_ASSIGN(const auto answer, client.Do(request));
  if (answer.status != 200) return Fail(CatalogErrorOf(answer));
  const auto json = codec::ParseJson(answer.body);
  if (!json || !json->is_object()) return Fail(ErrorCode::kInternal, "the server's answer is no JSON");
  return json->value("metadata-location", std::string());
}

}  // namespace

int RunRegister(const RegisterCommand& command) {
  const auto table = ReadName(command.table);
  if (!table) {
    Complain("register", table.error());
    return kExitUsage;
  }
  const auto registered = Register(command, *table);
  if (!registered) return Complain("register", registered.error());
  std::printf("%s is registered: %s\n", command.table.c_str(), registered->c_str());
  return kExitOk;
}

}  // namespace tarn::app
