// SPDX-License-Identifier: Apache-2.0
#include "ingest/ingest.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "codec/digest.h"
#include "contract/inference.h"

namespace tarn::ingest {
namespace {

constexpr size_t kMaxRequestIdBytes = 128;

/// A workspace that served a larger body is not kept: its buffers would stay as large.
constexpr size_t kKeptBodyBytes = 1 << 20;
constexpr size_t kKeptWorkspaces = 64;

/// Above this much error text in one frame, further records keep their first error only.
constexpr size_t kFullErrorBytes = 16 << 20;

/// Everything besides the body that must be equal for a retry to be the same request.
codec::Digest256 HashOf(const IngestRequest& request) {
  codec::Sha256Hasher hasher;
  const char options[] = {static_cast<char>(request.shape), static_cast<char>(request.operation),
                          static_cast<char>(request.validate), static_cast<char>(request.strict)};
  hasher.Update(std::string_view(options, sizeof(options)));
  hasher.Update(std::to_string(request.parameters.size()));
  hasher.Update("\n");
  hasher.Update(request.parameters);
  hasher.Update(request.body);
  return hasher.Finish();
}

Disposition DispositionOf(const IngestRequest& request, contract::Verdict verdict) {
  if (verdict == contract::Verdict::kValid) return request.validate ? Disposition::kValid : Disposition::kUnchecked;
  return request.validate && request.strict ? Disposition::kRejected : Disposition::kQuarantined;
}

}  // namespace

struct Ingest::Workspace {
  contract::RecordChecker checker;
  FrameBuilder frame;
  CheckTotals totals;
  std::string errors;
  std::string_view first_object;  ///< text of the first record that is an object

  void Reset(std::string_view body) {
    frame.Begin(body);
    totals.records = totals.valid = totals.quarantined = totals.rejected = totals.listed_records = 0;
    totals.single_errors.clear();
    totals.listed.clear();
    first_object = {};
  }

  void Add(const IngestRequest& request, const contract::CheckedRecord& record);
  void AddInvalid(const IngestRequest& request, const contract::CheckedRecord& record, Disposition disposition);
};

struct Ingest::Metrics {
  explicit Metrics(MetricRegistry& registry)
      : stored(Requests(registry, "outcome=\"stored\"")),
        refused(Requests(registry, "outcome=\"refused\"")),
        replayed(Requests(registry, "outcome=\"replayed\"")),
        valid(Records(registry, "disposition=\"valid\"")),
        quarantined(Records(registry, "disposition=\"quarantined\"")),
        rejected(Records(registry, "disposition=\"rejected\"")),
        bytes(registry.GetCounter("tarn_ingest_bytes_total", "Bytes of request bodies made durable.")) {}

  static Counter& Requests(MetricRegistry& registry, std::string_view labels) {
    return registry.GetCounter("tarn_ingest_requests_total", "Ingest requests by outcome.", labels);
  }
  static Counter& Records(MetricRegistry& registry, std::string_view labels) {
    return registry.GetCounter("tarn_ingest_records_total", "Records made durable, by what the check said.", labels);
  }

