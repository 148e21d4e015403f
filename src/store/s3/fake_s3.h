// SPDX-License-Identifier: Apache-2.0
#pragma once
// An S3 server in the test's own process: one bucket in memory, the calls that the store makes, and faults on demand.
// Takes any signature but asks for one. For *_test.cc files only. Thread-safe.

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "net/scripted_server.h"

namespace tarn::store {

struct FakeRequest {
  std::string method;
  std::string key;
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  ///< by lower-case name
  std::string body;

  bool Has(const std::string& parameter) const { return query.contains(parameter); }
  std::string Header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// What goes wrong with a request.
struct FakeFault {
  bool does_nothing = false;  ///< the request is dropped before it is done
  bool is_silent = false;     ///< the connection ends without an answer
  bool hangs = false;         ///< nothing is said until the client leaves
  int cut_after = -1;         ///< only so many bytes of the answer are sent
  int status = 0;             ///< answered instead, with `code`
  std::string code{};
};

class FakeS3 {
 public:
  using Faults = std::function<std::optional<FakeFault>(const FakeRequest&)>;

  explicit FakeS3(std::string bucket)
      : bucket_(std::move(bucket)), server_({}, [this](net::Peer& peer) { Serve(peer); }) {}

  std::string url() const { return server_.UrlOf(""); }
  void SetFaults(Faults faults) {
    const std::lock_guard lock(mutex_);
    faults_ = std::move(faults);
  }
  int requests(const std::string& method) {
    const std::lock_guard lock(mutex_);
    return requests_[method];
  }
  /// Changes an object behind the checksum's back.
  void Damage(const std::string& key) {
    const std::lock_guard lock(mutex_);
    objects_[key].back() ^= 1;
  }
  size_t uploads() {
    const std::lock_guard lock(mutex_);
    return uploads_.size();
  }
  /// A request for many deletes leaves this key, once.
  void RefuseDeleteOnce(const std::string& key) {
    const std::lock_guard lock(mutex_);
    refused_deletes_.insert(key);
  }
  /// Answers If-None-Match as if it had not been said.
  void IgnoreConditions() { ignores_conditions_ = true; }

 private:
  struct Reply {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
  };

  static Reply Refuse(int status, const std::string& code) {
    return {status, {}, "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>as told</Message></Error>"};
  }
  static std::string TagOf(const std::string& body) {
    return "\"" + std::to_string(std::hash<std::string>()(body)) + "\"";
  }

  void Serve(net::Peer& peer) {
    for (auto text = peer.ReadRequest(); !text.empty(); text = peer.ReadRequest()) {
      const auto request = Parse(text);
      Faults faults;
      {
        const std::lock_guard lock(mutex_);
        ++requests_[request.method];
        faults = faults_;
      }
      const auto fault = faults ? faults(request) : std::nullopt;
      if (fault && fault->hangs) return peer.WaitForClose();
      Reply reply;
      if (!fault || !fault->does_nothing) reply = Answer(request);
      if (fault && fault->status != 0) reply = Refuse(fault->status, fault->code);
      if (fault && fault->is_silent) return;
      auto whole = Render(request, reply);
      if (fault && fault->cut_after >= 0) return peer.Send(whole.substr(0, static_cast<size_t>(fault->cut_after)));
      peer.Send(whole);
    }
  }

  static std::string Render(const FakeRequest& request, const Reply& reply) {
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " Word\r\n";
    const bool is_head = request.method == "HEAD";
    if (!is_head) text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    for (const auto& [name, value] : reply.headers) text.append(name).append(": ").append(value).append("\r\n");
    if (is_head && reply.status != 200) text += "Content-Length: 0\r\n";
    return text + "\r\n" + (is_head ? "" : reply.body);
  }

