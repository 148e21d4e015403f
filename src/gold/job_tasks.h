// SPDX-License-Identifier: Apache-2.0
#pragma once
// Jobs as the scheduler sees them: what each reads, whether that has changed since its last attempt, and how to run it
// (durability.md §7.2, http-api.md §8.2). Owned by app; thread-safe.

#include <string>
#include <vector>

#include "engine/names.h"
#include "gold/jobs.h"
#include "gold/runner.h"
#include "gold/runs.h"
#include "lake/open_tables.h"
#include "lake/tasks.h"

namespace tarn::gold {

class JobTasks final : public lake::Tasks {
 public:
  struct Dependencies {
    engine::NameResolver& names;
    lake::OpenTables& tables;
    Jobs& jobs;
    Runs& runs;
    Runner& runner;
  };

  explicit JobTasks(Dependencies dependencies) : dependencies_(dependencies) {}

  std::vector<lake::TaskPlan> Plans() override;
  Result<std::optional<Timestamp>> LastScheduled(const std::string& id) override;
  bool IsBusy(const std::string& id) override;
  /// No news as long as one of the upstreams does not exist or is a job whose last run failed.
  Result<lake::UpstreamNews> NewsFor(const std::string& id) override;
  Status Run(const std::string& id, std::string_view trigger, std::optional<Timestamp> scheduled_for) override;

 private:
  JobPtr JobOf(const std::string& id) const;
  Result<bool> HasFailed(const engine::TableName& upstream);
  /// When rows of the upstream changed last, behind the version `seen`; nullopt: they did not.
  Result<std::optional<Timestamp>> ChangeBehind(const table::PinnedTable& upstream, int64_t seen);

  const Dependencies dependencies_;
};

}  // namespace tarn::gold
