// SPDX-License-Identifier: Apache-2.0
#include "contract/registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/result_matchers.h"
#include "contract/contract_yaml.h"
#include "store/faulty/faulty_store.h"
#include "store/memory/memory_store.h"

namespace tarn::contract {
namespace {

Column Make(std::string name, std::string_view type) {
  Column column;
  column.name = std::move(name);
  EXPECT_TRUE(ReadTypeWord(type, column)) << type;
  return column;
}

Column Key(std::string name, std::string_view type = "integer") {
  auto column = Make(std::move(name), type);
  column.primary_key = true;
  return column;
}

ContractDraft Draft(std::vector<Column> columns = {}, std::string name = "orders") {
  ContractDraft draft;
  draft.domain = "sales";
  draft.name = std::move(name);
  draft.columns = std::move(columns);
  return draft;
}

Result<bool> Empty() { return false; }
Result<bool> Full() { return true; }

class RegistryTest : public testing::Test {
 protected:
  /// A registry of another process on the same lake, as it is after its start.
  std::unique_ptr<Registry> Another() {
    auto registry = std::make_unique<Registry>(store_, clock_, "node-2", "delta");
    EXPECT_THAT(registry->Open(), IsOk());
    return registry;
  }

  Result<EndpointPtr> Put(const ContractDraft& draft, const std::function<Result<bool>()>& has_records = Empty) {
    incompatible_.clear();
    return registry_.Update(draft, has_records, incompatible_);
  }

