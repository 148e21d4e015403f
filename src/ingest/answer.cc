// SPDX-License-Identifier: Apache-2.0
#include "ingest/answer.h"

#include <algorithm>

#include "codec/json_text.h"

namespace tarn::ingest {
namespace {

constexpr int kRetryAfterSeconds = 1;

void AppendCount(std::string& out, std::string_view member, uint64_t count) {
  out.append(",\"").append(member).append("\":").append(std::to_string(count));
}

void AppendText(std::string& out, std::string_view member, std::string_view text) {
  out.append(",\"").append(member).append("\":");
  codec::AppendJsonString(out, text);
}

std::string_view Word(bool value) { return value ? "true" : "false"; }

bool IsPosition(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string IngestAnswer::Body(std::string_view ack) const {
  std::string body;
  body.reserve(members.size() + request_id.size() + 96);
  body = members;
  AppendText(body, "request_id", request_id);
  if (stored) {
    if (status < 300) body.append(",\"ack\":\"").append(ack).append("\"");
    body.append(",\"receipt\":\"").append(first.ToString()).append("\"");
  }
  body.push_back('}');
  return body;
}

void AppendFieldErrors(std::string& out, const std::vector<contract::FieldError>& errors, ErrorDetail detail) {
  out.push_back('[');
  for (const auto& error : errors) {
    out.append(&error == &errors.front() ? "{\"field\":" : ",{\"field\":");
    codec::AppendJsonString(out, error.field);
    AppendText(out, "message", error.message);
    AppendText(out, "type", error.type);
    out.push_back('}');
    if (detail == ErrorDetail::kFirst) break;
  }
  out.push_back(']');
}

void ComposeSingle(std::string_view endpoint, bool validate, const CheckTotals& totals, IngestAnswer& answer) {
  auto& out = answer.members;
  out.clear();
  if (totals.rejected > 0) {
    answer.status = 400;
    out.append(R"({"detail":{"error":"Payload validation failed")");
    AppendText(out, "endpoint", endpoint);
    out.append(",\"validation_errors\":").append(totals.single_errors).append("}");
    return;
  }
  out.append(R"({"status":"success")");
  AppendText(out, "endpoint", endpoint);
  AppendCount(out, "records_sent", totals.records);
  out.append(",\"validated\":").append(Word(validate && totals.quarantined == 0));
  if (totals.quarantined == 0) return;
  AppendCount(out, "quarantined", totals.quarantined);
  if (validate) out.append(",\"validation_errors\":").append(totals.single_errors);
}

void ComposeBatch(std::string_view endpoint, bool validate, bool strict, const CheckTotals& totals,
                  IngestAnswer& answer) {
  auto& out = answer.members;
  out.clear();
  out.append(R"({"status":"completed")");
  AppendText(out, "endpoint", endpoint);
  AppendCount(out, "total_records", totals.records);
  AppendCount(out, "validated_count", validate ? totals.valid : 0);
  AppendCount(out, "sent_count", totals.records - totals.rejected);
  AppendCount(out, "quarantined_count", totals.quarantined);
  if (!strict) return;
  AppendCount(out, "failed_count", totals.rejected);
  if (totals.rejected > 0) out.append(",\"errors\":[").append(totals.listed).append("]");
}

void ComposeDetail(int status, std::string_view detail, IngestAnswer& answer) {
  answer.status = status;
  answer.members = "{\"detail\":";
  codec::AppendJsonString(answer.members, detail);
}

void ComposeFailure(const contract::CheckFailure& failure, IngestAnswer& answer) {
  using Kind = contract::CheckFailure::Kind;
  switch (failure.kind) {
    case Kind::kTooManyRecords:
      return ComposeDetail(413, "Too many records in one request", answer);
    case Kind::kRecordTooLarge:
      return ComposeDetail(413, "A record is larger than the limit", answer);
    case Kind::kDeleteWithoutKey:
      return ComposeDetail(400, "Delete needs a primary key and the endpoint has none", answer);
    case Kind::kBody:
      break;
  }
  answer.status = 422;
  auto& out = answer.members;
  out = R"({"detail":[{"type":)";
  codec::AppendJsonString(out, failure.body.type);
  out.append(",\"loc\":[");
  for (const auto& step : failure.body.loc) {
    if (&step != &failure.body.loc.front()) out.push_back(',');
    if (IsPosition(step)) {
      out.append(step);
    } else {
      codec::AppendJsonString(out, step);
    }
  }
  out.push_back(']');
  AppendText(out, "msg", failure.body.message);
  out.append("}]");
}

void ComposeNotStored(const Error& error, IngestAnswer& answer) {
  if (error.code == ErrorCode::kInvalidArgument) return ComposeDetail(413, error.message, answer);
  // A disk's message names paths; the client learns what to do, the log has the rest.
  const bool busy = error.code == ErrorCode::kResourceExhausted;
  ComposeDetail(503,
                busy ? "The server cannot store more right now; nothing of the request was stored"
                     : "The server is not accepting records; nothing of the request was stored",
                answer);
  answer.retry_after_s = kRetryAfterSeconds;
}

}  // namespace tarn::ingest
