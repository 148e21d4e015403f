// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lake's catalog: what `domain.layer.table` means (architecture.md, `lake`). Each layer's module registers its
// tables here; the engine's binder asks through NameResolver. Owned by app; thread-safe once the layers are registered.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/names.h"

namespace tarn::lake {

/// Tables of one layer, implemented by the module that owns the layer (bronze, silver, gold, quarantine). Thread-safe.
class LayerTables {
 public:
  virtual ~LayerTables() = default;
  /// kNotFound when there is none; kUnsupported when `at` is given and the layer keeps no versions.
  virtual Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                                const std::optional<engine::TimeTravel>& at) = 0;
  virtual Result<std::vector<std::string>> Domains() = 0;
  virtual Result<std::vector<std::string>> Tables(const std::string& domain) = 0;
};

class Catalog final : public engine::NameResolver {
 public:
  /// `tables` outlives the catalog. Before the first statement only.
  void AddLayer(std::string layer, LayerTables& tables);

  Result<engine::BoundTablePtr> Resolve(const engine::TableName& name,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain, const std::string& layer) override;

  /// Every table, ordered domain, layer, name; of one domain or layer when given (not empty).
  Result<std::vector<engine::TableName>> List(const std::string& domain, const std::string& layer);

 private:
  std::map<std::string, LayerTables*> layers_;
};

}  // namespace tarn::lake