  ManualClock clock_{*ParseTimestamp("2026-01-02T03:04:05.678901Z")};
  store::MemoryStore store_;
  Registry registry_{store_, clock_, "node-1", "delta"};
  std::vector<IncompatibleChange> incompatible_;
};

TEST_F(RegistryTest, CreateMakesVersionOneThatEveryProcessFinds) {
  EXPECT_EQ(registry_.Find("sales", "orders"), nullptr);
  ASSERT_OK_AND_ASSIGN(const auto created, registry_.Create(Draft({Key("id")})));
  EXPECT_EQ(created->contract().version, 1U);
  EXPECT_EQ(created->contract().generation, 1U);
  EXPECT_EQ(created->contract().created_by, "node-1");
  EXPECT_EQ(created->contract().format, "delta");
  EXPECT_EQ(registry_.Find("sales", "orders"), created);
  const auto other = Another();
  const auto found = other->Find("sales", "orders");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->contract().created_at, clock_.Now());
  EXPECT_EQ(found->contract().columns, created->contract().columns);
  EXPECT_EQ(registry_.Find("sales", std::string(5'000, 'x')), nullptr);
  EXPECT_EQ(registry_.Find("", ""), nullptr);
}

TEST_F(RegistryTest, TheHintBesideTheVersionsIsTheNewestDocument) {
  ASSERT_THAT(registry_.Create(Draft()), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto updated, Put(Draft({Make("a", "string")})));
  ASSERT_OK_AND_ASSIGN(const auto hint, store_.Get("schemas/sales/bronze/orders/1/latest.yaml"));
  EXPECT_EQ(hint, ToYaml(updated->contract()));
  ASSERT_THAT(store_.Head("schemas/sales/bronze/orders/1/v00000000000000000002.yaml"), IsOk());
  EXPECT_EQ(Another()->Find("sales", "orders")->contract().version, 2U);
}

TEST_F(RegistryTest, DraftsThatBreakARuleAreRefused) {
  EXPECT_THAT(registry_.Create(Draft({Make("a", "string"), Make("a", "string")})),
              ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(registry_.Find("sales", "orders"), nullptr);
}

TEST_F(RegistryTest, OfSimultaneousCreatesExactlyOneWins) {
  const auto other = Another();
  std::atomic<int> created = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      auto& registry = i % 2 == 0 ? registry_ : *other;
      const auto outcome = registry.Create(Draft({Make("c" + std::to_string(i), "string")}));
      outcome ? ++created : ++refused;
      if (!outcome) {
        EXPECT_EQ(outcome.error().code, ErrorCode::kAlreadyExists);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, 7);
  ASSERT_NE(registry_.Find("sales", "orders"), nullptr);
  ASSERT_NE(other->Find("sales", "orders"), nullptr);
  EXPECT_EQ(registry_.Find("sales", "orders")->contract().columns, other->Find("sales", "orders")->contract().columns);
}

TEST_F(RegistryTest, SimultaneousUpdatesEachGetAVersion) {
  ASSERT_THAT(registry_.Create(Draft()), IsOk());
  const auto other = Another();
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      auto draft = Draft();
      draft.description = "by " + std::to_string(i);
      std::vector<IncompatibleChange> incompatible;
      EXPECT_THAT((i % 2 == 0 ? registry_ : *other).Update(draft, Empty, incompatible), IsOk());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Another()->Find("sales", "orders")->contract().version, 7U);
}

TEST_F(RegistryTest, UpdateKeepsWhatIsNotGiven) {
  auto draft = Draft({Key("id"), Make("at", "timestamp")});
  draft.description = "orders of the shop";
  draft.sequence_by = "at";
  draft.mode = Mode::kAutoInference;
  ASSERT_THAT(registry_.Create(draft), IsOk());
  clock_.Advance(std::chrono::hours(1));
  auto change = Draft();
  change.description = "";
  change.mode = Mode::kManual;
  ASSERT_OK_AND_ASSIGN(const auto updated, Put(change));
  const auto& contract = updated->contract();
  EXPECT_EQ(contract.version, 2U);
  EXPECT_EQ(contract.columns.size(), 2U);
  EXPECT_EQ(contract.description, "orders of the shop");
  EXPECT_EQ(contract.sequence_by, "at");
  EXPECT_EQ(contract.mode, Mode::kAutoInference);
  EXPECT_LT(contract.created_at, contract.updated_at);
  EXPECT_THAT(Put(Draft({}, "nope")), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(RegistryTest, OldVersionsStayReadable) {
  ASSERT_THAT(registry_.Create(Draft({Make("a", "integer")})), IsOk());
  ASSERT_THAT(Put(Draft({Make("a", "integer"), Make("b", "string")})), IsOk());
  const auto other = Another();
  for (const auto* registry : {&registry_, other.get()}) {
    ASSERT_OK_AND_ASSIGN(const auto first, registry->AtVersion("sales", "orders", 1));
    EXPECT_EQ(first.columns.size(), 1U);
    ASSERT_OK_AND_ASSIGN(const auto versions, registry->Versions("sales", "orders"));
    EXPECT_EQ(versions, (std::vector<uint64_t>{1, 2}));
    EXPECT_THAT(registry->AtVersion("sales", "orders", 3), ErrorIs(ErrorCode::kNotFound));
    EXPECT_THAT(registry->AtVersion("sales", "orders", 0), ErrorIs(ErrorCode::kNotFound));
    EXPECT_THAT(registry->Versions("sales", "nope"), ErrorIs(ErrorCode::kNotFound));
  }
}

TEST_F(RegistryTest, AForcedChangeSaysWhichVersionSilverIsRebuiltFor) {
  ASSERT_THAT(registry_.Create(Draft({Key("id"), Make("v", "string")})), IsOk());
  EXPECT_THAT(Put(Draft({Key("id"), Make("v", "integer")}), Full), ErrorIs(ErrorCode::kConflict));
  std::vector<IncompatibleChange> changes;
  ASSERT_OK_AND_ASSIGN(const auto forced,
                       registry_.Update(Draft({Key("id"), Make("v", "integer")}), Full, changes, true));
  EXPECT_EQ(forced->contract().version, 2U);
  EXPECT_EQ(forced->contract().rebuild_version, 2U);
  EXPECT_TRUE(changes.empty());
  ASSERT_OK_AND_ASSIGN(const auto later, Put(Draft({Key("id"), Make("v", "integer"), Make("w", "string")}), Full));
  EXPECT_EQ(later->contract().rebuild_version, 2U) << "silver is still to be made for the change before";
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeContract(EncodeContract(later->contract())));
  EXPECT_EQ(read.rebuild_version, 2U);
}

TEST_F(RegistryTest, CompatibleChangesNeverAskForRecords) {
  auto required = Make("c", "date");
  required.required = true;
  ASSERT_THAT(
      registry_.Create(Draft({Key("id"), Make("a", "integer"), Make("b", "integer"), required, Make("d", "string")})),
      IsOk());
  const auto asked = []() -> Result<bool> { return Fail(ErrorCode::kInternal, "asked"); };
  EXPECT_THAT(
      Put(Draft({Key("id"), Make("a", "double"), Make("b", "string"), Make("c", "timestamp"), Make("e", "json")}),
          asked),
      IsOk());
}

TEST_F(RegistryTest, NarrowingAndKeyChangesNeedAnEndpointWithoutRecords) {
  ASSERT_THAT(registry_.Create(Draft({Key("id"), Make("a", "string")})), IsOk());
  EXPECT_THAT(Put(Draft({Key("id"), Make("a", "integer")}), Full), ErrorIs(ErrorCode::kConflict));
  ASSERT_EQ(incompatible_.size(), 1U);
  EXPECT_EQ(incompatible_[0].column, "a");
  EXPECT_EQ(incompatible_[0].change, "type");
  EXPECT_THAT(Put(Draft({Make("id", "integer"), Key("a", "string")}), Full), ErrorIs(ErrorCode::kConflict));
  EXPECT_EQ(incompatible_.size(), 2U);
  EXPECT_EQ(registry_.Find("sales", "orders")->contract().version, 1U);
  EXPECT_THAT(Put(Draft({Make("id", "integer"), Key("a", "string")}), Empty), IsOk());
}

TEST_F(RegistryTest, RemoveHidesTheEndpointAndKeepsItsLastContract) {
  ASSERT_THAT(registry_.Create(Draft({Key("id")})), IsOk());
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  EXPECT_THAT(registry_.Remove("sales", "orders"), ErrorIs(ErrorCode::kNotFound));
  const auto other = Another();
  for (const auto* registry : {&registry_, other.get()}) {
    EXPECT_EQ(registry->Find("sales", "orders"), nullptr);
    EXPECT_TRUE(registry->List().empty());
    ASSERT_NE(registry->FindLast("sales", "orders"), nullptr);
    EXPECT_EQ(registry->ListLast().size(), 1U);
    EXPECT_THAT(registry->Versions("sales", "orders"), ErrorIs(ErrorCode::kNotFound));
  }
}

TEST_F(RegistryTest, CreatingAgainStartsAGenerationThatAdoptsTheSilverOfTheSameKey) {
  ASSERT_THAT(registry_.Create(Draft({Key("id"), Make("a", "string")})), IsOk());
  ASSERT_THAT(Put(Draft({Key("id")})), IsOk());
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto same, Another()->Create(Draft({Make("x", "string"), Key("id", "bigint")})));
  EXPECT_EQ(same->contract().version, 1U);
  EXPECT_EQ(same->contract().generation, 2U);
  EXPECT_EQ(same->contract().folder_generation, 1U);
  const auto third = Another();
  ASSERT_THAT(third->Remove("sales", "orders"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto different, third->Create(Draft({Key("uuid", "string")})));
  EXPECT_EQ(different->contract().generation, 3U);
  EXPECT_EQ(different->contract().folder_generation, 3U);
  ASSERT_OK_AND_ASSIGN(const auto historic, third->Historic("sales", "orders", 1, 1));
  EXPECT_EQ(historic->contract().columns.size(), 2U);
  EXPECT_THAT(third->Historic("sales", "orders", 1, 9), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(RegistryTest, AfterAPurgeNothingIsKnown) {
  ASSERT_THAT(registry_.Create(Draft({Key("id")})), IsOk());
  ASSERT_THAT(registry_.Remove("sales", "orders", Removal::kPurge), IsOk());
  EXPECT_EQ(registry_.FindLast("sales", "orders"), nullptr);
  const auto other = Another();
  EXPECT_EQ(other->FindLast("sales", "orders"), nullptr);
  ASSERT_OK_AND_ASSIGN(const auto again, other->Create(Draft({Key("id")})));
  EXPECT_EQ(again->contract().generation, 2U);
  EXPECT_EQ(again->contract().folder_generation, 2U);
}

TEST_F(RegistryTest, AProcessThatKnowsTooLittleFindsOut) {
  const auto other = Another();
  ASSERT_THAT(other->Create(Draft({Key("id")})), IsOk());
  EXPECT_THAT(registry_.Create(Draft()), ErrorIs(ErrorCode::kAlreadyExists));
  EXPECT_NE(registry_.Find("sales", "orders"), nullptr);
  ASSERT_THAT(other->Remove("sales", "orders"), IsOk());
  EXPECT_THAT(registry_.Remove("sales", "orders"), ErrorIs(ErrorCode::kNotFound));
  EXPECT_EQ(registry_.Find("sales", "orders"), nullptr);
  ASSERT_OK_AND_ASSIGN(const auto again, registry_.Create(Draft({Key("id")})));
  EXPECT_EQ(again->contract().generation, 2U);
}

TEST_F(RegistryTest, AProcessThatMissedARemovalCreatesTheNextGeneration) {
  ASSERT_THAT(registry_.Create(Draft({}, "late")), IsOk());
  ASSERT_THAT(registry_.Remove("sales", "late"), IsOk());
  Registry stale(store_, clock_, "node-3", "delta");
  ASSERT_OK_AND_ASSIGN(const auto created, stale.Create(Draft({}, "late")));
  EXPECT_EQ(created->contract().generation, 2U);
}

TEST_F(RegistryTest, ListsAreOrderedByDomainThenName) {
  for (const auto& [domain, name] :
       std::vector<std::pair<const char*, const char*>>{{"b", "y"}, {"a", "z"}, {"a_b", "a"}, {"a", "c"}}) {
    auto draft = Draft({}, name);
    draft.domain = domain;
    ASSERT_THAT(registry_.Create(draft), IsOk());
  }
  std::vector<std::string> ids;
  for (const auto& endpoint : registry_.List()) ids.push_back(endpoint->contract().id());
  EXPECT_EQ(ids, (std::vector<std::string>{"a/c", "a/z", "a_b/a", "b/y"}));
  EXPECT_EQ(registry_.List("a").size(), 2U);
  EXPECT_TRUE(registry_.List("nope").empty());
}

TEST_F(RegistryTest, PublishedColumnsAreANewVersionUnlessSomebodyWasFirst) {
  auto draft = Draft();
  draft.mode = Mode::kAutoInference;
  ASSERT_OK_AND_ASSIGN(const auto created, registry_.Create(draft));
  EXPECT_FALSE(created->contract().columns_fixed);
  auto column = Make("a", "integer");
  column.inferred = true;
  ASSERT_OK_AND_ASSIGN(const auto fixed, registry_.PublishColumns(created, {column}));
  EXPECT_EQ(fixed->contract().version, 2U);
  EXPECT_TRUE(fixed->contract().columns_fixed);
  ASSERT_OK_AND_ASSIGN(const auto late, registry_.PublishColumns(created, {Make("b", "string")}));
  EXPECT_EQ(late, fixed);
  const auto other = Another()->Find("sales", "orders");
  EXPECT_TRUE(other->contract().columns.at(0).inferred);
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  EXPECT_THAT(registry_.PublishColumns(fixed, {column}), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(RegistryTest, ALostAnswerIsNoLostEndpoint) {
  store::FaultyStore faulty(store_, {}, 1);
  Registry registry(faulty, clock_, "node-1", "delta");
  faulty.Inject({.error = Error{ErrorCode::kUnknownOutcome, "injected", {}}, .effect = store::StoreEffect::kDone});
  EXPECT_THAT(registry.Create(Draft()), IsOk());
  EXPECT_NE(registry.Find("sales", "orders"), nullptr);
}

TEST_F(RegistryTest, DamagedDocumentsStopTheStart) {
  ASSERT_THAT(store_.PutIfAbsent("schemas/sales/bronze/orders/1/v00000000000000000001.yaml", "name: [\n"), IsOk());
  Registry registry(store_, clock_, "node-1", "delta");
  EXPECT_FALSE(registry.Open());
}

TEST_F(RegistryTest, FindRunsBesideChanges) {
  ASSERT_THAT(registry_.Create(Draft()), IsOk());
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      const auto endpoint = registry_.Find("sales", "orders");
      if (endpoint) {
        EXPECT_EQ(endpoint->contract().id(), "sales/orders");
      }
    }
  });
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Put(Draft({Make("c" + std::to_string(i), "string")})), IsOk());
  done = true;
  reader.join();
}

}  // namespace
}  // namespace tarn::contract
