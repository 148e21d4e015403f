// SPDX-License-Identifier: Apache-2.0
#pragma once
// The steps of the demo against a running server, each over HTTP as any client would do it (http-api.md). They print
// what they did and how long it took; an error ends the demo. Thread-compatible.

#include <string>
#include <utility>
#include <vector>

#include "app/console.h"
#include "app/demo_data.h"
#include "app/demo_expectation.h"
#include "codec/json.h"
#include "net/client.h"

namespace tarn::app {

class DemoSteps {
 public:
  DemoSteps(std::string url, Console& console) : url_(std::move(url)), console_(console) {}

  Status CreateEndpoints();
  /// Posts everything, one request twice under its Idempotency-Key, and waits until silver has it all.
  Status Ingest(const DemoInput& input);
  /// Creates the jobs and runs them one after the other.
  Status RunJobs();
  Status ShowTables();

  /// Compares every table; returns the number of differences.
  Result<int> Check(const DemoExpectation& expected);

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  Result<net::ClientResponse> Send(std::string method, const std::string& target, std::string body, Headers headers);
  Result<codec::OrderedJson> Call(std::string method, const std::string& target, const codec::OrderedJson& body);
  Result<ResultTable> Query(const std::string& sql);
  Status PostAll(const std::string& name, const std::vector<DemoRequest>& requests);
  Status Post(const DemoRequest& request, const std::string& key, bool last);
  Status PostAgain(const DemoRequest& request, const std::string& key);
  Status RunJob(const std::string& domain, const std::string& job);

  const std::string url_;
  Console& console_;
  net::Client client_;
  uint64_t replayed_ = 0;  ///< answers that were the first ones again
};

}  // namespace tarn::app
