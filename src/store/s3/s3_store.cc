// SPDX-License-Identifier: Apache-2.0
#include "store/s3/s3_store.h"

#include <algorithm>
#include <charconv>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/parallel.h"
#include "codec/base64.h"
#include "codec/crc32c.h"
#include "store/object_key.h"
#include "store/s3/s3_answers.h"
#include "store/s3/s3_reader.h"
#include "store/s3/s3_writer.h"

namespace tarn::store {
namespace {

constexpr size_t kMaxSeenKeys = 65'536;
constexpr size_t kQueuedCalls = 4'096;
/// Bytes damaged on the way are right the second time.
constexpr int kReadsOfDamage = 2;
/// What S3 gives at most.
constexpr size_t kPageKeys = 1'000;
constexpr size_t kDeleteKeys = 1'000;  // the most that DeleteObjects takes

std::string PrefixOf(std::string prefix) {
  while (prefix.starts_with('/')) prefix.erase(0, 1);
  while (prefix.ends_with('/')) prefix.pop_back();
  return prefix.empty() ? prefix : prefix + "/";
}

constexpr std::string_view kChecksumField = "x-amz-checksum-crc32c";

std::string ChecksumOf(std::string_view body) {
  const auto crc = codec::Crc32c(body);
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(crc >> shift));
  return codec::Base64Encode(bytes);
}

/// Whether the bytes are those that were put, as far as the server says a checksum of the whole object.
bool IsIntact(const net::OutboundResponse& response) {
  const auto checksum = response.Header(kChecksumField);
  const bool is_of_whole = checksum && response.Header("x-amz-checksum-type").value_or("FULL_OBJECT") == "FULL_OBJECT";
  return !is_of_whole || checksum->contains('-') || *checksum == ChecksumOf(response.body);
}

S3Call PutOf(std::string full_key, std::string_view body, Repeat repeat) {
  S3Call call;
  call.method = "PUT";
  call.key = std::move(full_key);
  call.headers = {{"If-None-Match", "*"}, {std::string(kChecksumField), ChecksumOf(body)}};  // compared by the server
  call.body = body;
  call.repeat = repeat;
  return call;
}

uint64_t SizeIn(const net::HeaderList& headers) {
  uint64_t size = 0;
  const auto text = headers.Find("Content-Length").value_or("0");
  std::from_chars(text.data(), text.data() + text.size(), size);
  return size;
}

std::string TagIn(const net::HeaderList& headers) { return std::string(headers.Find("ETag").value_or("")); }

}  // namespace

S3Store::S3Store(S3Client::Dependencies needs, Options options)
    : client_(needs, std::move(options.client)),
      randomness_(needs.randomness),
      prefix_(PrefixOf(std::move(options.prefix))),
      cache_(options.cache),
      threads_(std::max<size_t>(options.threads, 1)),
      request_bytes_(options.request_bytes),
      pool_("tarn-s3", WorkerPool::Limits{.threads = threads_, .queued_tasks = kQueuedCalls}) {}

std::string S3Store::root() const {
  return "s3://" + client_.options().bucket + "/" + prefix_.substr(0, prefix_.size() - (prefix_.empty() ? 0 : 1));
}

Status S3Store::CheckBucket() {
  TARN_TRY(ListOnePage("", "", {{"max-keys", "1"}}));
  return {};
}

Status S3Store::CheckConditionalPut() {
  const auto key = "_control/health/" + NewUuid(randomness_) + ".txt";
  TARN_TRY(PutIfAbsent(key, "first"));
  const auto second = PutIfAbsent(key, "second");
  if (const auto removed = Delete(key); !removed) {
    LogWarning("probe of the bucket not removed", {{"key", key}, {"error", removed.error().ToString()}});
  }
  if (!second && second.error().code == ErrorCode::kAlreadyExists) return {};
  if (!second) return second;
  return Fail(ErrorCode::kUnsupported,
              "the S3 server " + client_.options().endpoint.host +
                  " ignores If-None-Match and would lose commits; a lake needs a server that keeps it");
}

// ---- reading ----

