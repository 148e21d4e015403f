// SPDX-License-Identifier: Apache-2.0
#include "api/iceberg_rest/catalog_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/result_matchers.h"

namespace tarn::api::iceberg_rest {
namespace {

using engine::BoundTable;
using engine::BoundTablePtr;

/// A layer that holds what a test puts there.
class FixedTables final : public lake::LayerTables {
 public:
  std::map<std::pair<std::string, std::string>, BoundTablePtr> tables;
  bool is_down = false;

  Result<BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                const std::optional<engine::TimeTravel>&) override {
    if (is_down) return Fail(ErrorCode::kUnavailable, "the store does not answer");
    const auto found = tables.find({domain, table});
    if (found == tables.end()) return Fail(ErrorCode::kNotFound, "no such table");
    return found->second;
  }
  Result<std::vector<std::string>> Domains() override {
    std::vector<std::string> domains;
    for (const auto& [name, bound] : tables) {
      if (std::ranges::find(domains, name.first) == domains.end()) domains.push_back(name.first);
    }
    return domains;
  }
  Result<std::vector<std::string>> Tables(const std::string& domain) override {
    std::vector<std::string> names;
    for (const auto& [name, bound] : tables) {
      if (name.first == domain) names.push_back(name.second);
    }
    return names;
  }
};

BoundTablePtr TableOf(const std::string& format, int64_t version = 3) {
  auto snapshot = std::make_shared<table::Snapshot>();
  snapshot->version = version;
  snapshot->format = format;
  auto state = std::make_shared<table::iceberg::IcebergState>();
  state->metadata_uri = "file:///lake/t/metadata/v3.metadata.json";
  snapshot->format_state = std::move(state);
  auto bound = std::make_shared<BoundTable>();
  bound->source = table::PinnedTable{.location = "t", .snapshot = std::move(snapshot), .files = {}};
  return bound;
}

class CatalogViewTest : public ::testing::Test {
 protected:
  CatalogViewTest() {
    silver_.tables = {{{"shop", "orders"}, TableOf("iceberg")},
                      {{"shop", "other"}, TableOf("delta")},
                      {{"shop", "empty"}, TableOf("iceberg", -1)},
                      {{"farm", "herds"}, TableOf("iceberg")}};
    auto view = std::make_shared<BoundTable>();
    view->source = engine::View{.sql = "SELECT 1"};
    gold_.tables = {{{"shop", "daily"}, TableOf("iceberg")}, {{"shop", "shown"}, view}};
    bronze_.tables = {{{"mine", "raw"}, view}};
    catalog_.AddLayer("silver", silver_);
    catalog_.AddLayer("gold", gold_);
    catalog_.AddLayer("bronze", bronze_);
  }

  FixedTables silver_;
  FixedTables gold_;
  FixedTables bronze_;
  lake::Catalog catalog_;
  CatalogView view_{catalog_};
};

TEST_F(CatalogViewTest, DomainsAndTheirLayersAreNamespaces) {
  EXPECT_EQ(view_.Children({}).value(), (std::vector<Namespace>{{"farm"}, {"shop"}}));
  EXPECT_EQ(view_.Children({"shop"}).value(), (std::vector<Namespace>{{"shop", "gold"}, {"shop", "silver"}}));
  EXPECT_EQ(view_.Children({"shop", "gold"}).value(), std::vector<Namespace>());
  EXPECT_TRUE(view_.Exists({"farm"}).value());
  EXPECT_TRUE(view_.Exists({"farm", "silver"}).value());
  EXPECT_FALSE(view_.Exists({"farm", "gold"}).value());
  EXPECT_FALSE(view_.Exists({"mine"}).value()) << "bronze has no tables of Iceberg's";
}

TEST_F(CatalogViewTest, OnlyIcebergTablesThatExistAreShown) {
  EXPECT_EQ(view_.Tables({"shop", "silver"}).value(), std::vector<std::string>{"orders"});
  EXPECT_EQ(view_.Tables({"shop", "gold"}).value(), std::vector<std::string>{"daily"});
  EXPECT_EQ(view_.Tables({"shop"}).value(), std::vector<std::string>());
  EXPECT_EQ(view_.Tables({"mine", "bronze"}).value(), std::vector<std::string>());
}

TEST_F(CatalogViewTest, TableIsFoundWithItsState) {
  ASSERT_OK_AND_ASSIGN(const auto found, view_.Find({"shop", "silver"}, "orders"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state->metadata_uri, "file:///lake/t/metadata/v3.metadata.json");
  for (const char* name : {"other", "empty", "nothing"}) {
    EXPECT_FALSE(view_.Find({"shop", "silver"}, name).value()) << name;
  }
  EXPECT_FALSE(view_.Find({"shop", "gold"}, "shown").value());
  EXPECT_FALSE(view_.Find({"mine", "bronze"}, "raw").value());
}

TEST_F(CatalogViewTest, StoreThatDoesNotAnswerIsNoMissingTable) {
  silver_.is_down = true;
  EXPECT_THAT(view_.Find({"shop", "silver"}, "orders"), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(view_.Tables({"shop", "silver"}), ErrorIs(ErrorCode::kUnavailable));
}

TEST(NamespaceNames, LevelsAreSplitAtTheUnitSeparator) {
  EXPECT_EQ(ParseNamespace("shop"), Namespace{"shop"});
  EXPECT_EQ(ParseNamespace("shop\x1fsilver"), (Namespace{"shop", "silver"}));
  for (const char* text : {"", "\x1f", "shop\x1f", "\x1fsilver",
                           "a\x1f\x1f"
                           "b",
                           "a\x1f"
                           "b\x1f"
                           "c"}) {
    EXPECT_EQ(ParseNamespace(text), std::nullopt) << text;
  }
  EXPECT_EQ(NamespaceName({"shop", "silver"}), "shop.silver");
}

}  // namespace
}  // namespace tarn::api::iceberg_rest
