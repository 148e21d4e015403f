// SPDX-License-Identifier: Apache-2.0
#include "api/file_upload.h"

#include <algorithm>
#include <future>

#include "api/parameters.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/digest.h"
#include "codec/multipart.h"
#include "lake/keys.h"
#include "net/error_body.h"
#include "net/incoming_body.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

constexpr int64_t kMaxAckTimeoutMillis = 600'000;
constexpr size_t kMaxOptionBytes = 64ULL << 10;
constexpr size_t kMaxNameBytes = 200;

/// The end of a name as a piece of an object key: nothing but letters, digits, dots, dashes and underscores.
std::string KeyPart(std::string_view name) {
  constexpr size_t kKeptBytes = 80;
  auto part = std::string(name.substr(name.size() - std::min(name.size(), kKeptBytes)));
  for (auto& c : part) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (!plain) c = '_';
  }
  return part;
}

std::string_view BaseName(std::string_view path) { return path.substr(path.find_last_of("/\\") + 1); }

}  // namespace

OrderedJson FileManifest(const bronze::FileClaim& claim) {
  OrderedJson json;
  json["status"] = bronze::FileStateWord(claim.state);
  json["endpoint"] = claim.domain + "/" + claim.table;
  json["name"] = claim.name;
  json["size_bytes"] = claim.size_bytes;
  json["etag"] = claim.etag;
  json["format"] = bronze::FileKindWord(claim.format.kind);
  json["compression"] = bronze::CompressionWord(claim.format.compression);
  json["rows"] = claim.rows;
  json["accepted"] = claim.rows - claim.quarantined;
  json["quarantined"] = claim.quarantined;
  json["first_entry"] = claim.first_entry;
  json["last_entry"] = claim.last_entry;
  json["receipt"] = lake::Offset::OfFile(claim.number, 1).ToString();
  if (!claim.error.empty()) json["error"] = claim.error;
  return json;
}

OrderedJson FileManifest(const bronze::TakenFile& file) {
  const auto& part = file.part;
  bronze::FileClaim claim;
  claim.state = !part.ends           ? bronze::FileClaim::State::kOpen
                : part.error.empty() ? bronze::FileClaim::State::kTaken
                                     : bronze::FileClaim::State::kFailed;
  claim.domain = file.domain;
  claim.table = file.table;
  claim.number = part.number;
  claim.name = part.name;
  claim.etag = part.etag;
  claim.size_bytes = part.size_bytes;
  claim.format = part.format;
  claim.rows = part.rows;
  claim.quarantined = part.quarantined;
  claim.first_entry = file.first_entry;
  claim.last_entry = file.last_entry;
  claim.error = part.error;
  auto json = FileManifest(claim);
  json["arrived_at"] = FormatTimestamp(part.insert_date);
  json["taken_at"] = FormatTimestamp(file.taken_at);
  return json;
}

net::Response FileUpload::Refusal(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return ProblemsAnswer({{"file_unreadable", {"body"}, error.message}});
    case ErrorCode::kUnsupported:
      return net::ErrorResponse(501, error.message, "not_in_this_build");
    case ErrorCode::kResourceExhausted:
      return net::ErrorResponse(413, error.message, "too_large");
    case ErrorCode::kDeadlineExceeded:
      return net::ErrorResponse(408, error.message);
    default:
      return ErrorAnswer(error);
  }
}

std::optional<Error> FileUpload::ReadOption(std::string_view name, std::string_view value) {
  const auto known = bronze::ReadFileHint(name, value, options_.hints);
  if (!known) return known.error();
  if (name == "name") name_ = value;
  return std::nullopt;
}

/// What headers say where no parameter does.
void FileUpload::ReadHeaders() {
  auto type = Lower(request_.Header("content-type").value_or(""));
  type = type.substr(0, type.find(';'));
  auto& hints = options_.hints;
  if (!hints.kind && type == "text/csv") hints.kind = bronze::FileKind::kCsv;
  if (!hints.kind && type.find("ndjson") != std::string::npos) hints.kind = bronze::FileKind::kNdjson;
  if (!hints.kind && type == "application/json") hints.kind = bronze::FileKind::kJson;
  if (!hints.kind && type.ends_with("parquet")) hints.kind = bronze::FileKind::kParquet;
  const auto encoding = Lower(request_.Header("content-encoding").value_or(""));
  if (!hints.compression && encoding == "gzip") hints.compression = codec::Encoding::kGzip;
  if (!hints.compression && encoding == "zstd") hints.compression = codec::Encoding::kZstd;
}