Result<std::string> S3Store::Get(const std::string& key) {
  TARN_TRY(CheckKey(key));
  S3Call call;
  call.key = FullKey(key);
  call.headers = {{"x-amz-checksum-mode", "ENABLED"}};
  for (int attempt = 0; attempt < kReadsOfDamage; ++attempt) {
    auto answer = client_.Do(call);
    if (!answer) return Fail(std::move(answer).error().error);
    Remember(key);
    if (IsIntact(answer->response)) return std::move(answer->response.body);
    LogWarning("an object does not match its checksum", {{"key", key}, {"attempt", attempt + 1}});
  }
  return Fail(ErrorCode::kCorrupt, "the object does not match its checksum: " + key);
}

Result<ObjectInfo> S3Store::Head(const std::string& key) {
  TARN_TRY(CheckKey(key));
  S3Call call;
  call.method = "HEAD";
  call.key = FullKey(key);
  const auto answer = client_.Do(call);
  if (!answer) return Fail(answer.error().error);
  Remember(key);
  ObjectInfo info{key, SizeIn(answer->response.headers), {}};
  if (const auto modified = answer->response.Header("Last-Modified")) {
    TARN_ASSIGN(info.modified, ReadHttpDate(*modified));
  }
  return info;
}

Result<std::unique_ptr<ObjectReader>> S3Store::OpenReader(const std::string& key) {
  TARN_TRY(CheckKey(key));
  if (cache_ != nullptr) {
    if (auto known = cache_->Find(key)) return std::make_unique<S3Reader>(*this, key, std::move(*known));
  }
  TARN_ASSIGN(auto tail, ReadTail(key));
  Remember(key);
  return std::make_unique<S3Reader>(*this, key, std::move(tail.object), tail.offset, std::move(tail.bytes));
}

/// The last bytes of an object, where Parquet files say what they hold; with them its size.
Result<S3Store::Tail> S3Store::ReadTail(const std::string& key) {
  S3Call call;
  call.key = FullKey(key);
  call.headers = {{"Range", "bytes=-" + std::to_string(BlockCache::kBlockBytes)}};
  auto answer = client_.Do(call);
  Tail tail;
  if (!answer) {
    if (answer.error().status != 416) return Fail(std::move(answer).error().error);
    TARN_ASSIGN(const auto info, Head(key));  // an empty object has no last bytes
    if (info.size_bytes != 0) return Fail(ErrorCode::kUnavailable, "the S3 server refuses a range of " + key);
    return tail;
  }
  auto& response = answer->response;
  tail.bytes = std::move(response.body);
  tail.object.size_bytes = tail.bytes.size();
  if (response.status == 206) {
    TARN_ASSIGN(tail.object.size_bytes, ReadSizeOfContentRange(response.Header("Content-Range").value_or("")));
  }
  tail.object.entity_tag = TagIn(response.headers);
  if (tail.object.size_bytes < tail.bytes.size())
    return Fail(ErrorCode::kUnavailable, "the S3 server's range is wrong");
  tail.offset = tail.object.size_bytes - tail.bytes.size();
  if (cache_ != nullptr && !tail.bytes.empty()) {
    tail.object = cache_->Add(key, tail.object.size_bytes, tail.object.entity_tag);
    const auto last = (tail.object.size_bytes - 1) / BlockCache::kBlockBytes;
    const auto begin = last * BlockCache::kBlockBytes;
    if (begin >= tail.offset)
      cache_->Write(tail.object, last, std::string_view(tail.bytes).substr(begin - tail.offset));
  }
  return tail;
}

