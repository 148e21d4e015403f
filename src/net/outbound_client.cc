// SPDX-License-Identifier: Apache-2.0
#include "net/outbound_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>

#include "base/assert.h"

namespace tarn::net {
namespace {

constexpr long kReceiveBytes = 256L << 10;
constexpr long kSendBytes = 512L << 10;
constexpr size_t kHeadLimitBytes = size_t{1} << 20;
/// A connection idle for longer was probably closed by the other side.
constexpr long kConnectionAgeSeconds = 30;

struct Close {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, Close>;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void InitializeOnce() {
  static std::once_flag flag;
  std::call_once(flag, [] { TARN_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

/// One exchange in progress, as the library's callbacks see it.
struct Exchange {
  const OutboundRequest& request;
  const BodyReceiver& sink;
  size_t sent_bytes = 0;
  size_t head_bytes = 0;
  size_t body_bytes = 0;
  bool is_head_whole = false;
  OutboundResponse response{};
  Status failure{};
};

size_t OnHeader(char* data, size_t, size_t size, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  std::string_view line(data, size);
  exchange.head_bytes += size;
  if (exchange.head_bytes > kHeadLimitBytes) {
    exchange.failure = Fail(ErrorCode::kResourceExhausted, "the answer's head is over the client's limit");
    return 0;
  }
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    exchange.response = {};  // an interim answer came before
    exchange.is_head_whole = false;
    return size;
  }
  if (line.empty()) exchange.is_head_whole = true;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  auto value = line.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  exchange.response.headers.Add(line.substr(0, colon), value);
  return size;
}

struct BodyTarget {
  CURL* handle;
  Exchange& exchange;
};

size_t OnBody(char* data, size_t, size_t size, void* self) {
  auto& [handle, exchange] = *static_cast<BodyTarget*>(self);
  const std::string_view piece(data, size);
  exchange.body_bytes += size;
  if (exchange.body_bytes > exchange.request.response_limit_bytes) {
    exchange.failure = Fail(ErrorCode::kResourceExhausted, "the answer is over the client's limit");
    return 0;
  }
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  if (exchange.sink && status / 100 == 2) {
    exchange.failure = exchange.sink(piece);
    return exchange.failure ? size : 0;
  }
  exchange.response.body.append(piece);
  return size;
}

size_t OnSend(char* out, size_t, size_t room, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  const auto piece = exchange.request.body.substr(exchange.sent_bytes, room);
  std::ranges::copy(piece, out);
  exchange.sent_bytes += piece.size();
  if (exchange.request.on_sent) exchange.request.on_sent(exchange.sent_bytes);
  return piece.size();
}

/// Called about once a second while nothing moves.
int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (!exchange.request.stop.stop_requested()) return 0;
  exchange.failure = Fail(ErrorCode::kCancelled, "the exchange was stopped");
  return 1;
}

template <class Value>
void Set(CURL* handle, CURLoption option, Value value) {
  TARN_ASSERT(curl_easy_setopt(handle, option, value) == CURLE_OK);
}

bool HasLineBreak(const OutboundRequest& request) {
  const auto is_bad = [](std::string_view text) { return text.find_first_of("\r\n") != std::string_view::npos; };
  return is_bad(request.method) || is_bad(request.url) || std::ranges::any_of(request.headers, [&](const auto& field) {
           return is_bad(field.first) || is_bad(field.second);
         });
}

bool TakesBody(const OutboundRequest& request) {
  return !request.body.empty() || request.method == "PUT" || request.method == "POST";
}

void SetMethod(CURL* handle, const OutboundRequest& request) {
  if (TakesBody(request)) {
    Set(handle, CURLOPT_UPLOAD, 1L);
    Set(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    // The library repeats a request on its own when a kept connection turns out dead. It cannot with a body, which it
    // is given no way to rewind; a request without one gets a connection of its own.
    if (request.body.empty()) Set(handle, CURLOPT_FRESH_CONNECT, 1L);
  } else if (request.method == "HEAD") {
    Set(handle, CURLOPT_NOBODY, 1L);
  }
  Set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void SetTimeouts(CURL* handle, const OutboundTimeouts& timeouts) {
  Set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeouts.connect.count()));
  Set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeouts.total.count()));
  Set(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  Set(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(timeouts.idle.count()));
}

void SetConnection(CURL* handle, const OutboundClient::Options& options) {
  Set(handle, CURLOPT_NOSIGNAL, 1L);
  Set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  Set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(handle, CURLOPT_PROXY, "");  // nothing below app looks at the environment
  Set(handle, CURLOPT_PATH_AS_IS, 1L);
  Set(handle, CURLOPT_TCP_NODELAY, 1L);
  Set(handle, CURLOPT_MAXAGE_CONN, kConnectionAgeSeconds);
  Set(handle, CURLOPT_BUFFERSIZE, kReceiveBytes);
  Set(handle, CURLOPT_UPLOAD_BUFFERSIZE, kSendBytes);
  Set(handle, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (!options.ca_file.empty()) Set(handle, CURLOPT_CAINFO, options.ca_file.c_str());
}

std::unique_ptr<curl_slist, FreeList> HeaderLines(const OutboundRequest& request) {
  curl_slist* list = curl_slist_append(nullptr, "Expect:");  // a refusal is read while the body is sent
  for (const auto& [name, value] : request.headers) {
    // A name with a semicolon is the library's word for an empty value.
    list = curl_slist_append(list, (value.empty() ? name + ";" : name + ": " + value).c_str());
  }
  return std::unique_ptr<curl_slist, FreeList>(list);
}

bool IsCertificateProblem(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR;
}

Error Explain(CURL* handle, CURLcode code, const OutboundRequest& request, const char* detail) {
  const std::string why = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  const std::string where = request.url.substr(0, request.url.find('/', request.url.find("://") + 3));
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return {ErrorCode::kInvalidArgument, "not a URL: " + request.url, {}};
  }
  if (IsCertificateProblem(code)) {
    return {ErrorCode::kFailedPrecondition, "the certificate of " + where + " is not trusted: " + why, {}};
  }
  long sent = 0;
  curl_easy_getinfo(handle, CURLINFO_REQUEST_SIZE, &sent);
  if (sent == 0) return {ErrorCode::kUnavailable, "cannot reach " + where + ": " + why, {}};
  return {ErrorCode::kUnknownOutcome, "no whole answer from " + where + ": " + why, {}};
}

}  // namespace

/// Handles that are not in use, each with its connection; the last used is taken first.
struct OutboundClient::Connections {
  std::mutex mutex;
  std::vector<Handle> idle;

