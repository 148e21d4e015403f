// SPDX-License-Identifier: Apache-2.0
#include "api/firehose_routes.h"

#include <algorithm>

#include "api/answers.h"
#include "api/firehose_data.h"
#include "api/firehose_streams.h"
#include "aws/signature_check.h"
#include "lake/name.h"
#include "net/error_body.h"

namespace tarn::api {
namespace {

using codec::Json;
using codec::OrderedJson;

constexpr std::string_view kTargetPrefix = "Firehose_20150804.";
constexpr size_t kMaxRecords = 500;
constexpr size_t kMaxBatchBytes = size_t{4} << 20;
constexpr size_t kDefaultListed = 10;
constexpr size_t kMaxListed = 10'000;

/// Names of the errors that SDKs know.
constexpr std::string_view kInvalid = "InvalidArgumentException";
constexpr std::string_view kMissing = "ResourceNotFoundException";
constexpr std::string_view kInUse = "ResourceInUseException";
constexpr std::string_view kUnavailable = "ServiceUnavailableException";

net::Response AmzAnswer(int status, const OrderedJson& body) {
  auto response = JsonAnswer(body, status);
  response.content_type = "application/x-amz-json-1.1";
  return response;
}

net::Response AmzError(int status, std::string_view type, std::string_view message) {
  auto response = AmzAnswer(status, {{"__type", type}, {"message", message}});
  response.headers.emplace_back("x-amzn-ErrorType", type);
  return response;
}

net::Response AmzError(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return AmzError(400, kInvalid, Redacted(error.message));
    case ErrorCode::kAlreadyExists:
      return AmzError(400, kInUse, Redacted(error.message));
    case ErrorCode::kNotFound:
      return AmzError(400, kMissing, Redacted(error.message));
    case ErrorCode::kUnavailable:
    case ErrorCode::kResourceExhausted:
      return AmzError(503, kUnavailable, "the service cannot take this now; nothing of it was stored");
    default:
      return AmzError(500, "InternalFailure", "something went wrong inside the service");
  }
}

std::string ArnOf(const contract::Contract& contract) {
  return "arn:aws:firehose:local:000000000000:deliverystream/" + StreamNameOf(contract);
}

/// A text member; nullptr when it is absent or something else.
const std::string* TextOf(const Json& body, const char* member) {
  const auto found = body.find(member);
  return found == body.end() || !found->is_string() ? nullptr : found->get_ptr<const std::string*>();
}

/// The endpoint that `DeliveryStreamName` means, or the answer.
std::expected<contract::EndpointPtr, net::Response> StreamOf(const Services& services, const Json& body) {
  const auto* name = TextOf(body, "DeliveryStreamName");
  if (name == nullptr) return std::unexpected(AmzError(400, kInvalid, "DeliveryStreamName is needed"));
  if (auto endpoint = FindStream(services.registry, *name)) return endpoint;
  return std::unexpected(
      AmzError(400, kMissing, "Delivery stream " + *name + " not found: it is domain.name of an endpoint"));
}

/// The records of one request, as ingest takes them.
struct Lines {
  std::string text;
  std::vector<uint32_t> first;  ///< of each record, the number of its first line
};

std::expected<Lines, net::Response> ReadRecords(const Json& records) {
  Lines lines;
  uint32_t count = 0;
  size_t bytes = 0;
  for (const auto& record : records) {
    const auto* data = record.is_object() ? TextOf(record, "Data") : nullptr;
    if (data == nullptr) return std::unexpected(AmzError(400, kInvalid, "every record needs Data, base64 text"));
    bytes += data->size() / 4 * 3;
    if (bytes > kMaxBatchBytes) {
      return std::unexpected(AmzError(400, kInvalid, "a request may have 4 MiB of records"));
    }
    lines.first.push_back(count);
    const auto added = AppendStreamRecord(*data, lines.text);
    if (!added) return std::unexpected(AmzError(added.error()));
    count += *added;
  }
  return lines;
}

/// Id of the record whose first line is `line`: its offset, which the answer's receipt begins with.
std::string RecordId(const lake::Offset& first, uint32_t line) {
  return lake::Offset{first.incarnation, first.sequence + line}.ToString();
}

net::Response PutAnswer(const ingest::IngestAnswer& answer, const std::vector<uint32_t>& lines, bool batch) {
  if (answer.status >= 500 || answer.status == 429) {
    return AmzError({ErrorCode::kUnavailable, "", ""});
  }
  const auto body = codec::ParseJson(answer.Body());
  const auto* receipt = body ? TextOf(*body, "receipt") : nullptr;
  const auto first =
      receipt == nullptr ? Result<lake::Offset>(Fail(ErrorCode::kInternal, "no receipt")) : lake::ParseOffset(*receipt);
  if (answer.status != 200 || !first) {
    return AmzError(400, kInvalid, body && body->contains("detail") ? codec::Dump((*body)["detail"]) : "refused");
  }
  if (!batch) return AmzAnswer(200, {{"RecordId", RecordId(*first, 0)}, {"Encrypted", false}});
  auto responses = OrderedJson::array();
  for (const auto line : lines) responses.push_back({{"RecordId", RecordId(*first, line)}});
  return AmzAnswer(200, {{"FailedPutCount", 0}, {"Encrypted", false}, {"RequestResponses", std::move(responses)}});
}

/// SDKs send one invocation id with every retry of a call.
std::string_view InvocationOf(const net::Request& request) {
  const auto id = request.Header("amz-sdk-invocation-id").value_or("");
  return id.size() <= 255 ? id : std::string_view();
}

void Put(Services& services, const net::Request& request, const Json& body, bool batch, net::Responder responder) {
  const auto endpoint = StreamOf(services, body);
  if (!endpoint) return responder.Send(endpoint.error());
  const auto given = body.find(batch ? "Records" : "Record");
  if (given == body.end() || (batch ? !given->is_array() || given->empty() : !given->is_object())) {
    return responder.Send(AmzError(400, kInvalid, batch ? "Records is needed, a list" : "Record is needed"));
  }
  if (batch && given->size() > kMaxRecords) {
    return responder.Send(AmzError(400, kInvalid, "a batch may have 500 records"));
  }
  auto lines = ReadRecords(batch ? *given : Json::array({*given}));
  if (!lines) return responder.Send(lines.error());
  const auto size = lines->text.size();
  lines->text.append(ingest::kFramePadding, ' ');
  ingest::IngestRequest submission;
  submission.endpoint = *endpoint;
  submission.body = std::string_view(lines->text).substr(0, size);
  submission.shape = contract::BodyShape::kNdjson;
  submission.request_id = request.request_id;
  submission.idempotency_key = InvocationOf(request);
  submission.idempotency_scope = "firehose";
  services.ingest.Submit(submission,
                         [first = std::move(lines->first), batch, responder = std::move(responder)](
                             ingest::IngestAnswer answer) mutable { responder.Send(PutAnswer(answer, first, batch)); });
}

net::Response Create(Services& services, const Json& body) {
  const auto* name = TextOf(body, "DeliveryStreamName");
  const auto dot = name == nullptr ? std::string::npos : name->find('.');
  if (dot == std::string::npos || !lake::IsName(name->substr(0, dot)) || !lake::IsName(name->substr(dot + 1)) ||
      lake::IsReservedDomain(name->substr(0, dot))) {
    return AmzError(400, kInvalid, "DeliveryStreamName must be domain.name, both in snake_case");
  }
  contract::ContractDraft draft;
  draft.domain = name->substr(0, dot);
  draft.name = name->substr(dot + 1);
  const auto created = services.registry.Create(draft);
  if (!created) return AmzError(created.error());
  return AmzAnswer(200, {{"DeliveryStreamARN", ArnOf((*created)->contract())}});
}

double Seconds(Timestamp at) { return static_cast<double>(at.micros) / 1e6; }

net::Response Describe(const Services& services, const Json& body) {
  const auto endpoint = StreamOf(services, body);
  if (!endpoint) return endpoint.error();
  const auto& contract = (*endpoint)->contract();
  return AmzAnswer(200, {{"DeliveryStreamDescription",
                          {{"DeliveryStreamName", StreamNameOf(contract)},
                           {"DeliveryStreamARN", ArnOf(contract)},
                           {"DeliveryStreamStatus", "ACTIVE"},
                           {"DeliveryStreamType", "DirectPut"},
                           {"VersionId", std::to_string(contract.version)},
                           {"CreateTimestamp", Seconds(contract.created_at)},
                           {"LastUpdateTimestamp", Seconds(contract.updated_at)},
                           {"Destinations", OrderedJson::array()},
                           {"HasMoreDestinations", false}}}});
}

net::Response List(const Services& services, const Json& body) {
  const auto* after = TextOf(body, "ExclusiveStartDeliveryStreamName");
  const auto given = body.find("Limit");
  const auto limit = given != body.end() && given->is_number_unsigned() ? given->get<size_t>() : kDefaultListed;
  std::vector<std::string> names;
  for (const auto& endpoint : services.registry.List()) names.push_back(StreamNameOf(endpoint->contract()));
  std::ranges::sort(names);
  if (after != nullptr) names.erase(names.begin(), std::ranges::upper_bound(names, *after));
  const bool more = names.size() > std::min(limit, kMaxListed);
  if (more) names.resize(std::min(limit, kMaxListed));
  return AmzAnswer(200, {{"DeliveryStreamNames", names}, {"HasMoreDeliveryStreams", more}});
}

/// With a key configured: the key itself, or a signature made with it as the secret access key.
std::optional<net::Response> Refused(const Services& services, const net::Request& request) {
  const auto& key = services.settings.api_key;
  if (!CheckKey(request, key)) return std::nullopt;
  aws::SignedRequest received{"POST", std::string(request.path()), request.query(), {}, request.body};
  for (const auto& [name, value] : request.headers.All()) received.headers.emplace_back(name, value);
  const auto checked = aws::CheckSignature(received, "firehose", key, services.clock.Now());
  if (checked) return std::nullopt;
  const bool is_signed = request.Header("authorization").value_or("").starts_with("AWS4");
  return AmzError(400, is_signed ? "InvalidSignatureException" : "MissingAuthenticationTokenException",
                  checked.error().message);
}

void Answer(Services& services, const net::Request& request, net::Responder responder) {
  const auto target = request.Header("x-amz-target").value_or("");
  if (target.empty()) {
    auto refused = net::ErrorResponse(405, "Method Not Allowed");
    refused.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
    return responder.Send(std::move(refused));
  }
  if (auto refused = Refused(services, request)) return responder.Send(std::move(*refused));
  if (!target.starts_with(kTargetPrefix)) {
    return responder.Send(AmzError(400, "UnknownOperationException", "X-Amz-Target must name a Firehose operation"));
  }
  const auto parsed = codec::ParseJson(request.body);
  if (!parsed || !parsed->is_object()) {
    return responder.Send(AmzError(400, "SerializationException", "the body is no JSON object"));
  }
  const auto operation = target.substr(kTargetPrefix.size());
  if (operation == "PutRecord") return Put(services, request, *parsed, false, std::move(responder));
  if (operation == "PutRecordBatch") return Put(services, request, *parsed, true, std::move(responder));
  if (operation == "CreateDeliveryStream") return responder.Send(Create(services, *parsed));
  if (operation == "DescribeDeliveryStream") return responder.Send(Describe(services, *parsed));
  if (operation == "ListDeliveryStreams") return responder.Send(List(services, *parsed));
  responder.Send(AmzError(400, "UnknownOperationException",
                          std::string(operation) + " is not in this build; an endpoint's routes can do more"));
}

}  // namespace

void AddFirehoseRoutes(Routes& routes) {
  auto& services = routes.services();
  routes.AddStreamingOpen(net::Method::kPost, "/", [&services](const net::Request& request, net::Responder responder) {
    Answer(services, request, std::move(responder));
  });
}

}  // namespace tarn::api
