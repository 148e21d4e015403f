// SPDX-License-Identifier: Apache-2.0
#pragma once
// A small project in memory and a warehouse that notes what it is asked. For tests only.

#include <map>
#include <string>
#include <vector>

#include "dbt/graph.h"
#include "dbt/project_files.h"
#include "dbt/project_loader.h"
#include "dbt/warehouse.h"

namespace tarn::dbt {

inline Settings TestSettings() {
  Settings settings;
  settings.command = "build";
  settings.invocation_id = "0d3f";
  settings.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "REGION") return "eu";
    return std::nullopt;
  };
  settings.say = [](const std::string&) {};
  return settings;
}

inline ProjectFiles ShopFiles() {
  ProjectFiles files;
  files.texts["dbt_project.yml"] =
      "name: shop\nversion: '1.0'\nmodels:\n  shop:\n    staging:\n      +materialized: view\n      +tags: [stage]\n"
      "    marts:\n      +materialized: table\nvars:\n  minimum: 10\n";
  files.texts["seeds/countries.csv"] = "code,name\nde,Germany\nfr,France\n";
  files.texts["models/sources.yml"] =
      "sources:\n  - name: raw\n    database: shop\n    schema: silver\n    tables:\n      - name: orders\n"
      "        columns:\n          - name: id\n            tests: [not_null]\n";
  files.texts["models/staging/stg_orders.sql"] = "select * from {{ source('raw', 'orders') }}\n";
  files.texts["models/marts/big_orders.sql"] =
      "{{ config(tags='mart') }}\nselect o.* from {{ ref('stg_orders') }} o join {{ ref('countries') }} c using "
      "(code)\n"
      "where amount > {{ var('minimum') }}\n";
  files.texts["models/marts/schema.yml"] =
      "models:\n  - name: big_orders\n    description: large ones\n    columns:\n      - name: id\n        tests:\n"
      "          - unique\n          - not_null:\n              config: {severity: warn, where: \"id > 0\"}\n"
      "      - name: code\n        data_tests:\n          - accepted_values:\n              values: ['de', 'fr']\n"
      "          - relationships: {to: ref('countries'), field: code}\n"
      "    tests:\n      - dbt_utils.unique_combination_of_columns:\n          combination_of_columns: [id, code]\n";
  files.texts["tests/no_negative.sql"] = "select * from {{ ref('big_orders') }} where amount < 0\n";
  return files;
}

/// Answers every test with the number of failures that is set for a part of its SQL.
class NotingWarehouse final : public Warehouse {
 public:
  Result<QueryRows> Query(const std::string& sql) override {
    queries.push_back(sql);
    int64_t failures = 0;
    for (const auto& [part, count] : failures_by_part) {
      if (sql.find(part) != std::string::npos) failures = count;
    }
    return QueryRows{{"failures", "should_warn", "should_error"},
                     {{jinja::Value(failures), jinja::Value(failures != 0), jinja::Value(failures != 0)}}};
  }
  Result<std::optional<std::vector<ColumnInfo>>> ColumnsOf(const Relation& relation) override {
    const auto found = tables.find(relation.table);
    if (found == tables.end()) return std::optional<std::vector<ColumnInfo>>();
    return std::optional(found->second);
  }
  Result<Built> Build(const Materialization& made) override {
    if (broken.contains(made.relation.table)) return Fail(ErrorCode::kInvalidArgument, "no such column: x");
    built.push_back(made);
    return Built{made.write == WriteKind::kView ? std::nullopt : std::optional<uint64_t>(2)};
  }

  std::map<std::string, std::vector<ColumnInfo>> tables;
  std::map<std::string, int64_t> failures_by_part;
  std::set<std::string> broken;
  std::vector<std::string> queries;
  std::vector<Materialization> built;
};

}  // namespace tarn::dbt
