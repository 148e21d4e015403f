// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "catalog/catalog_errors.h"
#include "catalog/iceberg_catalog.h"
#include "codec/url.h"
#include "lake/keys.h"

namespace tarn::catalog {

Result<std::vector<Namespace>> IcebergCatalog::Children(const Namespace& parent) {
  TARN_ASSIGN(const auto own, own_.Children(parent));
  std::set<Namespace> children(own.begin(), own.end());
  TARN_ASSIGN(const DocumentPtr document, registry_.Load());
  for (const auto& [levels, properties] : document->namespaces) {
    if (levels.size() == parent.size() + 1 && LiesIn(levels, parent)) children.insert(levels);
  }
  return std::vector<Namespace>(children.begin(), children.end());
}

Result<bool> IcebergCatalog::NamespaceExists(const Namespace& levels) {
  TARN_ASSIGN(const DocumentPtr document, registry_.Load());
  if (document->namespaces.contains(levels)) return true;
  return own_.Exists(levels);
}

Result<Properties> IcebergCatalog::LoadNamespace(const Namespace& levels) {
  TARN_ASSIGN(const DocumentPtr document, registry_.Load());
  const auto found = document->namespaces.find(levels);
  if (found != document->namespaces.end()) {
    // Trino makes a table only where a location of its namespace says that it may choose the table's.
    Properties properties = found->second;
    properties.try_emplace("location", foreign_.UriOf(lake::ForeignTableHome(codec::PercentEncode(ToString(levels)))));
    return properties;
  }
  TARN_ASSIGN(const bool exists, own_.Exists(levels));
  if (!exists) return NoNamespace(levels);
  return Properties();
}

Status IcebergCatalog::CreateNamespace(const Namespace& levels, const Properties& properties) {
  if (!IsUsableNamespace(levels)) {
    return Fail(ErrorCode::kInvalidArgument,
                "a namespace has 1 to 16 levels of 1 to 255 bytes without control characters");
  }
  TARN_ASSIGN(const bool is_own, own_.Exists(levels));
  if (is_own) return NamespaceTaken(levels);
  if (OwnTables::IsReserved(levels)) return LakesOwn("the namespace " + ToString(levels));
  const Namespace parent(levels.begin(), levels.end() - 1);
  TARN_ASSIGN(const bool parent_is_own, own_.Exists(parent));
  return registry_.Update([&](RegistryDocument& document) -> Status {
    if (!parent.empty() && !parent_is_own && !document.namespaces.contains(parent)) return NoNamespace(parent);
    if (!document.namespaces.emplace(levels, properties).second) return NamespaceTaken(levels);
    return {};
  });
}

Status IcebergCatalog::DropNamespace(const Namespace& levels) {
  TARN_ASSIGN(const bool is_own, own_.Exists(levels));
  if (is_own) return LakesOwn("the namespace " + ToString(levels) + " is not empty");
  return registry_.Update([&](RegistryDocument& document) -> Status {
    if (!document.namespaces.contains(levels)) return NoNamespace(levels);
    if (document.HasChildren(levels)) {
      return Fail(ErrorCode::kFailedPrecondition, "Namespace " + ToString(levels) + " is not empty");
    }
    document.namespaces.erase(levels);
    return {};
  });
}

Result<IcebergCatalog::PropertiesChange> IcebergCatalog::UpdateNamespace(const Namespace& levels,
                                                                         const Properties& updates,
                                                                         const std::set<std::string>& removals) {
  PropertiesChange change;
  TARN_ASSIGN(const bool is_own, own_.Exists(levels));
  TARN_TRY(registry_.Update([&](RegistryDocument& document) -> Status {
    change = {};
    const auto found = document.namespaces.find(levels);
    if (found == document.namespaces.end()) {
      return is_own ? Status(LakesOwn("the namespace " + ToString(levels))) : Status(NoNamespace(levels));
    }
    for (const std::string& name : removals) {
      (found->second.erase(name) > 0 ? change.removed : change.missing).push_back(name);
    }
    for (const auto& [name, value] : updates) {
      found->second[name] = value;
      change.updated.push_back(name);
    }
    return {};
  }));
  return change;
}

}  // namespace tarn::catalog
