// SPDX-License-Identifier: Apache-2.0
#pragma once
// Gold tables as the catalog shows them: every job, with no columns before its first success (http-api.md §7.4).
// Owned by app; thread-safe.

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gold/jobs.h"
#include "lake/catalog.h"
#include "lake/open_tables.h"
#include "lake/rollback.h"

namespace tarn::gold {

class GoldTables final : public lake::LayerTables {
 public:
  GoldTables(const Jobs& jobs, lake::OpenTables& tables, std::function<Status()> seat_check)
      : jobs_(jobs), tables_(tables), seat_check_(std::move(seat_check)) {}

  /// The table of a job, or of one that was deleted; kNotFound: neither job nor table.
  Result<std::shared_ptr<table::Table>> TableOf(const std::string& domain, const std::string& job);

  /// As lake::Rollback, the schema with the rows. The run that published last stays the last one (durability.md §7.1).
  Result<lake::RollbackOutcome> Rollback(const std::string& domain, const std::string& job,
                                         const lake::RollbackRequest& request);

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain) override;

 private:
  Result<engine::BoundTablePtr> ResolveStaged(const std::string& domain, const std::string& name,
                                              const std::optional<engine::TimeTravel>& at);

  const Jobs& jobs_;
  lake::OpenTables& tables_;
  const std::function<Status()> seat_check_;
};

}  // namespace tarn::gold
