// SPDX-License-Identifier: Apache-2.0
#pragma once
// Queries of users: admission, limits, cancellation, rows into a format (http-api.md §7). Blocking: api calls it on its
// pool. Owned by app; thread-safe.

#include <functional>
#include <optional>
#include <string>

#include "base/metrics.h"
#include "query/result_writer.h"

namespace tarn::query {

struct QueryLimits {
  uint64_t json_rows = 10'000;  ///< of a JSON answer without max_rows
  uint64_t max_rows = 100'000;  ///< greatest max_rows
  std::chrono::milliseconds default_timeout{60'000};
  std::chrono::milliseconds max_timeout{3'600'000};
  size_t json_answer_bytes = 256U << 20;  ///< a JSON answer is built whole; larger ones must stream
  size_t chunk_bytes = 256U << 10;        ///< of a streamed answer
};

struct UserQuery {
  engine::QueryRequest request;
  Format format = Format::kJson;
  std::optional<uint64_t> max_rows;
};

class QueryService {
 public:
  QueryService(engine::QueryEngine& engine, QueryLimits limits, MetricRegistry& metrics);

  /// Takes the next piece of the answer; an error (the client left) ends the query.
  using Sink = std::function<Status(std::string chunk)>;

  /// Runs the query and feeds the sink. Nothing is fed before the first rows are there, so an error before that is a
  /// plain error; one behind it must break the answer off. A JSON answer is one piece.
  Status Run(const UserQuery& query, const Sink& sink);

  const QueryLimits& limits() const { return limits_; }

 private:
  Status Feed(const UserQuery& query, engine::ResultStream& stream, const Sink& sink);

  engine::QueryEngine& engine_;
  const QueryLimits limits_;
  Counter& queries_;
  Counter& failures_;
  Histogram& seconds_;
};

}  // namespace tarn::query
