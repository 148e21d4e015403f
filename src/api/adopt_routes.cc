// SPDX-License-Identifier: Apache-2.0
#include "api/adopt_routes.h"

#include "api/parameters.h"
#include "catalog/table_folder.h"
#include "lake/keys.h"

namespace tarn::api {
namespace {

constexpr std::string_view kExternal = ".external.";

/// "lab.external.trips"
engine::TableName ExternalName(const std::string& text) {
  const auto layer = text.find(kExternal);
  return {text.substr(0, layer), "external", text.substr(layer + kExternal.size())};
}

Result<silver::Adoption> AdoptFrom(Services& services, const std::string& domain, const std::string& name,
                                   const std::string& from) {
  if (from.find(kExternal) != std::string::npos && from.find('/') == std::string::npos) {
    TARN_ASSIGN(const auto source, services.catalog.Resolve(ExternalName(from), std::nullopt));
    return services.silver.Adopt(domain, name, source);
  }
  TARN_ASSIGN(const auto folder, catalog::TableFolder(services.store, from));
  TARN_ASSIGN(const auto own, services.silver.TableOf(domain, name));
  if (folder.empty() || (folder != own->location() && lake::IsOwnFolder(folder))) {
    return Fail(ErrorCode::kInvalidArgument, "that folder belongs to the lake, not to a table of others: " + from);
  }
  return services.silver.AdoptFolder(domain, name, folder);
}

net::Response Adopt(Services& services, const net::Request& request) {
  std::vector<Problem> problems;
  const auto body = BodyObject(request, problems);
  if (!body) return ProblemsAnswer(problems);
  const auto from = body->find("from");
  if (from == body->end()) {
    problems.push_back({"missing", {"body", "from"}, "Field required"});
  } else if (!from->is_string() || from->get<std::string>().empty()) {
    problems.push_back({"string_type", {"body", "from"}, "Input should be a table's folder or name"});
  }
  if (!problems.empty()) return ProblemsAnswer(problems);
  const std::string domain(request.Param("domain"));
  const std::string name(request.Param("name"));
  if (!services.registry.Find(domain, name)) {
    return ErrorAnswer({ErrorCode::kNotFound,
                        "Endpoint " + domain + "/" + name + " not found; create it with POST /endpoints first", ""});
  }
  const auto adoption = AdoptFrom(services, domain, name, from->get<std::string>());
  if (!adoption) return ErrorAnswer(adoption.error());
  return JsonAnswer({{"table", engine::TableName{domain, "silver", name}.ToString()},
                     {"rows", adoption->rows},
                     {"version", adoption->version},
                     {"copied", adoption->copied}});
}

}  // namespace

void AddAdoptRoutes(Routes& routes) { routes.Add(net::Method::kPost, "/endpoints/{domain}/{name}/adopt", Adopt); }

}  // namespace tarn::api
