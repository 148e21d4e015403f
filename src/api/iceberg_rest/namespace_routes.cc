// SPDX-License-Identifier: Apache-2.0
#include "api/iceberg_rest/namespace_routes.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/answers.h"
#include "api/iceberg_rest/paging.h"
#include "api/iceberg_rest/rest_answers.h"
#include "api/iceberg_rest/rest_requests.h"

namespace tarn::api::iceberg_rest {
namespace {

using catalog::IcebergCatalog;
using catalog::Namespace;
using codec::OrderedJson;
using net::Method;

std::unexpected<net::Response> Failed(const Error& error) {
  return std::unexpected(Failure(error, Missing::kNamespace));
}

Answer ListNamespaces(IcebergCatalog& catalog, const net::Request& request) {
  Namespace parent;
  if (const auto text = request.QueryValue("parent"); text && !text->empty()) {
    const auto parsed = catalog::ParseNamespace(*text);
    const auto exists = parsed ? catalog.NamespaceExists(*parsed) : Result<bool>(false);
    if (!exists) return Failed(exists.error());
    if (!*exists) {
      return Refusal(404, "NoSuchNamespaceException",
                     "Namespace does not exist: " + (parsed ? catalog::ToString(*parsed) : std::string(*text)));
    }
    parent = *parsed;
  }
  const auto children = catalog.Children(parent);
  if (!children) return Failed(children.error());
  std::vector<std::string> names;
  for (const Namespace& one : *children) names.push_back(one.back());
  const auto page = PageOf(request, names);
  if (!page) return BadRequest("pageToken or pageSize is none");
  OrderedJson body{{"namespaces", OrderedJson::array()}};
  for (size_t i = page->begin; i < page->end; ++i) body["namespaces"].push_back((*children)[i]);
  page->SetNext(body);
  return JsonAnswer(body);
}

Answer CreateNamespace(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const OrderedJson body, BodyOf(request));
  TARN_READ(const Namespace levels, LevelsOf(body, "namespace"));
  TARN_READ(const auto properties, PropertiesOf(body, "properties"));
  const auto made = catalog.CreateNamespace(levels, properties);
  if (!made) return Failed(made.error());
  return JsonAnswer({{"namespace", levels}, {"properties", properties}});
}

Answer GetNamespace(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const Namespace levels, NamespaceOf(request));
  const auto properties = catalog.LoadNamespace(levels);
  if (!properties) return Failed(properties.error());
  return JsonAnswer({{"namespace", levels}, {"properties", *properties}});
}

Answer HeadNamespace(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const Namespace levels, NamespaceOf(request));
  const auto exists = catalog.NamespaceExists(levels);
  if (!exists) return Empty(Failure(exists.error(), Missing::kNamespace).status);
  return Empty(*exists ? 204 : 404);
}

Answer DropNamespace(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const Namespace levels, NamespaceOf(request));
  const auto dropped = catalog.DropNamespace(levels);
  if (dropped) return Empty(204);
  if (dropped.error().code == ErrorCode::kFailedPrecondition) {
    return Refusal(409, "NamespaceNotEmptyException", dropped.error().message);
  }
  return Failed(dropped.error());
}

Answer UpdateNamespace(IcebergCatalog& catalog, const net::Request& request) {
  TARN_READ(const Namespace levels, NamespaceOf(request));
  TARN_READ(const OrderedJson body, BodyOf(request));
  TARN_READ(const auto updates, PropertiesOf(body, "updates"));
  TARN_READ(const auto removals, TextsOf(body, "removals"));
  for (const std::string& name : removals) {
    if (updates.contains(name)) {
      return Refusal(422, "UnprocessableEntityException", "a property is both updated and removed: " + name);
    }
  }
  const auto change = catalog.UpdateNamespace(levels, updates, std::set(removals.begin(), removals.end()));
  if (!change) return Failed(change.error());
  return JsonAnswer({{"updated", change->updated}, {"removed", change->removed}, {"missing", change->missing}});
}

}  // namespace

void AddNamespaceRoutes(RestRouteTable& routes) {
  routes.Add(Method::kGet, "/namespaces", ListNamespaces);
  routes.Add(Method::kPost, "/namespaces", CreateNamespace);
  routes.Add(Method::kGet, "/namespaces/{namespace}", GetNamespace);
  routes.Add(Method::kHead, "/namespaces/{namespace}", HeadNamespace);
  routes.Add(Method::kDelete, "/namespaces/{namespace}", DropNamespace);
  routes.Add(Method::kPost, "/namespaces/{namespace}/properties", UpdateNamespace);
}

}  // namespace tarn::api::iceberg_rest
