// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn ingest`: NDJSON or a JSON array from a file into an endpoint, in batches that are stored once however often
// they are sent (http-api.md §4, Idempotency-Key). The sender is a parameter so that tests lose its answers.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <istream>
#include <string>

#include "net/client.h"

namespace tarn::app {

struct IngestCommand {
  std::string endpoint;  ///< "domain/name"
  std::string url = "http://127.0.0.1:8080";
  std::string api_key;
  std::string file = "-";  ///< "-" = standard input
  size_t batch_records = 500;
  std::string ack = "wal";
  std::string operation = "upsert";
  bool strict = false;
  bool validate = true;
};

struct IngestTotals {
  uint64_t sent = 0;  ///< records of answered batches
  uint64_t quarantined = 0;
  uint64_t failed = 0;  ///< refused by strict
  uint64_t batches = 0;
  uint64_t retries = 0;
};

/// How batches reach the server and how long a retry waits.
struct IngestPorts {
  std::function<Result<net::ClientResponse>(const net::ClientRequest& request)> send;
  std::function<void(std::chrono::milliseconds)> pause;
  std::function<void(const IngestTotals&)> progress;  ///< after each batch; may be empty
  std::string key_prefix;                             ///< unique for this run
};

/// Sends everything in `input`. The first batch that the server refuses, or that cannot be delivered, ends it.
Status SendRecords(const IngestCommand& command, std::istream& input, const IngestPorts& ports, IngestTotals& totals);

/// Prints a summary; returns the exit code.
int RunIngest(const IngestCommand& command);

}  // namespace tarn::app