Status S3Store::ReadRange(const std::string& key, const CachedObject& object, uint64_t offset, std::span<char> out) {
  S3Call call;
  call.key = FullKey(key);
  call.headers = {{"Range", "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + out.size() - 1)}};
  if (!object.entity_tag.empty()) call.headers.emplace_back("If-Match", object.entity_tag);
  call.target = out;
  const auto answer = client_.Do(call);
  if (answer) return {};
  if (answer.error().status == 412)
    return Fail(ErrorCode::kUnavailable, "the object changed while it was read: " + key);
  return Fail(answer.error().error);
}

Result<ListPage> S3Store::ListOnePage(const std::string& prefix, const std::string& delimiter,
                                      const std::vector<std::pair<std::string, std::string>>& where) {
  S3Call call;
  call.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", FullKey(prefix)}};
  if (!delimiter.empty()) call.query.emplace_back("delimiter", delimiter);
  call.query.insert(call.query.end(), where.begin(), where.end());
  const auto answer = client_.Do(call);
  if (!answer) return Fail(answer.error().error);
  return ReadListPage(answer->response.body);
}

Result<std::vector<ObjectInfo>> S3Store::List(const std::string& prefix, const std::string& start_after, size_t limit) {
  TARN_TRY(CheckPrefix(prefix));
  std::vector<ObjectInfo> objects;
  std::string continuation;
  do {
    const size_t wanted = limit == 0 ? kPageKeys : std::min(kPageKeys, limit - objects.size());
    std::vector<std::pair<std::string, std::string>> where{{"max-keys", std::to_string(wanted)}};
    if (!continuation.empty()) where.emplace_back("continuation-token", continuation);
    if (!start_after.empty()) where.emplace_back("start-after", FullKey(start_after));
    TARN_ASSIGN(auto page, ListOnePage(prefix, "", where));
    for (auto& object : page.objects) {
      if (!object.key.starts_with(prefix_)) return Fail(ErrorCode::kUnavailable, "the S3 server lists foreign keys");
      object.key.erase(0, prefix_.size());
      if (object.key.empty() || object.key.ends_with('/')) continue;  // a folder that a console made
      objects.push_back(std::move(object));
    }
    continuation = std::move(page.continuation);
  } while (!continuation.empty() && (limit == 0 || objects.size() < limit));
  return objects;
}

Result<std::vector<std::string>> S3Store::ListFolders(const std::string& prefix) {
  TARN_TRY(CheckFolderPrefix(prefix));
  std::vector<std::string> folders;
  std::string continuation;
  do {
    std::vector<std::pair<std::string, std::string>> where;
    if (!continuation.empty()) where.emplace_back("continuation-token", continuation);
    TARN_ASSIGN(auto page, ListOnePage(prefix, "/", where));
    const auto above = FullKey(prefix);
    for (const auto& folder : page.folders) {
      if (folder.size() <= above.size() + 1 || !folder.starts_with(above)) continue;
      folders.push_back(folder.substr(above.size(), folder.size() - above.size() - 1));
    }
    continuation = std::move(page.continuation);
  } while (!continuation.empty());
  std::ranges::sort(folders);  // by name without its slash
  return folders;
}

// ---- writing ----

Status S3Store::PutIfAbsent(const std::string& key, std::string_view body) {
  TARN_TRY(CheckKey(key));
  TARN_CRASH_POINT("s3.put.before_request");
  const auto answer = client_.Do(PutOf(FullKey(key), body, Repeat::kOnlyNotDone));
  TARN_CRASH_POINT("s3.put.after_answer");
  if (!answer) return Fail(answer.error().error);
  Remember(key);
  return {};
}

Result<std::string> S3Store::PutContent(const std::string& key, std::string_view body) {
  const auto answer = client_.Do(PutOf(FullKey(key), body, Repeat::kAlways));
  if (!answer) {
    if (answer.error().error.code != ErrorCode::kAlreadyExists) return Fail(answer.error().error);
    TARN_TRY(CompareWithSent(key, body, answer.error().error));
    return std::string();
  }
  if (cache_ != nullptr) cache_->Forget(key);
  Remember(key);
  return TagIn(answer->response.headers);
}

void S3Store::KeepInCache(const std::string& key, std::string_view body, const std::string& entity_tag) {
  if (cache_ == nullptr || entity_tag.empty() || body.empty()) return;
  const auto object = cache_->Add(key, body.size(), entity_tag);
  for (uint64_t number = 0; number * BlockCache::kBlockBytes < body.size(); ++number) {
    cache_->Write(object, number, body.substr(number * BlockCache::kBlockBytes, BlockCache::kBlockBytes));
  }
}

Status S3Store::CompareWithSent(const std::string& key, std::string_view body, Error error) {
  const auto found = Get(key);
  if (found && *found == body) return {};
  return Fail(std::move(error));
}

Status S3Store::PutAll(std::span<const PutRequest> objects) {
  for (const auto& object : objects) TARN_TRY(CheckKey(object.key));
  if (objects.empty()) return {};
  TARN_CRASH_POINT("s3.put.before_request");
  std::vector<char> is_put(objects.size(), 0);
  auto put = RunParallel(pool_, objects.size(), threads_, [&](size_t i) -> Status {
    TARN_TRY(PutContent(objects[i].key, objects[i].body));
    is_put[i] = 1;
    return {};
  });
  TARN_CRASH_POINT("s3.put.after_answer");
  // Nobody else uses these names: the call may be repeated with them.
  if (!put) RemoveWhatWasPut(objects, is_put);
  return put;
}

void S3Store::RemoveWhatWasPut(std::span<const PutRequest> objects, const std::vector<char>& is_put) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < objects.size(); ++i) {
    if (is_put[i] != 0) keys.push_back(objects[i].key);
  }
  static_cast<void>(DeleteAll(keys));  // one that stays is an orphan
}

