// SPDX-License-Identifier: Apache-2.0
#include "lake/catalog.h"

#include <set>

namespace tarn::lake {

void Catalog::AddLayer(std::string layer, LayerTables& tables) { layers_[std::move(layer)] = &tables; }

Result<engine::BoundTablePtr> Catalog::Resolve(const engine::TableName& name,
                                               const std::optional<engine::TimeTravel>& at) {
  const auto layer = layers_.find(name.layer);
  if (layer == layers_.end()) return Fail(ErrorCode::kNotFound, "no such layer: " + name.layer);
  return layer->second->Resolve(name.domain, name.table, at);
}

Result<std::vector<std::string>> Catalog::Domains() {
  std::set<std::string> domains;
  for (const auto& [layer, tables] : layers_) {
    TARN_ASSIGN(const auto found, tables->Domains());
    domains.insert(found.begin(), found.end());
  }
  return std::vector<std::string>(domains.begin(), domains.end());
}

Result<std::vector<std::string>> Catalog::Tables(const std::string& domain, const std::string& layer) {
  const auto tables = layers_.find(layer);
  if (tables == layers_.end()) return std::vector<std::string>();
  return tables->second->Tables(domain);
}

Result<std::vector<engine::TableName>> Catalog::List(const std::string& domain, const std::string& layer) {
  std::set<engine::TableName> names;
  for (const auto& [layer_name, tables] : layers_) {
    if (!layer.empty() && layer != layer_name) continue;
    TARN_ASSIGN(const auto domains, tables->Domains());
    for (const auto& found_domain : domains) {
      if (!domain.empty() && domain != found_domain) continue;
      TARN_ASSIGN(const auto found, tables->Tables(found_domain));
      for (const auto& table : found) names.insert({found_domain, layer_name, table});
    }
  }
  return std::vector<engine::TableName>(names.begin(), names.end());
}

}  // namespace tarn::lake
