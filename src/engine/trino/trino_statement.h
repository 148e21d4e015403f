// SPDX-License-Identifier: Apache-2.0
#pragma once
// One statement at a Trino server by its HTTP protocol: POST /v1/statement, then page after page at the `nextUri` of
// the last answer. Ended when destroyed. Holds one page at a time. Thread-compatible.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "engine/remote_engine.h"
#include "net/outbound_client.h"
#include "table/types.h"

namespace tarn::engine {

struct TrinoSettings {
  std::string url;  ///< http://host:port or https://host:port; nothing behind it
  std::string user = "tarn";
  std::string password{};                                      ///< empty = none; only with https
  std::string catalog = "tarn";                                ///< of Trino's, the one that stands for this lake
  std::vector<std::pair<std::string, std::string>> session{};  ///< properties
  std::string ca_file{};                                       ///< as OutboundClient::Options
};

class TrinoStatement {
 public:
  /// Returns once the columns are known. Errors as RemoteEngine::Query.
  static Result<std::unique_ptr<TrinoStatement>> Start(const TrinoSettings& settings, net::OutboundClient& client,
                                                       RemoteQuery query);
  ~TrinoStatement();
  TrinoStatement(const TrinoStatement&) = delete;
  TrinoStatement& operator=(const TrinoStatement&) = delete;

  const table::Schema& columns() const { return *columns_; }

  /// The next rows: an array of arrays, never empty; nullopt at the end. Errors as RemoteEngine::Query.
  Result<std::optional<codec::Json>> NextPage();

 private:
  TrinoStatement(const TrinoSettings& settings, net::OutboundClient& client, RemoteQuery query)
      : settings_(settings), client_(client), query_(std::move(query)) {}

  Status Take(codec::Json answer);
  Status Advance();
  Status Pause(std::chrono::milliseconds length) const;
  Status CheckTime() const;
  Result<codec::Json> Exchange(const std::string& method, const std::string& url, const std::string& body) const;
  net::OutboundRequest RequestTo(const std::string& method, const std::string& url) const;

  const TrinoSettings& settings_;
  net::OutboundClient& client_;
  const RemoteQuery query_;
  std::optional<table::Schema> columns_;
  std::string next_;  ///< URL of the next answer; empty: the statement has ended
  codec::Json page_;  ///< rows not handed out yet, or null
  std::chrono::milliseconds pause_{0};
};

}  // namespace tarn::engine
