// SPDX-License-Identifier: Apache-2.0
// What is built in renders; what it means is compared with dbt itself in tests/interop.
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "dbt/compiler.h"
#include "dbt/project_testing.h"

namespace tarn::dbt {
namespace {

/// The SQL of a model in a project with a table `countries` of code and name.
std::string Compiled(const std::string& model) {
  auto files = ShopFiles();
  files.texts["models/probe.sql"] = model;
  auto settings = TestSettings();
  const auto loaded = LoadProject(files, settings);
  if (!loaded) return "error: " + loaded.error().message;
  NotingWarehouse warehouse;
  warehouse.tables["countries"] = {{"code", "VARCHAR"}, {"name", "VARCHAR"}};
  Compiler compiler({loaded->project, *loaded->macros, settings}, &warehouse);
  const auto compiled = compiler.Compile(*loaded->project.Find("model.shop.probe"));
  return compiled ? compiled->sql : "error: " + compiled.error().message;
}

struct Case {
  const char* model;
  const char* sql;
};
class BuiltIns : public testing::TestWithParam<Case> {};
TEST_P(BuiltIns, RenderAsDocumented) { EXPECT_EQ(Compiled(GetParam().model), GetParam().sql); }

INSTANTIATE_TEST_SUITE_P(
    Macros, BuiltIns,
    testing::Values(
        Case{"{{ dbt_utils.generate_surrogate_key(['a', 'b']) }}",
             "md5(cast(coalesce(cast(a as varchar), '_dbt_utils_surrogate_key_null_') || '-' || coalesce(cast(b as "
             "varchar), '_dbt_utils_surrogate_key_null_') as varchar))"},
        Case{"{{ dbt_utils.star(ref('countries')) }}", "\"code\",\n  \"name\""},
        Case{"{{ dbt_utils.star(from=ref('countries'), except=['NAME'], relation_alias='c', prefix='p_') }}",
             "c.\"code\" as \"p_code\""},
        Case{"{{ dbt_utils.safe_divide('a', 'b') }} {{ dbt_utils.group_by(3) }}",
             "( a ) / nullif( ( b ), 0) group by 1,2,3"},
        Case{"{{ dbt_utils.pivot('size', ['S', \"it's\"]) }}",
             "sum(case when size = 'S' then 1 else 0 end) as \"S\",\n  sum(case when size = 'it''s' then 1 else 0 end) "
             "as \"it's\""},
        Case{"{{ dbt.dateadd('day', -3, 'now()') }} {{ dbt.type_string() }} {{ dateadd('hour', 1, 'x') }}",
             "date_add(now(), interval (-3) day) varchar date_add(x, interval (1) hour)"},
        Case{"{{ dbt_utils.union_relations([ref('countries'), ref('countries')], source_column_name='origin') }}",
             "(select cast('\"shop\".\"gold\".\"countries\"' as varchar) as origin, cast(\"code\" as VARCHAR) as "
             "\"code\", cast(\"name\" as VARCHAR) as \"name\" from \"shop\".\"gold\".\"countries\")\n"
             "union all\n"
             "(select cast('\"shop\".\"gold\".\"countries\"' as varchar) as origin, cast(\"code\" as VARCHAR) as "
             "\"code\", cast(\"name\" as VARCHAR) as \"name\" from \"shop\".\"gold\".\"countries\")"},
        Case{"{{ target.name }} {{ target.type }} {{ this }} {{ env_var('REGION') }} {{ env_var('NONE', 'x') }}",
             "tarn duckdb \"shop\".\"gold\".\"probe\" eu x"},
        Case{"{{ run_started_at.strftime('%Y-%m-%d %H:%M') }} {{ execute }} {{ var('minimum') + 1 }}",
             "1970-01-01 00:00 True 11"},
        Case{"{% if execute %}{% set rows = run_query('select 1') %}{{ rows.columns[0].values()[0] }}{{ "
             "rows.rows[0]['failures'] }}{% endif %}",
             "00"},
        Case{"{% if execute %}{%- call statement('q', fetch_result=True) -%}select 1{%- endcall -%}{{ "
             "load_result('q')['data'][0][0] }}{% endif %}",
             "0"},
        Case{"{{ adapter.dispatch('safe_divide', 'dbt_utils')('a', 'b') }}", "( a ) / nullif( ( b ), 0)"},
        Case{"{{ fromjson('{\"a\": [1]}').a[0] }}{{ tojson({'a': 1}) }}{{ zip([1], [2]) }}", "1{\"a\": 1}[(1, 2)]"}));

INSTANTIATE_TEST_SUITE_P(
    Refusals, BuiltIns,
    testing::Values(Case{"{{ modules.datetime }}", "error: models/probe.sql:1: not supported: modules"},
                    Case{"\n{{ adapter.drop_relation(this) }}",
                         "error: models/probe.sql:2: not supported: adapter.drop_relation"},
                    Case{"{{ exceptions.raise_compiler_error('stop here') }}", "error: models/probe.sql:1: stop here"},
                    Case{"{{ env_var('NONE') }}", "error: models/probe.sql:1: the environment has no variable NONE"}));

}  // namespace
}  // namespace tarn::dbt
