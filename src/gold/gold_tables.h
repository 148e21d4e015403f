// SPDX-License-Identifier: Apache-2.0
#pragma once
// Gold tables as the catalog shows them: every job, with no columns before its first success (http-api.md §7.4).
// Owned by app; thread-safe.

#include "gold/jobs.h"
#include "lake/catalog.h"
#include "lake/open_tables.h"

namespace tarn::gold {

class GoldTables final : public lake::LayerTables {
 public:
  GoldTables(const Jobs& jobs, lake::OpenTables& tables) : jobs_(jobs), tables_(tables) {}

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain) override;

 private:
  const Jobs& jobs_;
  lake::OpenTables& tables_;
};

}  // namespace tarn::gold
