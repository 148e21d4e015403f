// SPDX-License-Identifier: Apache-2.0
#include "store/s3/s3_writer.h"

#include <algorithm>

#include "base/parallel.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "store/s3/s3_answers.h"

namespace tarn::store {
namespace {

/// Parts grow so that their number stays below S3's 10,000.
constexpr size_t kPartsOfOneSize = 1'000;

/// S3 puts the parts of a large object together for minutes; it shows signs of life meanwhile.
constexpr std::chrono::minutes kCompletionTime{5};
/// Parts sent side by side.
constexpr size_t kHeldParts = 4;

}  // namespace

size_t S3Writer::PartBytes() const {
  return entity_tags_.size() < kPartsOfOneSize ? store_.request_bytes_ : kHeldParts * store_.request_bytes_;
}

Status S3Writer::Append(std::string_view data) {
  if (!is_open_) return Fail(ErrorCode::kFailedPrecondition, "the writer is closed: " + key_);
  held_.append(data);
  size_bytes_ += data.size();
  if (held_.size() < kHeldParts * store_.request_bytes_) return {};
  auto sent = SendParts();
  if (!sent) Abort();
  return sent;
}

Result<uint64_t> S3Writer::Finish() {
  if (!is_open_) return Fail(ErrorCode::kFailedPrecondition, "the writer is closed: " + key_);
  if (upload_id_.empty() && held_.size() <= store_.request_bytes_) {
    is_open_ = false;
    TARN_CRASH_POINT("s3.put.before_request");
    if (place_ == Place::kAny) {
      TARN_TRY(store_.ReplaceContent(key_, held_));
      return size_bytes_;
    }
    TARN_ASSIGN(const auto entity_tag, store_.PutContent(key_, held_));
    TARN_CRASH_POINT("s3.put.after_answer");
    store_.KeepInCache(key_, held_, entity_tag);
    return size_bytes_;
  }
  auto finished = SendParts();
  if (finished && !held_.empty()) {
    std::string tag;
    finished = SendPart(entity_tags_.size() + 1, held_, tag);
    entity_tags_.push_back(std::move(tag));
  }
  if (finished) finished = Complete();
  is_open_ = is_open_ && !finished && finished.error().code != ErrorCode::kUnknownOutcome;
  Abort();
  TARN_TRY(std::move(finished));
  return size_bytes_;
}

Status S3Writer::Begin() {
  if (!upload_id_.empty()) return {};
  S3Call call;
  call.method = "POST";
  call.key = store_.FullKey(key_);
  call.query = {{"uploads", ""}};
  const auto answer = store_.client_.Do(call);
  if (!answer) return Fail(answer.error().error);
  TARN_ASSIGN(upload_id_, ReadUploadId(answer->response.body));
  return {};
}

/// Sends all whole parts that are held.
Status S3Writer::SendParts() {
  TARN_TRY(Begin());
  const auto part_bytes = PartBytes();
  const auto parts = held_.size() / part_bytes;
  const auto before = entity_tags_.size();
  entity_tags_.resize(before + parts);
  TARN_TRY(RunParallel(store_.pool_, parts, store_.threads_, [&](size_t i) {
    const auto body = std::string_view(held_).substr(i * part_bytes, part_bytes);
    return SendPart(before + i + 1, body, entity_tags_[before + i]);
  }));
  held_.erase(0, parts * part_bytes);
  return {};
}

Status S3Writer::SendPart(size_t number, std::string_view body, std::string& entity_tag) {
  S3Call call;
  call.method = "PUT";
  call.key = store_.FullKey(key_);
  call.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id_}};
  call.body = body;
  const auto answer = store_.client_.Do(call);
  if (!answer) return Fail(answer.error().error);
  entity_tag = answer->response.Header("ETag").value_or("");
  if (entity_tag.empty()) return Fail(ErrorCode::kUnavailable, "the S3 server gave no tag for a part of " + key_);
  return {};
}

Status S3Writer::Complete() {
  const auto document = CompleteDocument(entity_tags_);
  S3Call call;
  call.method = "POST";
  call.key = store_.FullKey(key_);
  call.query = {{"uploadId", upload_id_}};
  call.headers = {{"Content-Type", "application/xml"}};
  if (place_ == Place::kFree) call.headers.emplace_back("If-None-Match", "*");
  call.body = document;
  call.more_time = kCompletionTime;
  TARN_CRASH_POINT("s3.put.before_request");
  const auto answer = store_.client_.Do(call);
  TARN_CRASH_POINT("s3.put.after_answer");
  if (answer) {
    const auto code = ErrorCodeInside(answer->response.body);
    if (place_ == Place::kAny) store_.Forget(key_);
    if (!code.empty()) return LookForResult({ErrorCode::kUnavailable, "the upload was not completed: " + code, {}});
    is_open_ = false;
    store_.Remember(key_);
    return {};
  }
  const auto& failure = answer.error();
  // A second attempt meets what the first one made, or no upload any more.
  const bool is_gone = failure.status == 404 || failure.status == 412;
  if (failure.status == 0 || (failure.may_be_second && is_gone)) return LookForResult(failure.error);
  return Fail(failure.error);
}

Status S3Writer::LookForResult(Error error) {
  if (place_ == Place::kAny) return Fail(std::move(error));  // what is there may be what was there before
  const auto found = store_.Head(key_);
  if (found && found->size_bytes == size_bytes_) {
    is_open_ = false;
    return {};
  }
  if (!found && found.error().code != ErrorCode::kNotFound) error.code = ErrorCode::kUnknownOutcome;
  return Fail(std::move(error));
}

void S3Writer::Abort() {
  if (!is_open_) return;
  is_open_ = false;
  if (upload_id_.empty()) return;
  S3Call call;
  call.method = "DELETE";
  call.key = store_.FullKey(key_);
  call.query = {{"uploadId", upload_id_}};
  if (const auto answer = store_.client_.Do(call); !answer) {
    LogWarning("parts of an unfinished upload stay in the bucket",
               {{"key", key_}, {"error", answer.error().error.ToString()}});
  }
}

}  // namespace tarn::store
