// SPDX-License-Identifier: Apache-2.0
#include "catalog/iceberg_catalog.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "catalog/external_tables.h"
#include "lake/keys.h"
#include "store/memory/memory_store.h"
#include "table/iceberg/iceberg_format.h"
#include "table/iceberg/metadata_json.h"
#include "table/scripted_store_testing.h"

namespace tarn::catalog {
namespace {

using codec::OrderedJson;
using table::ScriptedStore;
using PutFate = ScriptedStore::PutFate;

const Namespace kMine = {"mine"};
const TableName kTable = {kMine, "t"};

OrderedJson Json(std::string_view text) {
  auto json = codec::ParseOrderedJson(text);
  EXPECT_THAT(json, IsOk()) << text;
  return json ? *json : OrderedJson();
}

const OrderedJson kNone = OrderedJson::array();

OrderedJson SetProperty(const std::string& name, const std::string& value = "1") {
  return Json(R"([{"action":"set-properties","updates":{")" + name + R"(":")" + value + R"("}}])");
}

table::iceberg::NewTable NewTable(const std::string& location = "") {
  table::iceberg::NewTable table;
  table.schema = Json(R"({"type":"struct","fields":[{"id":1,"name":"a","required":false,"type":"long"}]})");
  table.location = location;
  return table;
}

/// Silver with the tables that lie there.
class SilverTables final : public lake::LayerTables {
 public:
  explicit SilverTables(lake::OpenTables& tables) : tables_(tables) {}

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>&) override {
    const std::string location = lake::SilverLocation(domain, table, 1);
    TARN_ASSIGN(const auto snapshot, tables_.Get(location)->Load());
    if (!snapshot->exists()) return Fail(ErrorCode::kNotFound, "no such table");
    auto bound = std::make_shared<engine::BoundTable>();
    bound->source = table::PinnedTable{location, snapshot, snapshot->files};
    return engine::BoundTablePtr(std::move(bound));
  }
  Result<std::vector<std::string>> Domains() override { return std::vector<std::string>{"shop"}; }
  Result<std::vector<std::string>> Tables(const std::string&) override {
    return std::vector<std::string>{"orders", "empty"};
  }

 private:
  lake::OpenTables& tables_;
};

class IcebergCatalogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    names_.AddLayer("silver", silver_);
    ASSERT_THAT(Orders()->Commit([](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
      table::CommitIntent intent;
      intent.operation = "CREATE";
      intent.schema =
          table::Schema{.fields = {{.id = 1, .name = "id", .type = table::Scalar(table::TypeKind::kInt64)}}};
      intent.transactions = {{"tarn-bronze", 3}};
      return std::optional(intent);
    }),
                IsOk());
    ASSERT_THAT(catalog_.CreateNamespace(kMine, {{"owner", "me"}}), IsOk());
  }

  std::shared_ptr<table::Table> Orders() { return tables_.Get("silver/shop/orders"); }

  std::vector<std::string> KeysBelow(const std::string& prefix) {
    std::vector<std::string> keys;
    const auto listed = memory_.List(prefix);
    EXPECT_THAT(listed, IsOk());
    for (const auto& object : *listed) keys.push_back(object.key);
    return keys;
  }

  /// As another process would have it.
  IcebergCatalog Another() { return IcebergCatalog({memory_, names_, tables_, clock_, randomness_, {}}); }

  SystemClock clock_;
  SystemRandomness randomness_;
  store::MemoryStore memory_;
  ScriptedStore store_{memory_};
  table::iceberg::IcebergFormat format_{{.writer_version = "1", .root = "memory:", .parquet = nullptr}};
  lake::OpenTables tables_{{.store = memory_, .format = format_, .clock = clock_, .randomness = randomness_}};
  SilverTables silver_{tables_};
  lake::Catalog names_;
  IcebergCatalog catalog_{{store_, names_, tables_, clock_, randomness_, {}}};
};

