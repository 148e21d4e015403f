// SPDX-License-Identifier: Apache-2.0
#include "lake/catalog.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::lake {
namespace {

using TableMap = std::map<std::string, std::vector<std::string>>;

class FixedTables final : public LayerTables {
 public:
  explicit FixedTables(TableMap tables) : tables_(std::move(tables)) {}

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>&) override {
    for (const auto& name : tables_[domain]) {
      if (name == table) return std::make_shared<const engine::BoundTable>();
    }
    return Fail(ErrorCode::kNotFound, "no such table: " + table);
  }
  Result<std::vector<std::string>> Domains() override {
    std::vector<std::string> domains;
    for (const auto& [domain, names] : tables_) domains.push_back(domain);
    return domains;
  }
  Result<std::vector<std::string>> Tables(const std::string& domain) override { return tables_[domain]; }

 private:
  TableMap tables_;
};

TEST(CatalogTest, ListsAllLayersInOrderAndFiltersByDomainAndLayer) {
  FixedTables silver(TableMap{{"sales", {"orders"}}, {"web", {"events"}}});
  FixedTables gold(TableMap{{"sales", {"daily"}}});
  Catalog catalog;
  catalog.AddLayer("silver", silver);
  catalog.AddLayer("gold", gold);
  ASSERT_OK_AND_ASSIGN(const auto all, catalog.List("", ""));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].ToString(), "sales.gold.daily");
  EXPECT_EQ(all[1].ToString(), "sales.silver.orders");
  ASSERT_OK_AND_ASSIGN(const auto web, catalog.List("web", "silver"));
  ASSERT_EQ(web.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto domains, catalog.Domains());
  EXPECT_EQ(domains, (std::vector<std::string>{"sales", "web"}));
}

TEST(CatalogTest, UnknownLayerAndTableAreNotFound) {
  FixedTables silver(TableMap{{"sales", {"orders"}}});
  Catalog catalog;
  catalog.AddLayer("silver", silver);
  EXPECT_THAT(catalog.Resolve({"sales", "platinum", "orders"}, std::nullopt), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(catalog.Resolve({"sales", "silver", "nope"}, std::nullopt), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(catalog.Resolve({"sales", "silver", "orders"}, std::nullopt), IsOk());
}

}  // namespace
}  // namespace tarn::lake
