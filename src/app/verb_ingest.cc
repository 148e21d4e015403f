// SPDX-License-Identifier: Apache-2.0
#include "app/verb_ingest.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <thread>

#include "app/complaint.h"
#include "app/http_answers.h"
#include "app/record_batches.h"
#include "base/random.h"

namespace tarn::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5'000};
/// Attempts for one batch: with these pauses about two minutes.
constexpr int kMaxAttempts = 30;

/// Longer than a server waits for ack=bronze or ack=silver.
constexpr std::chrono::minutes kAnswerTimeout{2};

constexpr int kConflictInFlight = 409;

std::string TargetOf(const IngestCommand& command) {
  return command.url + "/ingest/" + command.endpoint + "/batch?ack=" + command.ack + "&op=" + command.operation +
         "&strict=" + (command.strict ? "true" : "false") + "&validate=" + (command.validate ? "true" : "false");
}

/// Whether sending the same bytes under the same key again can help.
bool IsWorthARetry(const Result<net::ClientResponse>& answer) {
  return IsTransient(answer) || (answer && answer->status == kConflictInFlight);
}

/// What the server asks for, if it asks.
milliseconds AskedPause(const Result<net::ClientResponse>& answer) {
  int seconds = 0;
  const auto asked = answer ? answer->Header("Retry-After") : std::nullopt;
  if (asked) std::from_chars(asked->data(), asked->data() + asked->size(), seconds);
  return std::chrono::seconds(std::clamp(seconds, 0, 60));
}

Result<net::ClientResponse> Deliver(const net::ClientRequest& request, const IngestPorts& ports, IngestTotals& totals) {
  auto pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    auto answer = ports.send(request);
    if (!IsWorthARetry(answer) || attempt == kMaxAttempts) return answer;
    ++totals.retries;
    ports.pause(std::max(pause, AskedPause(answer)));
    pause = std::min(pause * 2, kLongestPause);
  }
}

Status Count(const net::ClientResponse& answer, uint64_t records, IngestTotals& totals) {
  if (answer.status != 200 && answer.status != 202) return Fail(ErrorOf(answer));
  TARN_ASSIGN(const auto body, codec::ParseJson(answer.body));
  const auto figure = [&](const char* name) -> uint64_t {
    const auto found = body.find(name);
    return found != body.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
  };
  totals.sent += records;
  totals.failed += figure("failed_count");
  totals.quarantined += figure("quarantined_count");
  ++totals.batches;
  return {};
}

void ShowProgress(const IngestTotals& totals, double seconds) {
  std::fprintf(stderr, "\r%llu records, %.0f records/s ", static_cast<unsigned long long>(totals.sent),
               static_cast<double>(totals.sent) / std::max(seconds, 1e-3));
  std::fflush(stderr);
}

void PrintSummary(const IngestTotals& totals, double seconds) {
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("%llu records sent in %llu batches, %llu quarantined, %llu refused, %.2f s, %.0f records/s\n",
              number(totals.sent), number(totals.batches), number(totals.quarantined), number(totals.failed), seconds,
              static_cast<double>(totals.sent) / std::max(seconds, 1e-3));
  if (totals.retries > 0) std::printf("%llu requests were sent again; each is stored once\n", number(totals.retries));
}

}  // namespace

Status SendRecords(const IngestCommand& command, std::istream& input, const IngestPorts& ports, IngestTotals& totals) {
  RecordBatches batches(input, command.batch_records);
  net::ClientRequest request;
  request.method = "POST";
  request.url = TargetOf(command);
  request.timeout = kAnswerTimeout;
  for (uint64_t number = 1;; ++number) {
    TARN_ASSIGN(auto batch, batches.Next());
    if (!batch) return {};
    request.headers = {{"Content-Type", "application/x-ndjson"},
                       {"Idempotency-Key", ports.key_prefix + "-" + std::to_string(number)}};
    if (!command.api_key.empty()) request.headers.emplace_back("x-api-key", command.api_key);
    request.body = std::move(batch->body);
    TARN_ASSIGN(const auto answer, Deliver(request, ports, totals));
    if (auto counted = Count(answer, batch->records, totals); !counted) {
      return Fail(std::move(counted).error().In("records " + std::to_string(batch->first_record + 1) + " to " +
                                                std::to_string(batch->first_record + batch->records)));
    }
    if (ports.progress) ports.progress(totals);
  }
}

int RunIngest(const IngestCommand& command) {
  using Clock = std::chrono::steady_clock;
  std::ifstream file;
  if (command.file != "-") {
    file.open(command.file, std::ios::binary);
    if (!file) return Complain("ingest", {ErrorCode::kNotFound, "cannot read " + command.file, {}});
  }
  net::Client client;
  SystemRandomness randomness;
  const auto started = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - started).count(); };
  IngestPorts ports;
  ports.send = [&](const net::ClientRequest& request) { return client.Do(request); };
  ports.pause = [](milliseconds pause) { std::this_thread::sleep_for(pause); };
  ports.key_prefix = NewUuid(randomness);
  const bool on_terminal = isatty(STDERR_FILENO) == 1;
  if (on_terminal) ports.progress = [&](const IngestTotals& totals) { ShowProgress(totals, elapsed()); };
  IngestTotals totals;
  const auto sent = SendRecords(command, command.file == "-" ? std::cin : file, ports, totals);
  if (on_terminal && totals.batches > 0) std::fputc('\n', stderr);
  PrintSummary(totals, elapsed());
  if (!sent) {
    Complain("ingest", sent.error());
    return kExitFailed;
  }
  return totals.failed > 0 ? kExitFailed : kExitOk;
}

}  // namespace tarn::app