  FakeRequest Parse(const std::string& text) const {
    FakeRequest request;
    const auto head_end = text.find("\r\n\r\n");
    request.body = text.substr(head_end + 4);
    request.method = text.substr(0, text.find(' '));
    const auto target_at = request.method.size() + 1;
    const auto target = text.substr(target_at, text.find(' ', target_at) - target_at);
    const auto question = target.find('?');
    request.key = codec::PercentDecode(target.substr(0, question)).value_or("");
    request.key.erase(0, std::min(request.key.size(), bucket_.size() + 2));
    if (question != std::string::npos) {
      for (auto& [name, value] : codec::ParseQuery(std::string_view(target).substr(question + 1)))
        request.query[name] = value;
    }
    size_t at = text.find("\r\n") + 2;
    while (at < head_end) {
      const auto end = text.find("\r\n", at);
      const auto colon = text.find(": ", at);
      if (colon < end) request.headers[Lower(text.substr(at, colon - at))] = text.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    return request;
  }

  Reply Answer(const FakeRequest& request) {
    if (!request.Header("authorization").starts_with("AWS4-HMAC-SHA256 Credential="))
      return Refuse(403, "AccessDenied");
    const std::lock_guard lock(mutex_);
    if (request.Has("delete")) return DeleteMany(request);
    if (request.key.empty()) return List(request);
    if (request.Has("uploads")) {
      const auto id = "upload" + std::to_string(next_upload_++);
      uploads_[id];
      return {
          200, {}, "<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>"};
    }
    if (request.Has("uploadId")) return OfUpload(request);
    if (request.method == "PUT") return Put(request, request.body);
    if (request.method == "DELETE") {
      objects_.erase(request.key);
      return {204, {}, {}};
    }
    return Read(request);
  }

  Reply DeleteMany(const FakeRequest& request) {
    if (request.Header("x-amz-checksum-crc32c").empty()) return Refuse(400, "InvalidRequest");
    std::string body = "<DeleteResult>";
    codec::XmlReader reader(request.body);
    using Token = codec::XmlReader::Token;
    for (auto token = reader.Next(); token && *token != Token::kDone; token = reader.Next()) {
      if (*token != Token::kStart || reader.name() != "Key") continue;
      const auto key = reader.TextOfElement().value_or("");
      if (refused_deletes_.erase(key) > 0) {
        body += "<Error><Key>" + codec::XmlEscape(key) + "</Key><Code>InternalError</Code></Error>";
      } else {
        objects_.erase(key);
      }
    }
    return {200, {}, body + "</DeleteResult>"};
  }

  Reply Put(const FakeRequest& request, const std::string& body) {
    if (!ignores_conditions_ && request.Header("if-none-match") == "*" && objects_.contains(request.key)) {
      return Refuse(412, "PreconditionFailed");
    }
    objects_[request.key] = body;
    checksums_[request.key] = request.Header("x-amz-checksum-crc32c");
    return {200, {{"ETag", TagOf(body)}}, {}};
  }

  Reply Read(const FakeRequest& request) {
    const auto found = objects_.find(request.key);
    if (found == objects_.end()) return request.method == "HEAD" ? Reply{404, {}, {}} : Refuse(404, "NoSuchKey");
    const auto& body = found->second;
    if (const auto tag = request.Header("if-match"); !tag.empty() && tag != TagOf(body))
      return Refuse(412, "PreconditionFailed");
    Reply reply{200, {{"ETag", TagOf(body)}, {"Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT"}}, body};
    if (request.Header("x-amz-checksum-mode") == "ENABLED" && !checksums_[request.key].empty()) {
      reply.headers.emplace_back("x-amz-checksum-crc32c", checksums_[request.key]);
    }
    if (request.method == "HEAD") reply.headers.emplace_back("Content-Length", std::to_string(body.size()));
    const auto range = request.Header("range");
    if (range.empty()) return reply;
    if (body.empty()) return Refuse(416, "InvalidRange");
    const auto dash = range.find('-');
    const auto number = [](const std::string& text) { return static_cast<size_t>(std::stoull(text)); };
    const auto first = range.substr(6, dash - 6);
    const size_t begin =
        first.empty() ? body.size() - std::min(body.size(), number(range.substr(dash + 1))) : number(first);
    const size_t end = first.empty() ? body.size() : std::min(body.size(), number(range.substr(dash + 1)) + 1);
    reply.status = 206;
    reply.body = body.substr(begin, end - begin);
    reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/" +
                                                    std::to_string(body.size()));
    return reply;
  }

  Reply OfUpload(const FakeRequest& request) {
    const auto upload = uploads_.find(request.query.at("uploadId"));
    if (upload == uploads_.end()) return Refuse(404, "NoSuchUpload");
    if (request.method == "PUT") {
      upload->second[std::stoi(request.query.at("partNumber"))] = request.body;
      return {200, {{"ETag", TagOf(request.body)}}, {}};
    }
    if (request.method == "DELETE") {
      uploads_.erase(upload);
      return {204, {}, {}};
    }
    std::string whole;
    for (const auto& [number, part] : upload->second) {
      if (!request.body.contains("<PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" +
                                 codec::XmlEscape(TagOf(part)))) {
        return Refuse(400, "InvalidPart");
      }
      whole += part;
    }
    auto reply = Put(request, whole);
    if (reply.status != 200) return reply;
    uploads_.erase(upload);
    reply.body = "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>";
    return reply;
  }

  Reply List(const FakeRequest& request) {
    const auto text = [&](const std::string& name) {
      return request.Has(name) ? request.query.at(name) : std::string();
    };
    const auto prefix = text("prefix");
    const size_t limit = request.Has("max-keys") ? std::stoull(text("max-keys")) : 1'000;
    const auto after = std::max(text("start-after"), text("continuation-token"));
    std::string body =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    std::string last;
    size_t count = 0;
    bool is_cut = false;
    for (const auto& [key, content] : objects_) {
      const auto slash = request.Has("delimiter") ? key.find('/', prefix.size()) : std::string::npos;
      const auto shown = slash == std::string::npos ? key : key.substr(0, slash + 1);
      if (!key.starts_with(prefix) || shown <= after || shown == last) continue;
      is_cut = count == std::min(limit, kPageKeys);
      if (is_cut) break;
      ++count;
      last = shown;
      const auto encoded = codec::PercentEncode(shown);
      body += slash != std::string::npos
                  ? "<CommonPrefixes><Prefix>" + encoded + "</Prefix></CommonPrefixes>"
                  : "<Contents><Key>" + encoded + "</Key><LastModified>2015-10-21T07:28:00.000Z</LastModified><Size>" +
                        std::to_string(content.size()) + "</Size></Contents>";
    }
    if (is_cut) body += "<NextContinuationToken>" + codec::XmlEscape(last) + "</NextContinuationToken>";
    return {200, {}, body + "</ListBucketResult>"};
  }

  static constexpr size_t kPageKeys = 7;  ///< small, so that listings have several

  const std::string bucket_;
  std::mutex mutex_;
  Faults faults_;
  std::map<std::string, int> requests_;
  std::map<std::string, std::string> objects_;
  std::map<std::string, std::string> checksums_;
  std::map<std::string, std::map<int, std::string>> uploads_;
  std::set<std::string> refused_deletes_;
  int next_upload_ = 0;
  bool ignores_conditions_ = false;
  net::ScriptedServer server_;
};

}  // namespace tarn::store
