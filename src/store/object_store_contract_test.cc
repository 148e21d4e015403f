// SPDX-License-Identifier: Apache-2.0
#include "store/object_store_contract_testing.h"

#include "store/faulty/faulty_store.h"
#include "store/faulty/simulated_disk.h"
#include "store/local/local_store.h"
#include "store/local/posix_disk.h"
#include "store/memory/memory_store.h"
#include "store/routed/routed_store.h"
#include "store/temp_directory_testing.h"

namespace tarn::store {
namespace {

std::unique_ptr<LocalStore> OpenLocal(Disk& disk, const std::string& root) {
  auto store =
      LocalStore::Open(disk, {.root = root, .on_fatal = [](const Error& error) { FAIL() << error.ToString(); }});
  EXPECT_THAT(store, IsOk());
  return store ? std::move(*store) : nullptr;
}

class LocalUnderTest final : public StoreUnderTest {
 public:
  ObjectStore& store() override { return *store_; }

 private:
  TempDirectory directory_;
  PosixDisk disk_;
  std::unique_ptr<LocalStore> store_ = OpenLocal(disk_, directory_ / "deep/lake/");
};

class SimulatedUnderTest final : public StoreUnderTest {
 public:
  ObjectStore& store() override { return *store_; }

 private:
  SimulatedDisk disk_;
  std::unique_ptr<LocalStore> store_ = OpenLocal(disk_, "/lake");
};

class MemoryUnderTest final : public StoreUnderTest {
 public:
  ObjectStore& store() override { return store_; }

 private:
  MemoryStore store_;
};

class FaultlessUnderTest final : public StoreUnderTest {
 public:
  ObjectStore& store() override { return store_; }

 private:
  MemoryStore inner_;
  FaultyStore store_{inner_};
};

/// Folders of keys that the contract uses lie elsewhere, in part.
class RoutedUnderTest final : public StoreUnderTest {
 public:
  ObjectStore& store() override { return store_; }

 private:
  MemoryStore main_;
  MemoryStore first_;
  MemoryStore second_;
  RoutedStore store_{main_, {{"a", &first_}, {"s", &second_}}};
};

INSTANTIATE_TEST_SUITE_P(
    AllStores, ObjectStoreContract,
    ::testing::Values(StoreCase{"local", [] { return std::make_unique<LocalUnderTest>(); }},
                      StoreCase{"simulated", [] { return std::make_unique<SimulatedUnderTest>(); }},
                      StoreCase{"memory", [] { return std::make_unique<MemoryUnderTest>(); }},
                      StoreCase{"routed", [] { return std::make_unique<RoutedUnderTest>(); }},
                      StoreCase{"faultless", [] { return std::make_unique<FaultlessUnderTest>(); }}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace tarn::store