  Counter& stored;
  Counter& refused;
  Counter& replayed;
  Counter& valid;
  Counter& quarantined;
  Counter& rejected;
  Counter& bytes;
};

/// One request on its way to its answer.
struct Ingest::Ticket {
  IngestAnswer answer;
  Done done;
  std::string full_key;  ///< claimed idempotency key; empty = none
  codec::Digest256 body_hash{};
};

void Ingest::Workspace::Add(const IngestRequest& request, const contract::CheckedRecord& record) {
  const auto disposition = DispositionOf(request, record.verdict);
  ++totals.records;
  if (record.is_object && first_object.data() == nullptr) first_object = record.raw;
  if (record.verdict == contract::Verdict::kInvalid) {
    AddInvalid(request, record, disposition);
    return;
  }
  ++totals.valid;
  frame.AddRecord(record, disposition, {});
}

void Ingest::Workspace::AddInvalid(const IngestRequest& request, const contract::CheckedRecord& record,
                                   Disposition disposition) {
  errors.clear();
  static const std::vector<contract::FieldError> kNone;
  const auto detail = frame.error_bytes() < kFullErrorBytes ? ErrorDetail::kAll : ErrorDetail::kFirst;
  AppendFieldErrors(errors, record.errors != nullptr ? *record.errors : kNone, detail);
  ++(disposition == Disposition::kRejected ? totals.rejected : totals.quarantined);
  frame.AddRecord(record, disposition, errors);
  if (request.shape == contract::BodyShape::kSingle) totals.single_errors = errors;
  if (disposition != Disposition::kRejected || totals.listed_records == kMaxListedRecords) return;
  if (totals.listed_records++ > 0) totals.listed.push_back(',');
  totals.listed.append("{\"record_index\":").append(std::to_string(record.index));
  totals.listed.append(",\"errors\":").append(errors).append("}");
}

Ingest::Ingest(Dependencies dependencies, Limits limits)
    : dependencies_(dependencies), limits_(limits), metrics_(std::make_unique<Metrics>(dependencies.metrics)) {}

Ingest::~Ingest() = default;

std::unique_ptr<Ingest::Workspace> Ingest::TakeWorkspace() {
  {
    const std::lock_guard lock(mutex_);
    if (!workspaces_.empty()) {
      auto workspace = std::move(workspaces_.back());
      workspaces_.pop_back();
      return workspace;
    }
  }
  return std::make_unique<Workspace>();
}

void Ingest::GiveBack(std::unique_ptr<Workspace> workspace, size_t body_bytes) {
  if (body_bytes > kKeptBodyBytes) return;
  const std::lock_guard lock(mutex_);
  if (workspaces_.size() < kKeptWorkspaces) workspaces_.push_back(std::move(workspace));
}

void Ingest::Submit(const IngestRequest& request, Done done) {
  Ticket ticket;
  ticket.done = std::move(done);
  ticket.answer.endpoint = request.endpoint;
  ticket.answer.request_id = request.request_id.substr(0, kMaxRequestIdBytes);
  if (!request.idempotency_key.empty() && !ClaimKey(request, ticket)) return;
  auto workspace = TakeWorkspace();
  Process(request, *workspace, std::move(ticket));
  GiveBack(std::move(workspace), request.body.size());
}

bool Ingest::ClaimKey(const IngestRequest& request, Ticket& ticket) {
  using Outcome = IdempotencyMap::Outcome;
  auto key =
      IdempotencyMap::FullKey(request.endpoint->contract().id(), request.idempotency_scope, request.idempotency_key);
  ticket.body_hash = HashOf(request);
  auto claim = dependencies_.idempotency.Begin(key, ticket.body_hash);
  auto& answer = ticket.answer;
  switch (claim.outcome) {
    case Outcome::kNew:
      ticket.full_key = std::move(key);
      return true;
    case Outcome::kReplay:
      answer.status = claim.answer.status;
      answer.members = std::move(claim.answer.members);
      answer.request_id = std::move(claim.answer.request_id);
      answer.first = claim.answer.first;
      answer.last = {answer.first.incarnation, answer.first.sequence + claim.answer.record_count - 1};
      answer.stored = true;
      answer.replayed = true;
      metrics_->replayed.Add();
      ticket.done(std::move(answer));
      return false;
    case Outcome::kOtherBody:
      answer.status = 422;
      answer.members =
          R"({"detail":[{"type":"idempotency_key_reused","loc":["header","idempotency-key"],"msg":"Idempotency-Key was used for another request"}])";
      break;
    case Outcome::kInFlight:
      ComposeDetail(409, "A request with this Idempotency-Key is being processed", answer);
      answer.retry_after_s = 1;
      break;
    case Outcome::kFull:
      ComposeNotStored({ErrorCode::kResourceExhausted, "memory for idempotency keys is used up", {}}, answer);
      break;
  }
  Refuse(ticket);
  return false;
}

void Ingest::Refuse(Ticket& ticket) {
  if (!ticket.full_key.empty()) dependencies_.idempotency.Abandon(ticket.full_key);
  metrics_->refused.Add();
  ticket.done(std::move(ticket.answer));
}

std::optional<contract::CheckFailure> Ingest::Check(const IngestRequest& request, Workspace& workspace) const {
  contract::CheckRequest check;
  check.shape = request.shape;
  check.operation = request.operation;
  check.validate = request.validate;
  check.max_records = limits_.max_records;
  check.max_record_bytes = limits_.max_record_bytes;
  workspace.Reset(request.body);
  return workspace.checker.Check(request.body, check, *request.endpoint,
                                 [&](const contract::CheckedRecord& record) { workspace.Add(request, record); });
}

void Ingest::Process(const IngestRequest& request, Workspace& workspace, Ticket ticket) {
  if (const auto failure = Check(request, workspace)) {
    ComposeFailure(*failure, ticket.answer);
    Refuse(ticket);
    return;
  }
  const auto endpoint = request.endpoint->contract().id();
  const bool strict = request.strict && request.validate;
  if (request.shape == contract::BodyShape::kSingle) {
    ComposeSingle(endpoint, request.validate, workspace.totals, ticket.answer);
  } else {
    ComposeBatch(endpoint, request.validate, strict, workspace.totals, ticket.answer);
  }
  if (workspace.totals.records == 0) {
    if (!ticket.full_key.empty()) dependencies_.idempotency.Abandon(ticket.full_key);
    ticket.done(std::move(ticket.answer));
    return;
  }
  if (const auto fixed = FixColumns(workspace, ticket); !fixed) {
    LogError("columns of an endpoint could not be fixed",
             {{"endpoint", endpoint}, {"error", fixed.error().ToString()}});
    ComposeNotStored({ErrorCode::kUnavailable, "the contract cannot be published", {}}, ticket.answer);
    Refuse(ticket);
    return;
  }
  Store(request, workspace, std::move(ticket));
}

Status Ingest::FixColumns(const Workspace& workspace, Ticket& ticket) {
  const auto& contract = ticket.answer.endpoint->contract();
  if (contract.mode != contract::Mode::kAutoInference || contract.columns_fixed || workspace.first_object.empty()) {
    return {};
  }
  TARN_ASSIGN(auto columns, contract::FixedColumns(contract, workspace.first_object));
  TARN_ASSIGN(ticket.answer.endpoint,
              dependencies_.registry.PublishColumns(ticket.answer.endpoint, std::move(columns)));
  return {};
}

void Ingest::Store(const IngestRequest& request, Workspace& workspace, Ticket ticket) {
  const auto& contract = ticket.answer.endpoint->contract();
  FrameHeader header;
  header.generation = static_cast<uint32_t>(contract.generation);
  header.contract_version = static_cast<uint32_t>(contract.version);
  header.domain = contract.domain;
  header.table = contract.name;
  header.request_id = ticket.answer.request_id;
  std::optional<KeyedAnswer> keyed;
  if (!ticket.full_key.empty()) {
    keyed = KeyedAnswer{ticket.full_key, codec::AsBytes(ticket.body_hash), static_cast<uint16_t>(ticket.answer.status),
                        ticket.answer.members};
  }
  workspace.frame.Finish(header, keyed);
  auto& log = dependencies_.log;
  const auto endpoint = log.tail().IdOf(contract.domain, contract.name);
  log.writer().Append(
      workspace.frame, endpoint,
      [this, ticket = std::move(ticket), valid = workspace.totals.valid, quarantined = workspace.totals.quarantined,
       rejected = workspace.totals.rejected, bytes = request.body.size()](Result<FrameRef> place) mutable {
        auto& answer = ticket.answer;
        if (!place) {
          ComposeNotStored(place.error(), answer);
          Refuse(ticket);
          return;
        }
        answer.stored = true;
        answer.first = place->first;
        answer.last = place->last();
        if (!ticket.full_key.empty()) {
          dependencies_.idempotency.Finish(ticket.full_key,
                                           {static_cast<uint16_t>(answer.status), answer.members, answer.request_id,
                                            place->first, place->record_count, place->insert_date},
                                           place->segment);
        }
        metrics_->stored.Add();
        metrics_->valid.Add(valid);
        metrics_->quarantined.Add(quarantined);
        metrics_->rejected.Add(rejected);
        metrics_->bytes.Add(bytes);
        ticket.done(std::move(answer));
      });
}

}  // namespace tarn::ingest