  Handle Take() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto handle = std::move(idle.back());
        idle.pop_back();
        return handle;
      }
    }
    return Handle(curl_easy_init());
  }

  void Give(Handle handle, size_t limit) {
    curl_easy_reset(handle.get());  // the connection stays
    const std::lock_guard lock(mutex);
    if (idle.size() < limit) idle.push_back(std::move(handle));
  }
};

OutboundClient::OutboundClient(Options options)
    : options_(std::move(options)), connections_(std::make_unique<Connections>()) {
  InitializeOnce();
}

OutboundClient::~OutboundClient() = default;

Result<OutboundResponse> OutboundClient::Do(const OutboundRequest& request, const BodyReceiver& sink) {
  if (HasLineBreak(request)) return Fail(ErrorCode::kInvalidArgument, "a request contains a line break");
  auto handle = connections_->Take();
  if (handle == nullptr) return Fail(ErrorCode::kUnavailable, "no memory for a connection");
  Exchange exchange{request, sink};
  BodyTarget target{handle.get(), exchange};
  char detail[CURL_ERROR_SIZE] = "";
  const auto headers = HeaderLines(request);
  SetConnection(handle.get(), options_);
  SetTimeouts(handle.get(), request.timeouts);
  SetMethod(handle.get(), request);
  Set(handle.get(), CURLOPT_URL, request.url.c_str());
  Set(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  Set(handle.get(), CURLOPT_ERRORBUFFER, detail);
  Set(handle.get(), CURLOPT_HEADERFUNCTION, &OnHeader);
  Set(handle.get(), CURLOPT_HEADERDATA, &exchange);
  Set(handle.get(), CURLOPT_WRITEFUNCTION, &OnBody);
  Set(handle.get(), CURLOPT_WRITEDATA, &target);
  Set(handle.get(), CURLOPT_READFUNCTION, &OnSend);
  Set(handle.get(), CURLOPT_READDATA, &exchange);
  if (request.stop.stop_possible()) {
    Set(handle.get(), CURLOPT_NOPROGRESS, 0L);
    Set(handle.get(), CURLOPT_XFERINFOFUNCTION, &OnProgress);
    Set(handle.get(), CURLOPT_XFERINFODATA, &exchange);
  }
  const CURLcode code = curl_easy_perform(handle.get());
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  Status failed = std::move(exchange.failure);
  if (failed && code != CURLE_OK) failed = Fail(Explain(handle.get(), code, request, detail));
  if (failed && !exchange.is_head_whole) failed = Fail(ErrorCode::kUnknownOutcome, "the answer is cut short");
  // A handle that failed may not take its options again.
  if (failed) connections_->Give(std::move(handle), options_.kept_connections);
  if (!failed) return Fail(std::move(failed).error());
  return std::move(exchange.response);
}

}  // namespace tarn::net
