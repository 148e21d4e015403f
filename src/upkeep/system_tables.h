// SPDX-License-Identifier: Apache-2.0
#pragma once
// Upkeep by SQL: `tarn.system.upkeep_runs` (what ran since the server started) and `tarn.system.tables` (how fit the
// tables are now). Owned by app; thread-safe.

#include "lake/catalog.h"
#include "lake/open_tables.h"
#include "upkeep/run_log.h"

namespace tarn::upkeep {

class SystemTables final : public lake::LayerTables {
 public:
  SystemTables(store::ObjectStore& store, lake::OpenTables& tables, const RunLog& runs)
      : store_(store), tables_(tables), runs_(runs) {}

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain) override;

 private:
  store::ObjectStore& store_;
  lake::OpenTables& tables_;
  const RunLog& runs_;
};

}  // namespace tarn::upkeep