std::optional<net::Response> FileUpload::ReadOptions() {
  domain_ = request_.Param("domain");
  table_ = request_.Param("name");
  Parameters parameters(request_);
  options_.domain = domain_;
  options_.table = table_;
  options_.request_id = request_.request_id;
  options_.checked = parameters.Bool("validate", true);
  options_.strict = parameters.Bool("strict", false);
  const auto operation = parameters.Choice("op", "upsert", {"upsert", "delete"});
  if (operation == "delete") options_.operation = contract::Operation::kDelete;
  const auto ack = parameters.Choice("ack", "bronze", {"wal", "bronze", "silver"});
  ack_ = ack == "silver" ? Ack::kSilver : Ack::kBronze;
  ack_timeout_ = services_.settings.ack_timeout;
  if (const auto limit = parameters.Integer("ack_timeout_ms", 0, kMaxAckTimeoutMillis)) {
    ack_timeout_ = std::chrono::milliseconds(*limit);
  }
  for (const auto& [name, value] : request_.query()) {
    const auto refused = ReadOption(name, value);
    if (!refused) continue;
    if (refused->code == ErrorCode::kUnsupported) return Refusal(*refused);
    parameters.Refuse(name, "value_error", refused->message);
  }
  if (name_.size() > kMaxNameBytes) parameters.Refuse("name", "value_error", "a name has at most 200 bytes");
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  const auto endpoint = services_.registry.Find(domain_, table_);
  if (!endpoint) return net::ErrorResponse(404, "Endpoint '" + domain_ + "/" + table_ + "' not found", "not_found");
  if (operation == "delete" && !endpoint->has_key()) {
    return net::ErrorResponse(400, "the endpoint has no key by which to delete");
  }
  return std::nullopt;
}

net::Response FileUpload::Run() {
  if (auto refused = ReadOptions()) return *std::move(refused);
  const auto type = request_.Header("content-type").value_or("");
  if (Lower(type).starts_with("multipart/")) {
    const auto boundary = codec::MultipartBoundary(type);
    if (!boundary) return net::ErrorResponse(415, "send multipart/form-data with a boundary, or the file as it is");
    return RunMultipart(*boundary);
  }
  ReadHeaders();
  return RunRaw();
}

net::Response FileUpload::RunRaw() {
  auto& body = *request_.incoming;
  const auto taken = TakeFile(name_, options_.hints, [&] { return body.Read(); });
  if (!taken) return Refusal(taken.error());
  return JsonAnswer(taken->manifest, taken->status);
}

/// Fields are options of the files behind them; every file is one of its own.
net::Response FileUpload::RunMultipart(std::string_view boundary) {
  codec::MultipartReader parts(boundary, [&] { return request_.incoming->Read(); });
  auto files = OrderedJson::array();
  int status = 200;
  for (;;) {
    const auto part = parts.NextPart();
    if (!part) return Refusal(part.error());
    if (!*part) break;
    if ((*part)->file_name) {
      const auto name = name_.empty() ? std::string(BaseName(*(*part)->file_name)) : std::exchange(name_, {});
      const auto taken = TakeFile(name, options_.hints, [&] { return parts.Read(); });
      if (!taken) return Refusal(taken.error());
      status = std::max(status, taken->status);
      files.push_back(taken->manifest);
      continue;
    }
    std::string value;
    for (;;) {
      const auto bytes = parts.Read();
      if (!bytes) return Refusal(bytes.error());
      if (bytes->empty()) break;
      value += *bytes;
      if (value.size() > kMaxOptionBytes) return net::ErrorResponse(413, "a form field is too long", "too_large");
    }
    if (const auto refused = ReadOption((*part)->name, value)) return Refusal(*refused);
  }
  if (files.empty()) return ProblemsAnswer({{"missing", {"body", "file"}, "the form has no file"}});
  return JsonAnswer({{"files", std::move(files)}}, status);
}

