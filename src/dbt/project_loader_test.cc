// SPDX-License-Identifier: Apache-2.0
#include "dbt/project_loader.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "dbt/compiler.h"
#include "dbt/project_testing.h"
#include "dbt/seed_table.h"
#include "dbt/selector.h"

namespace tarn::dbt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::string MessageOf(const ProjectFiles& files) {
  auto settings = TestSettings();
  const auto loaded = LoadProject(files, settings);
  return loaded ? "loaded" : loaded.error().message;
}

TEST(ProjectLoader, FindsNodesSettingsAndWhatTheyNeed) {
  auto settings = TestSettings();
  ASSERT_OK_AND_ASSIGN(const auto loaded, LoadProject(ShopFiles(), settings));
  const auto& project = loaded.project;
  const auto* model = project.Find("model.shop.big_orders");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->materialized(), "table");
  EXPECT_THAT(model->tags, ElementsAre("mart"));
  EXPECT_EQ(model->description, "large ones");
  EXPECT_EQ(model->relation.ToSql(), "\"shop\".\"gold\".\"big_orders\"");
  EXPECT_THAT(model->depends_on, ElementsAre("model.shop.stg_orders", "seed.shop.countries"));
  EXPECT_EQ(project.Find("model.shop.stg_orders")->materialized(), "view");
  EXPECT_EQ(project.Find("source.shop.raw.orders")->relation.ToSql(), "\"shop\".\"silver\".\"orders\"");
}

TEST(ProjectLoader, NamesTestsAsDbtDoes) {
  auto settings = TestSettings();
  ASSERT_OK_AND_ASSIGN(const auto loaded, LoadProject(ShopFiles(), settings));
  std::vector<std::string> names;
  for (const auto& [id, node] : loaded.project.nodes) {
    if (node.kind == NodeKind::kTest) names.push_back(node.name);
  }
  EXPECT_THAT(names, UnorderedElementsAre("unique_big_orders_id", "not_null_big_orders_id",
                                          "accepted_values_big_orders_code__de__fr",
                                          "relationships_big_orders_code__code__ref_countries_",
                                          "dbt_utils_unique_combination_of_columns_big_orders_id__code",
                                          "source_not_null_raw_orders_id", "no_negative"));
}

TEST(ProjectLoader, CompilesModelsAndTests) {
  auto settings = TestSettings();
  ASSERT_OK_AND_ASSIGN(const auto loaded, LoadProject(ShopFiles(), settings));
  Compiler compiler({loaded.project, *loaded.macros, settings}, nullptr);
  ASSERT_OK_AND_ASSIGN(const auto model, compiler.Compile(*loaded.project.Find("model.shop.big_orders")));
  EXPECT_EQ(model.sql,
            "\nselect o.* from \"shop\".\"gold\".\"stg_orders\" o join \"shop\".\"gold\".\"countries\" c using "
            "(code)\nwhere amount > 10");
  for (const auto& [id, node] : loaded.project.nodes) {
    if (node.name != "not_null_big_orders_id") continue;
    ASSERT_OK_AND_ASSIGN(const auto test, compiler.Compile(node));
    EXPECT_THAT(
        test.sql,
        HasSubstr("from (select * from \"shop\".\"gold\".\"big_orders\" where id > 0) dbt_subquery where id is null"));
    EXPECT_THAT(TestStatement(test), HasSubstr("count(*) != 0 as should_error"));
  }
}

TEST(ProjectLoader, PutsEphemeralModelsInFront) {
  auto files = ShopFiles();
  files.texts["models/staging/stg_orders.sql"] = "{{ config(materialized='ephemeral') }}select 1 as id;\n";
  auto settings = TestSettings();
  ASSERT_OK_AND_ASSIGN(const auto loaded, LoadProject(files, settings));
  Compiler compiler({loaded.project, *loaded.macros, settings}, nullptr);
  ASSERT_OK_AND_ASSIGN(const auto model, compiler.Compile(*loaded.project.Find("model.shop.big_orders")));
  EXPECT_THAT(model.sql, testing::StartsWith("with __dbt__cte__stg_orders as (\nselect 1 as id\n)\nselect * from ("));
}

