// SPDX-License-Identifier: Apache-2.0
#include "api/ingest_routes.h"

#include <algorithm>

#include "api/ack.h"
#include "api/parameters.h"
#include "base/ascii.h"
#include "net/error_body.h"

namespace tarn::api {
namespace {

constexpr size_t kMaxIdempotencyKey = 255;
constexpr int64_t kMaxAckTimeoutMillis = 600'000;

enum class MediaType { kJson, kNdjson, kOther };

/// The type without parameters, in lower case.
MediaType MediaTypeOf(const net::Request& request) {
  const auto header = request.Header("content-type");
  if (!header || header->empty()) return MediaType::kJson;
  auto type = Lower(header->substr(0, header->find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  if (type == "application/json") return MediaType::kJson;
  if (type.starts_with("application/") && type.ends_with("+json")) return MediaType::kJson;
  if (type == "application/x-ndjson" || type == "application/ndjson" || type == "application/jsonl" ||
      type == "application/json-lines") {
    return MediaType::kNdjson;
  }
  return MediaType::kOther;
}

net::Response UnknownEndpoint(const net::Request& request, bool batch) {
  const auto id = std::string(request.Param("domain")) + "/" + std::string(request.Param("name"));
  return net::ErrorResponse(
      404, "Endpoint '" + id + "' not found" + (batch ? "" : ". Create it first with POST /endpoints"), "not_found");
}

/// Endpoint and media type, before the body is read (http-api.md §4.1).
net::Precheck HeadCheck(const contract::Registry& registry, bool batch) {
  return [&registry, batch](const net::Request& request) -> std::optional<net::Response> {
    if (!registry.Find(request.Param("domain"), request.Param("name"))) return UnknownEndpoint(request, batch);
    const auto type = MediaTypeOf(request);
    if (type == MediaType::kJson || (batch && type == MediaType::kNdjson)) return std::nullopt;
    return net::ErrorResponse(415, batch ? "send application/json or application/x-ndjson" : "send application/json",
                              "unsupported_media_type");
  };
}

struct Call {
  bool validate = true;
  bool strict = false;
  contract::Operation operation = contract::Operation::kUpsert;
  Ack ack = Ack::kWal;
  std::chrono::milliseconds ack_timeout{0};
  std::string parameters;  ///< canonical text of the above, part of what an Idempotency-Key stands for
};

Call ReadCall(Parameters& parameters, std::chrono::milliseconds default_ack_timeout) {
  Call call;
  call.validate = parameters.Bool("validate", true);
  call.strict = parameters.Bool("strict", false);
  const auto operation = parameters.Choice("op", "upsert", {"upsert", "delete"});
  if (operation == "delete") call.operation = contract::Operation::kDelete;
  const auto ack = parameters.Choice("ack", "wal", {"wal", "bronze", "silver"});
  call.ack = ack == "silver" ? Ack::kSilver : ack == "bronze" ? Ack::kBronze : Ack::kWal;
  call.ack_timeout = default_ack_timeout;
  if (const auto limit = parameters.Integer("ack_timeout_ms", 0, kMaxAckTimeoutMillis)) {
    call.ack_timeout = std::chrono::milliseconds(*limit);
  }
  call.parameters = std::string(call.validate ? "v" : "-") + (call.strict ? "s" : "-") + operation + ack;
  return call;
}

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}

void Handle(Services& services, const std::shared_ptr<AckComposer>& acks, bool batch, net::Request request,
            net::Responder responder) {
  auto endpoint = services.registry.Find(request.Param("domain"), request.Param("name"));
  if (!endpoint) return responder.Send(UnknownEndpoint(request, batch));
  Parameters parameters(request);
  const auto call = ReadCall(parameters, services.settings.ack_timeout);
  const auto key = request.Header("idempotency-key").value_or("");
  auto problems = parameters.problems();
  if (request.Header("idempotency-key") && (key.empty() || key.size() > kMaxIdempotencyKey || !IsPrintable(key))) {
    problems.push_back(
        {"value_error", {"header", "idempotency-key"}, "Idempotency-Key must be 1 to 255 printable characters"});
  }
  if (!problems.empty()) return responder.Send(ProblemsAnswer(problems));

  const bool ndjson = batch && MediaTypeOf(request) == MediaType::kNdjson;
  const auto scope = key.empty() ? std::string() : std::string(batch ? "batch:" : "single:") + KeyHolder(request);
  ingest::IngestRequest submission;
  submission.endpoint = std::move(endpoint);
  submission.body = request.body;
  submission.shape = !batch   ? contract::BodyShape::kSingle
                     : ndjson ? contract::BodyShape::kNdjson
                              : contract::BodyShape::kBatch;
  submission.operation = call.operation;
  submission.validate = call.validate;
  submission.strict = call.strict;
  submission.request_id = request.request_id;
  submission.idempotency_key = key;
  submission.idempotency_scope = scope;
  submission.parameters = call.parameters;
  services.ingest.Submit(submission,
                         [acks, call, responder = std::move(responder)](ingest::IngestAnswer answer) mutable {
                           acks->Answer(std::move(answer), call.ack, call.ack_timeout, std::move(responder));
                         });
}

}  // namespace

void AddIngestRoutes(Routes& routes, std::shared_ptr<AckComposer> acks) {
  auto& services = routes.services();
  const auto add = [&](std::string_view pattern, bool batch) {
    routes.AddImmediate(
        net::Method::kPost, pattern,
        [&services, acks, batch](net::Request request, net::Responder responder) {
          Handle(services, acks, batch, std::move(request), std::move(responder));
        },
        HeadCheck(services.registry, batch));
  };
  add("/ingest/{domain}/{name}", false);
  add("/ingest/{domain}/{name}/batch", true);
}

}  // namespace tarn::api
