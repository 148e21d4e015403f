// SPDX-License-Identifier: Apache-2.0
#include "app/verb_sql.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "app/complaint.h"
#include "app/http_answers.h"
#include "app/lake_reader.h"
#include "app/result_table.h"
#include "query/query_service.h"

namespace tarn::app {
namespace {

/// Longer than any query a server lets run.
constexpr std::chrono::hours kAnswerTimeout{1};
constexpr uint64_t kTableRows = 10'000;

/// What the server is asked for: a table is drawn from the JSON answer.
query::Format AskedFormat(SqlFormat format) {
  if (format == SqlFormat::kNdjson) return query::Format::kNdjson;
  return format == SqlFormat::kCsv ? query::Format::kCsv : query::Format::kJson;
}

std::string_view FormatWord(SqlFormat format) {
  if (format == SqlFormat::kNdjson) return "ndjson";
  return format == SqlFormat::kCsv ? "csv" : "json";
}

Result<std::string> AskServer(const SqlCommand& command, const std::string& sql) {
  codec::Json body{{"sql", sql}, {"format", FormatWord(command.format)}};
  if (command.max_rows > 0) body["max_rows"] = command.max_rows;
  net::ClientRequest request;
  request.method = "POST";
  request.url = command.url + "/consumption/query";
  request.headers = {{"Content-Type", "application/json"}};
  if (!command.api_key.empty()) request.headers.emplace_back("x-api-key", command.api_key);
  request.body = codec::Dump(body);
  request.timeout = kAnswerTimeout;
  net::Client client;
  TARN_ASSIGN(auto answer, client.Do(request));
  if (answer.status != 200) return Fail(ErrorOf(answer));
  return std::move(answer.body);
}

Result<std::string> ReadLake(const SqlCommand& command, const std::string& sql) {
  SetLogLevel(LogLevel::kWarning);
  // Reading takes no data directory; the word stands for "none".
  TARN_ASSIGN(const auto config, BuildConfig({{"the defaults", {{"data_dir", "-"}}},
                                              {"the environment", ReadEnvironment()},
                                              {"the command line", {{"lake", command.lake}}}}));
  TARN_ASSIGN(const auto reader, LakeReader::Open(config));
  query::QueryService queries(reader->engine(), {}, reader->metrics());
  query::UserQuery query;
  query.request.sql = sql;
  query.request.timeout = kAnswerTimeout;
  query.format = AskedFormat(command.format);
  if (command.max_rows > 0) query.max_rows = command.max_rows;
  std::string answer;
  TARN_TRY(queries.Run(query, [&](const std::string& chunk) -> Status {
    answer += chunk;
    return {};
  }));
  return answer;
}

Status PrintTable(const std::string& answer, double seconds) {
  TARN_ASSIGN(const auto table, ReadResultTable(answer));
  TableStyle style;
  if (isatty(STDOUT_FILENO) == 1) {
    style.header_on = "\033[1m";
    style.header_off = "\033[0m";
  }
  const auto text = FormatTable(table, style);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::printf("%zu row%s%s, %.3f s\n", table.rows.size(), table.rows.size() == 1 ? "" : "s",
              table.truncated ? " (there are more: --max-rows, or --format csv)" : "", seconds);
  return {};
}

}  // namespace

int RunSql(const SqlCommand& command) {
  auto sql = command.sql;
  if (sql.empty()) sql.assign(std::istreambuf_iterator<char>(std::cin), {});
  if (std::ranges::all_of(sql, [](unsigned char c) { return std::isspace(c) != 0; })) {
    Complain("sql", {ErrorCode::kInvalidArgument, "no SQL: give one SELECT, as an argument or on standard input", {}});
    return kExitUsage;
  }
  const auto started = std::chrono::steady_clock::now();
  const auto answer = command.lake.empty() ? AskServer(command, sql) : ReadLake(command, sql);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  if (!answer) {
    Complain("sql", answer.error());
    return kExitFailed;
  }
  if (command.format == SqlFormat::kTable) {
    if (const auto printed = PrintTable(*answer, seconds); !printed) {
      Complain("sql", printed.error());
      return kExitFailed;
    }
    return kExitOk;
  }
  std::fwrite(answer->data(), 1, answer->size(), stdout);
  if (command.format == SqlFormat::kJson) std::fputc('\n', stdout);
  return kExitOk;
}

}  // namespace tarn::app