TEST(ProjectLoader, RefusesWithFileAndLine) {
  struct Wrong {
    const char* path;
    const char* text;
    const char* message;
  };
  const Wrong wrongs[] = {
      {"models/a.sql", "\nselect * from {{ ref('nowhere') }}",
       "models/a.sql:2: a refers to a model or seed that is not there: nowhere"},
      {"models/a.sql", "select {{ source('raw', 'x') }}",
       "models/a.sql:1: a refers to a source that is not there: raw.x"},
      {"models/a.py", "def model(dbt, session): ...", "models/a.py:1: not supported: models in Python"},
      {"models/a.sql", "{{ config(materialized='materialized_view') }}",
       "models/a.sql:1: not supported: materialized='materialized_view' of a"},
      {"models/a.sql", "\n{{ config(pre_hook='x') }}", "models/a.sql:2: not supported: pre_hook of a"},
      {"models/a.sql", "select {{ var('none_such') }}",
       "models/a.sql:1: no value is given for the variable none_such; use --vars or vars:"},
      {"models/a.sql", "{{ ref('big_orders', v=2) }}", "models/a.sql:1: not supported: versions of models in ref()"},
      {"snapshots/s.sql", "{% snapshot s %}{% endsnapshot %}", "snapshots/s.sql:1: a snapshot needs a unique_key: s"},
      {"snapshots/s.sql", "\n{% snapshot s %}select 1", "snapshots/s.sql:2: {% snapshot %} without {% endsnapshot %}"},
      {"snapshots/s.sql", "{% snapshot s %}\n{{ config(unique_key='a', strategy='guess') }}{% endsnapshot %}",
       "snapshots/s.sql:2: the strategy of a snapshot is timestamp or check, not 'guess': s"},
      {"snapshots/s.sql",
       "{% snapshot s %}\n{{ config(unique_key='a', strategy='check', check_cols='all', hard_deletes='new_record') }}"
       "{% endsnapshot %}",
       "snapshots/s.sql:2: not supported: hard_deletes='new_record': s"},
      {"models/u.yml", "version: 2\nunit_tests:\n  - name: x\n",
       "models/u.yml:2: not supported: unit_tests in property files"},
      {"models/s.yml", "sources:\n  - name: lake\n    tables: [{name: t}]\n",
       "models/s.yml:2: the schema of source lake must be bronze or silver (or gold, quarantine, external), not lake"},
      {"models/t.yml", "models:\n  - name: big_orders\n    tests: [shiny]\n",
       "models/t.yml:2: there is no generic test of this name: shiny"},
      {"models/v.yml", "models:\n  - name: big_orders\n    versions: [{v: 1}]\n",
       "models/v.yml:2: not supported: versions of model big_orders"},
  };
  for (const auto& wrong : wrongs) {
    auto files = ShopFiles();
    files.texts[wrong.path] = wrong.text;
    EXPECT_THAT(MessageOf(files), testing::StartsWith(wrong.message)) << wrong.text;
  }
}

