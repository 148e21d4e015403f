// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a dbt project's tables are when it works on a lake's own files: models are jobs of gold, run and published as
// any other (lake.md §6.7). Stands on an open node; thread-compatible.

#include <stop_token>
#include <string>

#include "api/services.h"
#include "dbt/warehouse.h"

namespace tarn::app {

class LakeWarehouse final : public dbt::Warehouse {
 public:
  /// The node outlives it; its runner has started. `format`: of tables that are made. After a stop every call is
  /// kCancelled, the job under way is cancelled.
  LakeWarehouse(api::Services& services, std::string format, std::stop_token stop)
      : services_(services), format_(std::move(format)), stop_(std::move(stop)) {}

  Result<dbt::QueryRows> Query(const std::string& sql) override;
  Result<std::optional<std::vector<dbt::ColumnInfo>>> ColumnsOf(const dbt::Relation& relation) override;
  Result<dbt::Built> Build(const dbt::Materialization& made) override;

 private:
  Result<std::string> Ask(const std::string& sql, uint64_t max_rows);
  Status Save(const gold::Job& job);
  Result<gold::Execution> RunToEnd(const gold::Job& job);

  api::Services& services_;
  const std::string format_;
  const std::stop_token stop_;
};

}  // namespace tarn::app
