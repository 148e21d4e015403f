// SPDX-License-Identifier: Apache-2.0
#pragma once
// One query in Athena by its API: StartQueryExecution, GetQueryExecution until it has ended, GetQueryResults page by
// page. Stopped when let go of before its end. Holds one page at a time. Thread-compatible.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "aws/json_client.h"
#include "engine/remote_engine.h"
#include "engine/results/result_folders.h"
#include "table/types.h"

namespace tarn::engine {

/// Where a query runs, and where Athena leaves what it came to.
struct AthenaPlace {
  std::string database;
  std::string workgroup;
  std::string request_token;  ///< of this query alone: asked for twice, it runs once
  std::shared_ptr<ResultFolder> folder;
};

class AthenaStatement {
 public:
  /// Returns once the query has ended well. Errors as RemoteEngine::Query.
  static Result<std::unique_ptr<AthenaStatement>> Run(aws::JsonClient& client, RemoteQuery query, AthenaPlace place);
  ~AthenaStatement();
  AthenaStatement(const AthenaStatement&) = delete;
  AthenaStatement& operator=(const AthenaStatement&) = delete;

  const table::Schema& columns() const { return columns_; }

  /// The next rows: an array of objects whose `Data` are the values, never empty; nullopt at the end. Errors as
  /// RemoteEngine::Query.
  Result<std::optional<codec::Json>> NextPage();

 private:
  AthenaStatement(aws::JsonClient& client, RemoteQuery query, AthenaPlace place)
      : client_(client), query_(std::move(query)), place_(std::move(place)) {}

  Status Start();
  Status Wait();
  Status LoadPage();
  Status TakeHeader(const codec::Json& columns);
  Status Pause(std::chrono::milliseconds length) const;
  Result<codec::Json> Call(const char* operation, codec::Json input);

  aws::JsonClient& client_;
  const RemoteQuery query_;
  const AthenaPlace place_;
  std::string id_;        ///< of the execution; empty: not started
  bool is_over_ = false;  ///< nothing to be stopped
  table::Schema columns_;
  bool has_columns_ = false;
  codec::Json page_;        ///< rows not handed out yet, or null
  std::string next_token_;  ///< of the next page
  bool has_more_ = true;    ///< pages
};

}  // namespace tarn::engine
