// SPDX-License-Identifier: Apache-2.0
#pragma once
// The way in: one request checked, framed, made durable and answered (http-api.md §4, durability.md §3). Submit is the
// hot path: parse → check → append to the open group → (sync) → answer. Thread-safe; owned by app.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "contract/registry.h"
#include "ingest/answer.h"
#include "ingest/frame.h"
#include "ingest/idempotency.h"
#include "ingest/node_log.h"

namespace tarn::ingest {

struct IngestRequest {
  contract::EndpointPtr endpoint;
  std::string_view body;  ///< followed by kFramePadding readable bytes; needed during Submit only
  contract::BodyShape shape = contract::BodyShape::kSingle;
  contract::Operation operation = contract::Operation::kUpsert;
  bool validate = true;
  bool strict = false;
  std::string_view request_id;  ///< at most 128 bytes
  /// Idempotency-Key; empty = none. The scope names route and key holder (the endpoint is added here); `parameters` is
  /// whatever else of the request must be the same on a retry (e.g. the ack).
  std::string_view idempotency_key;
  std::string_view idempotency_scope;
  std::string_view parameters;
};

class Ingest {
 public:
  struct Limits {
    size_t max_records = 100'000;
    size_t max_record_bytes = 8U << 20;
    size_t max_body_bytes = 32U << 20;  ///< a frame may have twice as much
  };
  struct Dependencies {
    contract::Registry& registry;
    NodeLog& log;
    IdempotencyMap& idempotency;
    MetricRegistry& metrics;
  };
  using Done = std::move_only_function<void(IngestAnswer)>;

  Ingest(Dependencies dependencies, Limits limits);
  ~Ingest();

  /// `done` is called exactly once: on this thread for refusals, replays and empty batches, else on the log's thread
  /// after the sync, all requests of a group in a row. It must not block.
  void Submit(const IngestRequest& request, Done done);

 private:
  struct Workspace;
  struct Metrics;
  struct Ticket;
  std::unique_ptr<Workspace> TakeWorkspace();
  void GiveBack(std::unique_ptr<Workspace> workspace, size_t body_bytes);
  void Process(const IngestRequest& request, Workspace& workspace, Ticket ticket);
  bool ClaimKey(const IngestRequest& request, Ticket& ticket);
  std::optional<contract::CheckFailure> Check(const IngestRequest& request, Workspace& workspace) const;
  Status FixColumns(const Workspace& workspace, Ticket& ticket);
  void Store(const IngestRequest& request, Workspace& workspace, Ticket ticket);
  void Refuse(Ticket& ticket);

  const Dependencies dependencies_;
  const Limits limits_;
  std::unique_ptr<Metrics> metrics_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> workspaces_;
};

}  // namespace tarn::ingest
