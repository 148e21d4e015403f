// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lake's own tables by SQL: `tarn.system.upkeep_runs` (what ran since the server started), `tarn.system.tables`
// (how fit the tables are now), `tarn.system.ledger` (what became of every record) and `tarn.system.files` (what became
// of dropped files). Owned by app; thread-safe.

#include "bronze/bronze.h"
#include "lake/catalog.h"
#include "lake/open_tables.h"
#include "silver/silver.h"
#include "upkeep/run_log.h"

namespace tarn::upkeep {

class SystemTables final : public lake::LayerTables {
 public:
  SystemTables(store::ObjectStore& store, lake::OpenTables& tables, silver::Silver& silver, const RunLog& runs,
               bronze::Bronze& bronze)
      : store_(store), tables_(tables), silver_(silver), runs_(runs), bronze_(bronze) {}

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain) override;

 private:
  store::ObjectStore& store_;
  lake::OpenTables& tables_;
  silver::Silver& silver_;
  const RunLog& runs_;
  bronze::Bronze& bronze_;
};

}  // namespace tarn::upkeep