Status FileUpload::StoreAll(store::ObjectWriter& writer, const Source& source, Stored& stored) {
  codec::Sha256Hasher hasher;
  for (;;) {
    TARN_ASSIGN(const auto bytes, source());
    if (bytes.empty()) break;
    hasher.Update(bytes);
    TARN_TRY(writer.Append(bytes));
  }
  TARN_ASSIGN(stored.size_bytes, writer.Finish());
  stored.etag = codec::Hex(hasher.Finish());
  return {};
}

Result<FileUpload::Stored> FileUpload::Store(const std::string& name, const Source& source) {
  Stored stored;
  stored.key = lake::FileObjectKey(domain_, table_, NewUuid(services_.randomness) + "-" + KeyPart(name));
  TARN_ASSIGN(const auto writer, services_.store.OpenWriter(stored.key));
  TARN_TRY(StoreAll(*writer, source, stored));
  return stored;
}

Result<FileUpload::Taken> FileUpload::TakeFile(const std::string& name, const bronze::FileHints& hints,
                                               const Source& source) {
  TARN_ASSIGN(const auto stored, Store(name, source));
  auto file = options_;
  file.key = stored.key;
  file.name = name;
  file.etag = stored.etag;
  file.hints = hints;
  const auto outcome = services_.files.Take(file);
  const bool refused = !outcome && (outcome.error().code == ErrorCode::kInvalidArgument ||
                                    outcome.error().code == ErrorCode::kUnsupported);
  // A copy that nothing names; if this fails, orphan collection does it.
  if (refused || (outcome && (outcome->was_taken_before || outcome->refused))) {
    if (const auto gone = services_.store.Delete(stored.key); !gone) {
      LogWarning("an upload that nothing names stays until orphans are collected",
                 {{"key", stored.key}, {"error", gone.error().ToString()}});
    }
  }
  TARN_TRY(outcome);
  return outcome->refused ? RefusalOf(*outcome) : AnswerOf(*outcome);
}

/// The strict refusal of a file (http-api.md §4.2), with the record of each error.
FileUpload::Taken FileUpload::RefusalOf(const bronze::FileIntake::Outcome& outcome) {
  constexpr int kBadRequest = 400;
  auto errors = OrderedJson::array();
  for (const auto& row : outcome.refused->listed) {
    for (auto& error : ErrorsJson(row.errors)) {
      error["record_index"] = row.index;
      errors.push_back(std::move(error));
    }
  }
  OrderedJson detail;
  detail["error"] = "Payload validation failed";
  detail["endpoint"] = domain_ + "/" + table_;
  detail["name"] = outcome.claim.name;
  detail["total_records"] = outcome.refused->rows;
  detail["failed_count"] = outcome.refused->refused;
  detail["validation_errors"] = std::move(errors);
  return {{{"detail", std::move(detail)}}, kBadRequest};
}

FileUpload::Taken FileUpload::AnswerOf(const bronze::FileIntake::Outcome& outcome) {
  constexpr int kAccepted = 202;
  constexpr int kUnprocessable = 422;
  Taken taken;
  taken.manifest = FileManifest(outcome.claim);
  taken.manifest["already_taken"] = outcome.was_taken_before;
  std::string ack = "bronze";
  if (ack_ == Ack::kSilver) {
    const bool merged = AwaitSilver(outcome.claim.last_entry);
    if (merged) ack = "silver";
    if (!merged) taken.status = kAccepted;
  }
  taken.manifest["ack"] = ack;
  taken.manifest["request_id"] = request_.request_id;
  if (outcome.claim.state == bronze::FileClaim::State::kFailed) {
    taken.status = kUnprocessable;
    taken.manifest["detail"] = {{{"type", "file_unreadable"}, {"loc", {"body"}}, {"msg", outcome.claim.error}}};
  }
  return taken;
}

bool FileUpload::AwaitSilver(uint64_t entry) {
  auto merged = std::make_shared<std::promise<void>>();
  auto done = merged->get_future();
  services_.silver.WhenMerged(domain_, table_, entry, [merged] { merged->set_value(); });
  return done.wait_for(ack_timeout_) == std::future_status::ready;
}

}  // namespace tarn::api
