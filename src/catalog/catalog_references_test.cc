// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog_references.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "catalog/foreign_tables.h"
#include "catalog/registry.h"
#include "store/faulty/faulty_store.h"
#include "store/memory/memory_store.h"
#include "table/iceberg/table_updates.h"

namespace tarn::catalog {
namespace {

using table::iceberg::TableMetadata;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CatalogReferencesTest : public testing::Test {
 protected:
  TableMetadata NewMetadata(const std::string& home) {
    table::iceberg::NewTable table;
    table.uuid = "3f0c9f6e-5c1d-4f5e-9a55-1f0a6d7b2c11";
    table.location = tables_.UriOf(home);
    const auto schema =
        codec::ParseOrderedJson(R"({"type":"struct","fields":[{"id":1,"name":"a","required":false,"type":"long"}]})");
    EXPECT_THAT(schema, IsOk());
    table.schema = *schema;
    auto metadata = table::iceberg::MakeNewMetadata(std::move(table), clock_.Now());
    EXPECT_THAT(metadata, IsOk());
    return *std::move(metadata);
  }

  void Create(const std::string& home) { ASSERT_THAT(tables_.Create(home, NewMetadata(home)), IsOk()); }

  void Name(const std::string& name, const std::string& home) {
    ASSERT_THAT(registry_.Update([&](RegistryDocument& document) -> Status {
      document.namespaces.emplace(Namespace{"mine"}, Properties());
      document.tables[{{"mine"}, name}] = {home, ""};
      return {};
    }),
                IsOk());
  }

  /// A commit to both tables.
  Status Together(const std::vector<std::string>& homes) {
    std::vector<ForeignTables::Part> parts;
    for (const auto& home : homes) {
      parts.push_back({{home, ""}, [](const LoadedTable& base) -> Result<TableMetadata> { return *base.metadata; }});
    }
    return tables_.CommitTogether(parts);
  }

  std::vector<std::string> Keys(const std::string& prefix) {
    std::vector<std::string> keys;
    const auto listed = store_.List(prefix);
    EXPECT_THAT(listed, IsOk());
    for (const auto& object : *listed) keys.push_back(object.key);
    return keys;
  }

  /// Objects of the folders that need not stay.
  std::vector<std::string> Orphans() {
    std::vector<std::string> orphans;
    const auto folders = references_.Folders();
    EXPECT_THAT(folders, IsOk());
    for (const auto& folder : *folders) {
      const auto keeps = references_.Load(folder);
      EXPECT_THAT(keeps, IsOk());
      for (const auto& key : Keys(folder)) {
        if (!(*keeps)(key)) orphans.push_back(key);
      }
    }
    return orphans;
  }

  ManualClock clock_{{1'767'225'600'000'000}};
  SeededRandomness randomness_{7};
  store::MemoryStore store_;
  store::FaultyStore faulty_{store_};
  Registry registry_{store_, clock_, {}};
  ForeignTables tables_{store_, clock_, randomness_, {}};
  CatalogReferences references_{faulty_, clock_};
};

TEST_F(CatalogReferencesTest, ACreationThatNeverGotItsNameLeavesAnOrphan) {
  Create("catalog/one");
  EXPECT_THAT(Orphans(), ElementsAre("catalog/one/metadata/v1.metadata.json"));
  Name("one", "catalog/one");
  EXPECT_THAT(Orphans(), IsEmpty());
}

TEST_F(CatalogReferencesTest, WhatMayHaveBeenATableStays) {
  Create("catalog/written");
  const store::PutRequest file{"catalog/written/data/a.parquet", "rows"};
  ASSERT_THAT(store_.PutAll({&file, 1}), IsOk());
  Create("catalog/committed");
  ASSERT_THAT(tables_.Commit({"catalog/committed", ""},
                             [](const LoadedTable& base) -> Result<TableMetadata> { return *base.metadata; }),
              IsOk());
  Create("catalog/filled");
  const std::string key = "catalog/filled/metadata/v1.metadata.json";
  ASSERT_OK_AND_ASSIGN(const auto body, store_.Get(key));
  auto document = codec::OrderedJson::parse(body);
  document["snapshots"].push_back({{"snapshot-id", 5},
                                   {"sequence-number", 1},
                                   {"timestamp-ms", 1'767'225'600'000},
                                   {"summary", {{"operation", "append"}}},
                                   {"manifest-list", "elsewhere/list.avro"},
                                   {"schema-id", 0}});
  ASSERT_THAT(store_.Delete(key), IsOk());
  ASSERT_THAT(store_.PutIfAbsent(key, codec::Dump(document)), IsOk());
  EXPECT_THAT(Orphans(), IsEmpty());
}

TEST_F(CatalogReferencesTest, AHomeThatCannotBeReadIsNotJudged) {
  const store::PutRequest broken{"catalog/broken/metadata/v1.metadata.json", "{"};
  ASSERT_THAT(store_.PutAll({&broken, 1}), IsOk());
  EXPECT_FALSE(references_.Load("catalog/broken/"));
}

TEST_F(CatalogReferencesTest, ADecisionStaysAsLongAsAVersionItDecidedIsThere) {
  for (const auto* name : {"one", "two"}) {
    Create(std::string("catalog/") + name);
    Name(name, std::string("catalog/") + name);
  }
  ASSERT_THAT(Together({"catalog/one", "catalog/two"}), IsOk());
  const auto decisions = Keys("_control/tx/");
  ASSERT_THAT(decisions, SizeIs(1));
  EXPECT_THAT(Orphans(), IsEmpty());
  ASSERT_THAT(tables_.Purge("catalog/one"), IsOk());
  EXPECT_THAT(Orphans(), IsEmpty()) << "the other table's version counts by it";
  ASSERT_THAT(tables_.Purge("catalog/two"), IsOk());
  EXPECT_EQ(Orphans(), decisions);
}

TEST_F(CatalogReferencesTest, ADecisionThatDoesNotSayWhatItIsAboutStays) {
  const store::PutRequest old{"_control/tx/x/00000000000000000001.json",
                              R"({"version":1,"state":"committed","at":"2026-01-01T00:00:00Z"})"};
  ASSERT_THAT(store_.PutAll({&old, 1}), IsOk());
  EXPECT_THAT(Orphans(), IsEmpty());
}

TEST_F(CatalogReferencesTest, AnAnswerThatFailsJudgesNothing) {
  for (const auto* name : {"one", "two"}) Create(std::string("catalog/") + name);
  ASSERT_THAT(Together({"catalog/one", "catalog/two"}), IsOk());
  faulty_.Inject({.operation = store::StoreOperation::kHead, .times = UINT64_MAX});
  EXPECT_FALSE(references_.Load("_control/tx/"));
}

}  // namespace
}  // namespace tarn::catalog