TEST_F(IcebergCatalogTest, NamespacesOfOthersLieBesideTheLakes) {
  ASSERT_THAT(catalog_.CreateNamespace({"shop", "extra"}, {}), IsOk()) << "a domain of the lake can be a parent";
  EXPECT_EQ(catalog_.Children({}).value(), (std::vector<Namespace>{{"mine"}, {"shop"}}));
  EXPECT_EQ(catalog_.Children({"shop"}).value(), (std::vector<Namespace>{{"shop", "extra"}, {"shop", "silver"}}));
  EXPECT_EQ(catalog_.LoadNamespace(kMine).value(), (Properties{{"location", "memory:/catalog/mine"}, {"owner", "me"}}));
  EXPECT_EQ(Another().LoadNamespace(kMine).value(), catalog_.LoadNamespace(kMine).value());
  EXPECT_THAT(catalog_.CreateNamespace(kMine, {}), ErrorIs(ErrorCode::kAlreadyExists));
  EXPECT_THAT(catalog_.CreateNamespace({"shop"}, {}), ErrorIs(ErrorCode::kAlreadyExists));
  EXPECT_THAT(catalog_.CreateNamespace({"farm", "silver"}, {}), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(catalog_.CreateNamespace({"no", "parent"}, {}), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(catalog_.CreateNamespace({"a\nb"}, {}), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(catalog_.DropNamespace({"shop"}), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(catalog_.UpdateNamespace({"shop", "silver"}, {{"a", "b"}}, {}), ErrorIs(ErrorCode::kFailedPrecondition));
  ASSERT_OK_AND_ASSIGN(const auto change, catalog_.UpdateNamespace(kMine, {{"a", "b"}}, {"owner", "none"}));
  EXPECT_EQ(change.removed, std::vector<std::string>{"owner"});
  EXPECT_EQ(change.missing, std::vector<std::string>{"none"});
  EXPECT_EQ(catalog_.LoadNamespace(kMine).value(), (Properties{{"a", "b"}, {"location", "memory:/catalog/mine"}}));
  ASSERT_THAT(catalog_.CreateTable(kTable, NewTable()), IsOk());
  EXPECT_THAT(catalog_.DropNamespace(kMine), ErrorIs(ErrorCode::kFailedPrecondition));
  ASSERT_THAT(catalog_.DropTable(kTable, true), IsOk());
  EXPECT_THAT(catalog_.DropNamespace(kMine), IsOk());
  EXPECT_THAT(catalog_.DropNamespace(kMine), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(IcebergCatalogTest, TableIsMadeCommittedToRenamedAndDropped) {
  ASSERT_OK_AND_ASSIGN(const LoadedTable made, catalog_.CreateTable(kTable, NewTable()));
  EXPECT_TRUE(made.metadata->location.starts_with("memory:/catalog/")) << made.metadata->location;
  EXPECT_EQ(made.metadata_uri, made.metadata->location + "/metadata/v1.metadata.json");
  EXPECT_THAT(catalog_.CreateTable(kTable, NewTable()), ErrorIs(ErrorCode::kAlreadyExists));
  ASSERT_OK_AND_ASSIGN(const LoadedTable changed, catalog_.CommitTable(kTable, kNone, SetProperty("a")));
  EXPECT_EQ(changed.metadata_uri, made.metadata->location + "/metadata/v2.metadata.json");
  EXPECT_EQ(Another().LoadTable(kTable).value().metadata->properties.at("a"), "1");
  EXPECT_THAT(catalog_.CommitTable(kTable, Json(R"([{"type":"assert-table-uuid","uuid":"x"}])"), kNone),
              ErrorIs(ErrorCode::kConflict));
  EXPECT_EQ(catalog_.CommitTable(kTable, kNone, kNone).value().metadata_uri, changed.metadata_uri) << "no change";

  const TableName other{kMine, "other"};
  ASSERT_THAT(catalog_.RenameTable(kTable, other), IsOk());
  EXPECT_THAT(catalog_.LoadTable(kTable), ErrorIs(ErrorCode::kNotFound));
  EXPECT_EQ(catalog_.LoadTable(other).value().metadata_uri, changed.metadata_uri);
  EXPECT_EQ(catalog_.Tables(kMine).value(), std::vector<std::string>{"other"});
  EXPECT_THAT(catalog_.RenameTable(kTable, other), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(catalog_.RenameTable(other, {{"none"}, "t"}), ErrorIs(ErrorCode::kNotFound));

  ASSERT_THAT(catalog_.DropTable(other, false), IsOk());
  EXPECT_EQ(KeysBelow("catalog/").size(), 2U) << "nothing is deleted without being asked to";
  ASSERT_OK_AND_ASSIGN(const LoadedTable back, catalog_.RegisterTable(kTable, changed.metadata_uri, false));
  EXPECT_EQ(back.metadata_uri, changed.metadata_uri);
  ASSERT_OK_AND_ASSIGN(const LoadedTable later, catalog_.CommitTable(kTable, kNone, SetProperty("b")));
  EXPECT_EQ(later.metadata->properties.size(), 2U);
  EXPECT_NE(later.metadata_uri, changed.metadata_uri);
  ASSERT_THAT(catalog_.DropTable(kTable, true), IsOk());
  EXPECT_EQ(KeysBelow("catalog/").size(), 0U);
  EXPECT_THAT(catalog_.DropTable(kTable, true), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(IcebergCatalogTest, StagedTableExistsWithItsFirstCommit) {
  ASSERT_OK_AND_ASSIGN(const auto staged, catalog_.StageTable(kTable, NewTable()));
  EXPECT_THAT(catalog_.LoadTable(kTable), ErrorIs(ErrorCode::kNotFound));
  const OrderedJson create = Json(R"([{"type":"assert-create"}])");
  const OrderedJson updates = Json(R"([{"action":"assign-uuid","uuid":")" + staged.table_uuid + R"("},
      {"action":"set-location","location":")" +
                                   staged.location + R"("},
      {"action":"add-schema","schema":)" +
                                   codec::Dump(staged.schemas.at(0)->json) + R"(},
      {"action":"set-current-schema","schema-id":-1}])");
  ASSERT_OK_AND_ASSIGN(const LoadedTable made, catalog_.CommitTable(kTable, create, updates));
  EXPECT_EQ(made.metadata->table_uuid, staged.table_uuid);
  EXPECT_EQ(made.metadata_uri, staged.location + "/metadata/v1.metadata.json");
  EXPECT_THAT(catalog_.CommitTable(kTable, create, updates), ErrorIs(ErrorCode::kConflict));
  EXPECT_THAT(catalog_.CommitTable({kMine, "none"}, kNone, kNone), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(IcebergCatalogTest, LocationsInTheLakeAreNotAmongItsOwnThings) {
  for (const char* location : {"memory:/silver/shop/orders", "memory:", "memory:/catalog", "memory:/catalog/a/../b",
                               "memory:/catalog/../silver/x", "memory:/_control"}) {
    EXPECT_THAT(catalog_.CreateTable(kTable, NewTable(location)), ErrorIs(ErrorCode::kInvalidArgument)) << location;
  }
  ASSERT_THAT(catalog_.CreateTable(kTable, NewTable("memory:/catalog/a/b")), IsOk());
  for (const char* location : {"memory:/catalog/a", "memory:/catalog/a/b", "memory:/catalog/a/b/c"}) {
    EXPECT_THAT(catalog_.CreateTable({kMine, "u"}, NewTable(location)), ErrorIs(ErrorCode::kInvalidArgument))
        << location;
  }
  EXPECT_THAT(catalog_.CommitTable(kTable, kNone, Json(R"([{"action":"set-location","location":"memory:/gold/x"}])")),
              ErrorIs(ErrorCode::kInvalidArgument));
  ASSERT_THAT(catalog_.CreateTable({kMine, "v"}, NewTable("memory:/imports/v")), IsOk());
  ASSERT_OK_AND_ASSIGN(const LoadedTable outside, catalog_.CreateTable({kMine, "out"}, NewTable("file:/elsewhere/t")));
  EXPECT_EQ(outside.metadata->location, "file:/elsewhere/t");
  EXPECT_TRUE(outside.metadata_uri.starts_with("memory:/catalog/")) << outside.metadata_uri;
}

TEST_F(IcebergCatalogTest, OwnTablesAreGuarded) {
  const TableName orders{{"shop", "silver"}, "orders"};
  EXPECT_EQ(catalog_.Tables({"shop", "silver"}).value(), std::vector<std::string>{"orders"});
  const auto refused = ErrorIs(ErrorCode::kFailedPrecondition);
  EXPECT_THAT(catalog_.DropTable(orders, false), refused);
  EXPECT_THAT(catalog_.RenameTable(orders, kTable), refused);
  EXPECT_THAT(catalog_.CreateTable({{"shop", "silver"}, "new"}, NewTable()), refused);
  EXPECT_THAT(catalog_.CreateTable({{"shop"}, "new"}, NewTable()), refused);
  EXPECT_THAT(catalog_.CommitTable(orders, kNone, SetProperty("tarn.bronze-position", "9")), refused);
  EXPECT_THAT(catalog_.CommitTable(orders, kNone,
                                   Json(R"([{"action":"remove-properties","removals":["tarn.bronze-position"]}])")),
              refused);
  EXPECT_THAT(catalog_.CommitTable(orders, kNone, Json(R"([{"action":"set-location","location":"memory:/x"}])")),
              refused);
  EXPECT_THAT(catalog_.CommitTable(orders, kNone, Json(R"([{"action":"upgrade-format-version","format-version":3}])")),
              refused);
  EXPECT_THAT(catalog_.CommitTable(orders, kNone, Json(R"([{"action":"remove-snapshot-ref","ref-name":"main"}])")),
              refused);
  EXPECT_THAT(catalog_.CommitTable(orders, kNone, SetProperty("write.metadata.compression-codec", "gzip")), refused);
  ASSERT_OK_AND_ASSIGN(const LoadedTable loaded, catalog_.LoadTable(orders));
  EXPECT_THAT(catalog_.RegisterTable(kTable, loaded.metadata_uri, false), refused);

  ASSERT_OK_AND_ASSIGN(const LoadedTable changed, catalog_.CommitTable(orders, kNone, SetProperty("note", "x")));
  ASSERT_OK_AND_ASSIGN(const auto snapshot, Orders()->Load());
  EXPECT_EQ(snapshot->properties.at("note"), "x");
  EXPECT_EQ(snapshot->transactions.at("tarn-bronze"), 3);
  EXPECT_EQ(changed.metadata_uri, "memory:/silver/shop/orders/metadata/v2.metadata.json");
}

TEST_F(IcebergCatalogTest, CommitOfManifestsThatAreNotThereIsRefusedBeforeItHappens) {
  const TableName orders{{"shop", "silver"}, "orders"};
  ASSERT_OK_AND_ASSIGN(const auto before, catalog_.LoadTable(orders));
  const std::string parent = std::to_string(*before.metadata->current_snapshot_id);
  EXPECT_THAT(catalog_.CommitTable(orders, kNone, Json(R"([{"action":"add-snapshot","snapshot":{"snapshot-id":5,
      "parent-snapshot-id":)" + parent + R"(,"sequence-number":2,"timestamp-ms":1,"summary":{"operation":"append"},
      "manifest-list":"memory:/silver/shop/orders/metadata/none.avro"}},
      {"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":5}])")),
              ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(catalog_.LoadTable(orders).value().metadata_uri, before.metadata_uri);
}

TEST_F(IcebergCatalogTest, TablesOfOthersAreALayerOfTheLakes) {
  ExternalTables external(catalog_, memory_);
  ASSERT_THAT(catalog_.CreateNamespace({"mine", "deep"}, {}), IsOk());
  ASSERT_THAT(catalog_.CreateNamespace({"Not a domain"}, {}), IsOk());
  ASSERT_THAT(catalog_.CreateTable({kMine, "T"}, NewTable()), IsOk());
  ASSERT_THAT(catalog_.CreateTable({{"mine", "deep"}, "u"}, NewTable()), IsOk());
  ASSERT_THAT(catalog_.CreateTable({{"Not a domain"}, "v"}, NewTable()), IsOk());
  ASSERT_THAT(catalog_.CreateTable({kMine, "far"}, NewTable("file:/elsewhere/far")), IsOk());
  EXPECT_EQ(external.Domains().value(), std::vector<std::string>{"mine"});
  EXPECT_EQ(external.Tables("mine").value(), (std::vector<std::string>{"deep.u", "far", "t"}));
  ASSERT_OK_AND_ASSIGN(const auto bound, external.Resolve("mine", "t", std::nullopt));
  EXPECT_EQ(bound->visible.fields.at(0).name, "a");
  const auto& pinned = std::get<table::PinnedTable>(bound->source);
  EXPECT_TRUE(pinned.location.starts_with("catalog/")) << pinned.location;
  ASSERT_THAT(external.Resolve("mine", "deep.u", std::nullopt), IsOk());
  EXPECT_THAT(external.Resolve("mine", "none", std::nullopt), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(external.Resolve("mine", "t", engine::TimeTravel(int64_t{1})), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(external.Resolve("mine", "far", std::nullopt), ErrorIs(ErrorCode::kUnsupported));
  // Another version is another snapshot, the same one is not read again.
  ASSERT_THAT(catalog_.CommitTable({kMine, "T"}, kNone, SetProperty("a")), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto later, external.Resolve("mine", "t", std::nullopt));
  EXPECT_NE(std::get<table::PinnedTable>(later->source).snapshot, pinned.snapshot);
  ASSERT_OK_AND_ASSIGN(const auto again, external.Resolve("mine", "t", std::nullopt));
  EXPECT_EQ(std::get<table::PinnedTable>(again->source).snapshot, std::get<table::PinnedTable>(later->source).snapshot);
}

TEST_F(IcebergCatalogTest, LostRacesArePlannedAgain) {
  ASSERT_THAT(catalog_.CreateTable(kTable, NewTable()), IsOk());
  store_.before_put = [&] { EXPECT_THAT(Another().CommitTable(kTable, kNone, SetProperty("theirs")), IsOk()); };
  ASSERT_OK_AND_ASSIGN(const LoadedTable both, catalog_.CommitTable(kTable, kNone, SetProperty("ours")));
  EXPECT_EQ(both.metadata->properties.size(), 2U);
  store_.before_put = [&] { EXPECT_THAT(Another().CreateNamespace({"theirs"}, {}), IsOk()); };
  ASSERT_THAT(catalog_.CreateNamespace({"ours"}, {}), IsOk());
  EXPECT_EQ(Another().Children({}).value(), (std::vector<Namespace>{{"mine"}, {"ours"}, {"shop"}, {"theirs"}}));
  // Two makers of one name: the second learns it, and leaves nothing behind.
  const size_t objects = KeysBelow("catalog/").size();
  store_.before_put = [&] { EXPECT_THAT(Another().CreateTable({kMine, "one"}, NewTable()), IsOk()); };
  EXPECT_THAT(catalog_.CreateTable({kMine, "one"}, NewTable()), ErrorIs(ErrorCode::kAlreadyExists));
  EXPECT_EQ(KeysBelow("catalog/").size(), objects + 1);
}

TEST_F(IcebergCatalogTest, LostAnswersAreReadBack) {
  ASSERT_THAT(catalog_.CreateTable(kTable, NewTable()), IsOk());
  store_.fates = {PutFate::kLostAfter};
  ASSERT_OK_AND_ASSIGN(const LoadedTable done, catalog_.CommitTable(kTable, kNone, SetProperty("a")));
  EXPECT_EQ(Another().LoadTable(kTable).value().metadata_uri, done.metadata_uri);
  store_.fates = {PutFate::kLostBefore};
  EXPECT_THAT(catalog_.CommitTable(kTable, kNone, SetProperty("b")), ErrorIs(ErrorCode::kUnavailable));
  store_.fates = {PutFate::kLostAfter};
  EXPECT_THAT(catalog_.CreateNamespace({"later"}, {}), IsOk());
  EXPECT_TRUE(Another().NamespaceExists({"later"}).value());
}

/// Two tables that commit together.
class SeveralTablesTest : public IcebergCatalogTest {
 protected:
  void SetUp() override {
    IcebergCatalogTest::SetUp();
    ASSERT_THAT(catalog_.CreateTable(kOne, NewTable()), IsOk());
    ASSERT_THAT(catalog_.CreateTable(kTwo, NewTable()), IsOk());
  }

  static IcebergCatalog::TableChange Setting(const TableName& name, const std::string& property) {
    return {name, kNone, SetProperty(property)};
  }
  std::vector<std::string> PropertiesOf(IcebergCatalog& catalog, const TableName& name) {
    std::vector<std::string> names;
    const auto loaded = catalog.LoadTable(name);
    EXPECT_THAT(loaded, IsOk());
    for (const auto& [property, value] : loaded->metadata->properties) names.push_back(property);
    return names;
  }
  /// Both tables as another process sees them.
  void ExpectBoth(const std::vector<std::string>& properties) {
    IcebergCatalog another = Another();
    EXPECT_EQ(PropertiesOf(another, kOne), properties);
    EXPECT_EQ(PropertiesOf(another, kTwo), properties);
  }

  const TableName kOne = {kMine, "one"};
  const TableName kTwo = {kMine, "two"};
};

TEST_F(SeveralTablesTest, ChangeTogether) {
  ASSERT_THAT(catalog_.CommitTables({Setting(kOne, "a"), Setting(kTwo, "a")}), IsOk());
  ExpectBoth({"a"});
  ASSERT_THAT(catalog_.CommitTable(kOne, kNone, SetProperty("b")), IsOk());
  ASSERT_THAT(catalog_.CommitTables({Setting(kTwo, "b")}), IsOk());
  ExpectBoth({"a", "b"});
  EXPECT_FALSE(Another().LoadTable(kOne).value().metadata->others.contains("tarn.tx"));
}

TEST_F(SeveralTablesTest, OneThatFailsKeepsAllAsTheyWere) {
  const OrderedJson unmet = Json(R"([{"type":"assert-table-uuid","uuid":"x"}])");
  EXPECT_THAT(catalog_.CommitTables({Setting(kOne, "a"), {kTwo, unmet, SetProperty("a")}}),
              ErrorIs(ErrorCode::kConflict));
  ExpectBoth({});
  // What was prepared and does not count is passed over, and built on no more.
  ASSERT_THAT(catalog_.CommitTables({Setting(kOne, "b"), Setting(kTwo, "b")}), IsOk());
  ExpectBoth({"b"});
}

TEST_F(SeveralTablesTest, LostRaceIsPlannedAgain) {
  store_.before_put = [&] { EXPECT_THAT(Another().CommitTable(kOne, kNone, SetProperty("theirs")), IsOk()); };
  ASSERT_THAT(catalog_.CommitTables({Setting(kOne, "a"), Setting(kTwo, "a")}), IsOk());
  EXPECT_EQ(PropertiesOf(catalog_, kOne), (std::vector<std::string>{"a", "theirs"}));
  EXPECT_EQ(PropertiesOf(catalog_, kTwo), (std::vector<std::string>{"a"}));
}

TEST_F(SeveralTablesTest, LostAnswersOfTheDecisionAreReadBack) {
  store_.fates = {PutFate::kPass, PutFate::kPass, PutFate::kLostAfter};
  ASSERT_THAT(catalog_.CommitTables({Setting(kOne, "a"), Setting(kTwo, "a")}), IsOk());
  ExpectBoth({"a"});
  store_.fates = {PutFate::kPass, PutFate::kPass, PutFate::kLostBefore};
  EXPECT_THAT(catalog_.CommitTables({Setting(kOne, "b"), Setting(kTwo, "b")}), ErrorIs(ErrorCode::kUnavailable));
  ExpectBoth({"a"});
}

TEST_F(SeveralTablesTest, MakerThatDiedBeforeItDecidedIsWaitedForAndThenAborted) {
  // Both answers of the decision are lost and the store is gone: as if the process had died there.
  store_.fates = {PutFate::kPass, PutFate::kPass, PutFate::kResourceExhausted, PutFate::kResourceExhausted};
  EXPECT_THAT(catalog_.CommitTables({Setting(kOne, "a"), Setting(kTwo, "a")}), ErrorIs(ErrorCode::kUnknownOutcome));
  ExpectBoth({});
  ManualClock clock(clock_.Now());
  IcebergCatalog later({memory_, names_, tables_, clock, randomness_, {}});
  EXPECT_THAT(later.CommitTable(kOne, kNone, SetProperty("b")), ErrorIs(ErrorCode::kConflict));
  clock.Advance(Transactions::kPatience - std::chrono::seconds(1));
  EXPECT_THAT(later.CommitTable(kOne, kNone, SetProperty("b")), ErrorIs(ErrorCode::kConflict));
  clock.Advance(std::chrono::seconds(1));
  ASSERT_THAT(later.CommitTables({Setting(kOne, "b"), Setting(kTwo, "b")}), IsOk());
  ExpectBoth({"b"});
}

TEST_F(SeveralTablesTest, DecisionThatSomebodyElseTookFirstStands) {
  Transactions transactions(memory_, clock_, {});
  ASSERT_THAT(transactions.Decide("x", TransactionState::kAborted, {}), IsOk());
  EXPECT_THAT(transactions.Decide("x", TransactionState::kAborted, {}), IsOk());
  EXPECT_THAT(transactions.Decide("x", TransactionState::kCommitted, {}), ErrorIs(ErrorCode::kConflict));
  EXPECT_EQ(transactions.StateOf("x").value(), TransactionState::kAborted);
  EXPECT_EQ(transactions.StateOf("y").value(), TransactionState::kOpen);
}

TEST_F(SeveralTablesTest, WhatCannotBeTogetherIsRefused) {
  const IcebergCatalog::TableChange own = Setting({{"shop", "silver"}, "orders"}, "a");
  EXPECT_THAT(catalog_.CommitTables({Setting(kOne, "a"), own}), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(catalog_.CommitTables({own}), IsOk());
  EXPECT_THAT(catalog_.CommitTables({Setting(kOne, "a"), {kTable, Json(R"([{"type":"assert-create"}])"), kNone}}),
              ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(catalog_.CommitTables({Setting(kOne, "a"), Setting(kOne, "b")}), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(catalog_.CommitTables({Setting(kOne, "a"), Setting(kTable, "b")}), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(catalog_.CommitTables({}), ErrorIs(ErrorCode::kInvalidArgument));
  ExpectBoth({});
}

TEST_F(IcebergCatalogTest, NodeThatLostItsSeatChangesNothing) {
  IcebergCatalog unseated({memory_, names_, tables_, clock_, randomness_,
                           [] { return Status(Fail(ErrorCode::kFailedPrecondition, "not ours any more")); }});
  ASSERT_THAT(catalog_.CreateTable(kTable, NewTable()), IsOk());
  const auto lost = ErrorIs(ErrorCode::kFailedPrecondition);
  EXPECT_THAT(unseated.CreateNamespace({"x"}, {}), lost);
  EXPECT_THAT(unseated.CommitTable(kTable, kNone, SetProperty("a")), lost);
  EXPECT_THAT(unseated.CommitTable({{"shop", "silver"}, "orders"}, kNone, SetProperty("a")), lost);
}

TEST(RegistryDocuments, ReadBackAndRefuseWhatTheyDoNotKnow) {
  RegistryDocument document;
  document.namespaces = {{{"a"}, {{"k", "v"}}}, {{"a", "b"}, {}}};
  document.tables = {{{{"a"}, "t"}, {"catalog/1", ""}}, {{{"a", "b"}, "u"}, {"catalog/2", "catalog/1/metadata/x"}}};
  const std::string text = RegistryCodec::Encode(document);
  EXPECT_EQ(
      text,
      R"({"version":1,"namespaces":[{"namespace":["a"],"properties":{"k":"v"}},{"namespace":["a","b"],"properties":{}}],)"
      R"("tables":[{"namespace":["a"],"name":"t","home":"catalog/1"},)"
      R"({"namespace":["a","b"],"name":"u","home":"catalog/2","registered":"catalog/1/metadata/x"}]})");
  EXPECT_EQ(RegistryCodec::Decode(text).value(), document);
  EXPECT_TRUE(document.HasChildren({"a"}));
  EXPECT_THAT(RegistryCodec::Decode(R"({"version":2})"), ErrorIs(ErrorCode::kUnsupported));
  for (const char* broken : {"", "[]", "{}", R"({"version":1})", R"({"version":1,"namespaces":[{}],"tables":[]})",
                             R"({"version":1,"namespaces":[],"tables":[{"namespace":["a"],"name":"t"}]})"}) {
    EXPECT_THAT(RegistryCodec::Decode(broken), ErrorIs(ErrorCode::kCorrupt)) << broken;
  }
}

TEST(NamespaceNames, LevelsAreSplitAtTheUnitSeparator) {
  EXPECT_EQ(ParseNamespace("shop"), Namespace{"shop"});
  EXPECT_EQ(ParseNamespace("shop\x1fsilver\x1f"
                           "c"),
            (Namespace{"shop", "silver", "c"}));
  for (const char* text : {"", "\x1f", "shop\x1f", "\x1fsilver",
                           "a\x1f\x1f"
                           "b",
                           "a\nb"}) {
    EXPECT_EQ(ParseNamespace(text), std::nullopt) << text;
  }
  EXPECT_EQ(ToString(Namespace{"shop", "silver"}), "shop.silver");
}

}  // namespace
}  // namespace tarn::catalog