TEST(Graph, NamesTheCycle) {
  auto files = ShopFiles();
  files.texts["models/a.sql"] = "select * from {{ ref('b') }}";
  files.texts["models/b.sql"] = "select * from {{ ref('c') }}";
  files.texts["models/c.sql"] = "select * from {{ ref('a') }}";
  auto settings = TestSettings();
  ASSERT_OK_AND_ASSIGN(const auto loaded, LoadProject(files, settings));
  const auto graph = Graph::Of(loaded.project);
  ASSERT_THAT(graph, ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(graph.error().message,
            "these nodes need each other in a circle: model.shop.c -> model.shop.b -> model.shop.a -> model.shop.c");
}

class Selectors : public testing::TestWithParam<std::pair<Selection, std::vector<std::string>>> {};

TEST_P(Selectors, ChooseWhatDbtWould) {
  auto settings = TestSettings();
  ASSERT_OK_AND_ASSIGN(const auto loaded, LoadProject(ShopFiles(), settings));
  ASSERT_OK_AND_ASSIGN(const auto graph, Graph::Of(loaded.project));
  ASSERT_OK_AND_ASSIGN(const auto ids, SelectNodes(loaded.project, graph, GetParam().first));
  std::vector<std::string> names;
  for (const auto& id : ids) {
    const auto* node = loaded.project.Find(id);
    if (node->kind != NodeKind::kTest) names.push_back(node->name);
  }
  EXPECT_THAT(names, testing::UnorderedElementsAreArray(GetParam().second));
}

INSTANTIATE_TEST_SUITE_P(
    Words, Selectors,
    testing::Values(
        std::pair{Selection{{"stg_orders"}, {}}, std::vector<std::string>{"stg_orders"}},
        std::pair{Selection{{"+stg_orders"}, {}}, std::vector<std::string>{"stg_orders", "orders"}},
        std::pair{Selection{{"stg_orders+"}, {}}, std::vector<std::string>{"stg_orders", "big_orders"}},
        std::pair{Selection{{"1+big_orders"}, {}}, std::vector<std::string>{"stg_orders", "countries", "big_orders"}},
        std::pair{Selection{{"@stg_orders"}, {}},
                  std::vector<std::string>{"stg_orders", "countries", "big_orders", "orders"}},
        std::pair{Selection{{"tag:stage"}, {}}, std::vector<std::string>{"stg_orders"}},
        std::pair{Selection{{"path:models/marts"}, {}}, std::vector<std::string>{"big_orders"}},
        std::pair{Selection{{"models/staging"}, {}}, std::vector<std::string>{"stg_orders"}},
        std::pair{Selection{{"staging"}, {}}, std::vector<std::string>{"stg_orders"}},
        std::pair{Selection{{"source:raw+"}, {}}, std::vector<std::string>{"orders", "stg_orders", "big_orders"}},
        std::pair{Selection{{"config.materialized:table"}, {}}, std::vector<std::string>{"big_orders"}},
        std::pair{Selection{{"stg_orders countries"}, {}}, std::vector<std::string>{"stg_orders", "countries"}},
        std::pair{Selection{{"stg_orders+,tag:mart"}, {}}, std::vector<std::string>{"big_orders"}},
        std::pair{Selection{{}, {"big_orders", "source:*"}}, std::vector<std::string>{"stg_orders", "countries"}},
        std::pair{Selection{{"*orders"}, {"tag:mart"}}, std::vector<std::string>{"stg_orders"}},
        std::pair{Selection{{"resource_type:seed"}, {}}, std::vector<std::string>{"countries"}}));

TEST(SelectorErrors, UnknownMethodsAreRefused) {
  auto settings = TestSettings();
  ASSERT_OK_AND_ASSIGN(const auto loaded, LoadProject(ShopFiles(), settings));
  ASSERT_OK_AND_ASSIGN(const auto graph, Graph::Of(loaded.project));
  EXPECT_THAT(SelectNodes(loaded.project, graph, {{"state:modified"}, {}}), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(SelectNodes(loaded.project, graph, {{"colour:red"}, {}}), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(SeedTable, FindsTypesAndKeepsNulls) {
  Node seed;
  seed.path = "seeds/s.csv";
  ASSERT_OK_AND_ASSIGN(
      const auto sql,
      SeedSelect(seed, "id,price,day,at,ok,name\n1,2.5,2026-01-02,2026-01-02 03:04:05,true,it's\n,3,,,,\n"));
  EXPECT_EQ(
      sql,
      "select cast(\"id\" as bigint) as \"id\", cast(\"price\" as double) as \"price\", cast(\"day\" as date) as "
      "\"day\", "
      "cast(\"at\" as timestamp) as \"at\", cast(\"ok\" as boolean) as \"ok\", cast(\"name\" as varchar) as \"name\"\n"
      "from (values \n('1', '2.5', '2026-01-02', '2026-01-02 03:04:05', 'true', 'it''s'),\n"
      "(null, '3', null, null, null, null)) as seed(\"id\", \"price\", \"day\", \"at\", \"ok\", \"name\")");
  const auto ragged = SeedSelect(seed, "a,b\n1,2\n3\n");
  ASSERT_THAT(ragged, ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(ragged.error().message, "seeds/s.csv:3: the row has 1 columns, the first line 2");
}

}  // namespace
}  // namespace tarn::dbt
