// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which handler answers which method and path (http-api.md §1, §1.1). Filled before the server starts, then immutable
// and thread-safe. A trailing slash is the same resource; literal segments win over parameters; HEAD falls back to GET.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/message.h"
#include "net/responder.h"

namespace tarn::net {

/// Runs on an I/O thread and must not block: longer work goes to a worker pool with the responder.
using Handler = std::function<void(Request, Responder)>;

/// Looks at a request whose body was not read yet; an answer refuses it. Must not block.
using Precheck = std::function<std::optional<Response>(const Request&)>;

enum class BodyDecoding {
  kDecode,  ///< the handler gets the plain bytes
  kRaw,     ///< the handler gets the bytes as sent and looks at Content-Encoding itself
  kStream,  ///< as kRaw, but the handler is called at once and reads Request::incoming; without a limit of its own the
            ///< body may be of any size
};

struct RouteOptions {
  std::optional<size_t> body_limit_bytes;  ///< instead of the server's; counts decoded bytes
  BodyDecoding decoding = BodyDecoding::kDecode;
  Precheck precheck;  ///< runs before 415 and 413 are decided and the body is read
};

struct Route {
  std::string pattern;
  Handler handler;
  RouteOptions options;
  std::vector<std::string> param_names;
};

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// `pattern` is "/", or segments such as "/endpoints/{domain}/{name}" with at most kMaxPathParams parameters. Adding
  /// a method and pattern twice is a bug.
  void Add(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});

  struct Match {
    const Route* route = nullptr;  ///< null: see `allowed`
    std::string allowed;           ///< methods of this path for the Allow header; empty = the path is unknown
    bool malformed = false;        ///< a parameter is not decodable
  };

  /// Finds the route of `request` and fills in its parameters and pattern.
  Match Find(Request& request) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace tarn::net