Result<std::unique_ptr<ObjectWriter>> S3Store::OpenWriter(const std::string& key) {
  TARN_TRY(CheckKey(key));
  return std::make_unique<S3Writer>(*this, key, S3Writer::Place::kFree);
}

Result<std::unique_ptr<ObjectWriter>> S3Store::OpenReplacement(const std::string& key) {
  TARN_TRY(CheckKey(key));
  return std::make_unique<S3Writer>(*this, key, S3Writer::Place::kAny);
}

Status S3Store::ReplaceContent(const std::string& key, std::string_view body) {
  auto call = PutOf(FullKey(key), body, Repeat::kAlways);
  std::erase_if(call.headers, [](const auto& header) { return header.first == "If-None-Match"; });
  const auto answer = client_.Do(call);
  Forget(key);
  if (!answer) return Fail(answer.error().error);
  return {};
}

Status S3Store::Delete(const std::string& key) {
  TARN_TRY(CheckKey(key));
  Forget(key);
  S3Call call;
  call.method = "DELETE";
  call.key = FullKey(key);
  const auto answer = client_.Do(call);
  if (answer || answer.error().error.code == ErrorCode::kNotFound) return {};
  return Fail(answer.error().error);
}

Status S3Store::DeleteAll(std::span<const std::string> keys) {
  for (const auto& key : keys) TARN_TRY(CheckKey(key));
  const size_t batches = (keys.size() + kDeleteKeys - 1) / kDeleteKeys;
  std::mutex mutex;
  Status outcome;
  // Every batch is tried: an error of one is kept from ending the others.
  TARN_TRY(RunParallel(pool_, batches, threads_, [&](size_t i) -> Status {
    const size_t begin = i * kDeleteKeys;
    auto deleted = DeleteBatch(keys.subspan(begin, std::min(kDeleteKeys, keys.size() - begin)));
    const std::lock_guard lock(mutex);
    if (!deleted && outcome) outcome = std::move(deleted);
    return {};
  }));
  return outcome;
}

Status S3Store::DeleteBatch(std::span<const std::string> keys) {
  if (keys.size() == 1) return Delete(keys.front());
  std::vector<std::string> full_keys;
  for (const auto& key : keys) {
    Forget(key);
    full_keys.push_back(FullKey(key));
  }
  const auto document = DeleteDocument(full_keys);
  S3Call call;
  call.method = "POST";
  call.query = {{"delete", ""}};
  call.headers = {{"Content-Type", "application/xml"}, {std::string(kChecksumField), ChecksumOf(document)}};
  call.body = document;
  const auto answer = client_.Do(call);
  if (!answer && answer.error().error.code != ErrorCode::kUnsupported) return Fail(answer.error().error);
  if (answer) {
    TARN_ASSIGN(full_keys, ReadUndeleted(answer->response.body));
  }
  Status outcome;
  for (const auto& key : full_keys) {
    if (!key.starts_with(prefix_))
      return Fail(ErrorCode::kUnavailable, "the S3 server answers for a key not asked for");
    if (auto deleted = Delete(key.substr(prefix_.size())); !deleted && outcome) outcome = std::move(deleted);
  }
  return outcome;
}

Status S3Store::MakeDurable(const std::string& key) {
  TARN_TRY(CheckKey(key));
  {
    const std::lock_guard lock(mutex_);
    if (seen_.contains(key)) return {};
  }
  TARN_TRY(Head(key));
  return {};
}

void S3Store::Forget(const std::string& key) {
  if (cache_ != nullptr) cache_->Forget(key);
  const std::lock_guard lock(mutex_);
  seen_.erase(key);
}

void S3Store::Remember(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (seen_.size() >= kMaxSeenKeys) seen_.clear();
  seen_.insert(key);
}

}  // namespace tarn::store
