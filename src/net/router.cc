// SPDX-License-Identifier: Apache-2.0
#include "net/router.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/assert.h"
#include "codec/url.h"

namespace tarn::net {

struct Router::Node {
  struct Child {
    std::string segment;
    std::unique_ptr<Node> node;
  };
  std::vector<Child> literals;
  std::unique_ptr<Node> parameter;
  std::array<std::unique_ptr<Route>, kMethodCount> routes;
};

namespace {

// No route is deeper; a longer path is unknown.
constexpr size_t kMaxSegments = 16;

struct Segments {
  std::array<std::string_view, kMaxSegments> parts;
  size_t count = 0;
};

std::optional<Segments> Split(std::string_view path) {
  Segments segments;
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    if (segments.count == kMaxSegments) return std::nullopt;
    const std::string_view part = path.substr(0, path.find('/'));
    segments.parts[segments.count++] = part;
    path.remove_prefix(part.size());
    if (path.starts_with('/')) {
      path.remove_prefix(1);
      if (path.empty()) return std::nullopt;  // "a//": an empty segment at the end
    }
  }
  return segments;
}

struct Search {
  Method method;
  std::span<const std::string_view> segments;
  std::array<std::string_view, kMaxPathParams> values;
  size_t value_count = 0;
  std::array<bool, kMethodCount> allowed{};
};

const Route* RouteFor(const std::array<std::unique_ptr<Route>, kMethodCount>& routes, Method method) {
  const auto& exact = routes[static_cast<size_t>(method)];
  if (exact == nullptr && method == Method::kHead) return routes[static_cast<size_t>(Method::kGet)].get();
  return exact.get();
}

// Depth first, literals before the parameter, so that the most literal route of the method wins.
template <class Node>
const Route* Walk(const Node& node, size_t depth, Search& search) {
  if (depth == search.segments.size()) {
    for (size_t i = 0; i < kMethodCount; ++i) {
      if (node.routes[i] != nullptr) search.allowed[i] = true;
    }
    return RouteFor(node.routes, search.method);
  }
  const std::string_view segment = search.segments[depth];
  for (const auto& child : node.literals) {
    if (child.segment != segment) continue;
    if (const Route* route = Walk(*child.node, depth + 1, search)) return route;
  }
  if (node.parameter == nullptr || segment.empty() || search.value_count == kMaxPathParams) return nullptr;
  search.values[search.value_count++] = segment;
  const Route* const route = Walk(*node.parameter, depth + 1, search);
  if (route == nullptr) --search.value_count;
  return route;
}

std::string AllowText(const std::array<bool, kMethodCount>& allowed) {
  std::string text;
  const auto append = [&](Method method) {
    if (!text.empty()) text += ", ";
    text += MethodName(method);
  };
  for (size_t i = 0; i < kMethodCount; ++i) {
    const auto method = static_cast<Method>(i);
    const bool implied = method == Method::kHead && allowed[static_cast<size_t>(Method::kGet)];
    if (allowed[i] || implied) append(method);
  }
  if (!text.empty()) append(Method::kOptions);
  return text;
}

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::Add(Method method, std::string_view pattern, Handler handler, RouteOptions options) {
  const auto segments = Split(pattern);
  TARN_ASSERT(segments.has_value());
  auto route = std::make_unique<Route>();
  Node* node = root_.get();
  for (const std::string_view segment : std::span(segments->parts).first(segments->count)) {
    if (segment.starts_with('{') && segment.ends_with('}')) {
      route->param_names.emplace_back(segment.substr(1, segment.size() - 2));
      if (node->parameter == nullptr) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
      continue;
    }
    auto child = std::ranges::find(node->literals, segment, &Node::Child::segment);
    if (child == node->literals.end()) {
      child = node->literals.insert(child, {std::string(segment), std::make_unique<Node>()});
    }
    node = child->node.get();
  }
  TARN_ASSERT(route->param_names.size() <= kMaxPathParams);
  auto& slot = node->routes[static_cast<size_t>(method)];
  TARN_ASSERT(slot == nullptr);
  route->pattern = pattern;
  route->handler = std::move(handler);
  route->options = std::move(options);
  slot = std::move(route);
}

Router::Match Router::Find(Request& request) const {
  Match match;
  const auto segments = Split(request.path());
  if (!segments) return match;
  Search search{.method = request.method, .segments = std::span(segments->parts).first(segments->count), .values = {}};
  match.route = Walk(*root_, 0, search);
  if (match.route == nullptr) {
    match.allowed = AllowText(search.allowed);
    return match;
  }
  request.route_pattern = match.route->pattern;
  for (size_t i = 0; i < match.route->param_names.size(); ++i) {
    if (search.values[i].find('%') == std::string_view::npos) {
      request.AddParam(match.route->param_names[i], std::string(search.values[i]));
      continue;
    }
    auto value = codec::PercentDecode(search.values[i]);
    match.malformed = match.malformed || !value;
    request.AddParam(match.route->param_names[i], std::move(value).value_or(""));
  }
  return match;
}

}  // namespace tarn::net
