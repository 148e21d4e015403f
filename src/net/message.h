// SPDX-License-Identifier: Apache-2.0
#pragma once
// Requests and responses as handlers see them (http-api.md §1). A request owns all its bytes and is handed to one
// handler by value; it costs one allocation each for target, headers and body. Thread-compatible.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::net {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kDelete, kPatch, kOptions, kOther };
inline constexpr size_t kMethodCount = 8;

/// "GET" and so on; kOther gives "OTHER".
std::string_view MethodName(Method method);

/// Whether two header names are the same (ASCII letters in any case).
bool EqualHeaderName(std::string_view a, std::string_view b);

/// Header fields in their order, packed into one string.
class HeaderList {
 public:
  void Add(std::string_view name, std::string_view value);
  /// The first value under `name`, any letter case.
  std::optional<std::string_view> Find(std::string_view name) const;
  std::vector<std::pair<std::string_view, std::string_view>> All() const;
  bool empty() const { return packed_.empty(); }

 private:
  std::string packed_;
};

class IncomingBody;

/// Most `{parameters}` in one route.
inline constexpr size_t kMaxPathParams = 4;

/// Spare capacity behind Request::body, so that a parser may read past its end.
inline constexpr size_t kBodyPadding = 64;

struct Request {
  Method method = Method::kGet;  ///< a HEAD request reaches its GET handler as kHead
  std::string target;            ///< as sent: path and query, percent-encoded
  HeaderList headers;
  std::string body;                        ///< after Content-Encoding, with kBodyPadding bytes of spare capacity
  std::shared_ptr<IncomingBody> incoming;  ///< BodyDecoding::kStream: the bytes as sent; `body` is empty
  std::string request_id;                  ///< the client's or ours, 1-128 printable characters
  std::string_view route_pattern;          ///< of the matched route; lives as long as the server

  /// The path of the target, still percent-encoded.
  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }

  std::optional<std::string_view> Header(std::string_view name) const { return headers.Find(name); }

  /// Decoded path parameter; empty when the route has none of this name.
  std::string_view Param(std::string_view name) const;
  void AddParam(std::string_view name, std::string value);  ///< `name` must outlive the request

  /// Decoded parts of the query string in their order; parsed at the first call.
  const std::vector<std::pair<std::string, std::string>>& query() const;

  /// The last value under `name`.
  std::optional<std::string_view> QueryValue(std::string_view name) const;

 private:
  struct PathParam {
    std::string_view name;
    std::string value;
  };
  std::array<PathParam, kMaxPathParams> params_;
  size_t param_count_ = 0;
  mutable std::optional<std::vector<std::pair<std::string, std::string>>> query_;
};

struct Response {
  int status = 200;
  /// Further fields. Content-Type, Content-Length, Connection, Date, X-Request-Id and CORS fields are the server's.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;  ///< empty = application/json
  std::string body;
  /// `body` is a JSON object (it ends in '}'): the server adds its "request_id" member.
  bool adds_request_id = false;
};

}  // namespace tarn::net
