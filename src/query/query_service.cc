// SPDX-License-Identifier: Apache-2.0
#include "query/query_service.h"

#include <algorithm>

namespace tarn::query {

QueryService::QueryService(engine::QueryEngine& engine, QueryLimits limits, MetricRegistry& metrics)
    : engine_(engine),
      limits_(limits),
      queries_(metrics.GetCounter("tarn_queries_total", "queries of users")),
      failures_(metrics.GetCounter("tarn_query_failures_total", "queries of users that failed")),
      seconds_(metrics.GetHistogram("tarn_query_seconds", "time of one query, answer included")) {}

Status QueryService::Run(const UserQuery& query, const Sink& sink) {
  const auto started = std::chrono::steady_clock::now();
  queries_.Add();
  auto outcome = [&]() -> Status {
    TARN_ASSIGN(const auto stream, engine_.Query(query.request));
    return Feed(query, *stream, sink);
  }();
  if (!outcome) failures_.Add();
  seconds_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  return outcome;
}

Status QueryService::Feed(const UserQuery& query, engine::ResultStream& stream, const Sink& sink) {
  const bool whole = query.format == Format::kJson;
  const auto cap = query.max_rows.value_or(whole ? limits_.json_rows : UINT64_MAX);
  const auto writer = MakeResultWriter(query.format);
  std::string out;
  writer->Begin(stream.columns(), out);
  ResultEnd end;
  end.max_rows = cap;
  table::BatchView batch;
  for (;;) {
    TARN_ASSIGN(const bool more, stream.Next(batch));
    if (!more) break;
    const auto rows = std::min<uint64_t>(batch.rows, cap - end.rows);
    writer->Rows(batch, rows, out);
    end.rows += rows;
    end.truncated = rows < batch.rows;
    if (end.truncated) break;
    if (!whole && out.size() >= limits_.chunk_bytes) {
      TARN_TRY(sink(std::move(out)));
      out.clear();
    }
    if (whole && out.size() > limits_.json_answer_bytes) {
      return Fail(ErrorCode::kResourceExhausted,
                  "the JSON answer is too large; ask for fewer rows, or for format=ndjson or csv, which stream");
    }
  }
  writer->End(end, out);
  return sink(std::move(out));
}

}  // namespace tarn::query
