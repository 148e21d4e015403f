// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/crash_point.h"
#include "base/random.h"
#include "base/result_matchers.h"
#include "store/faulty/simulated_disk.h"
#include "store/local/posix_disk.h"
#include "store/temp_directory_testing.h"

namespace tarn::store {
namespace {

class LocalStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<LocalStore> Open() {
    auto store = LocalStore::Open(disk_, {.root = "/lake", .on_fatal = [this](const Error& error) { fatal_ = error; }});
    EXPECT_THAT(store, IsOk());
    return store ? std::move(*store) : nullptr;
  }

  void FailNext(DiskOperation operation, ErrorCode code = ErrorCode::kUnavailable, std::string path = "") {
    disk_.Inject({.operation = operation, .path_contains = std::move(path), .error = {code, "injected", {}}});
  }

  std::vector<std::string> TempNames() {
    const auto names = disk_.List("/lake/.tmp");
    EXPECT_THAT(names, IsOk());
    return names ? *names : std::vector<std::string>();
  }

  SimulatedDisk disk_;
  std::optional<Error> fatal_;
};

using Names = std::vector<std::string>;

TEST_F(LocalStoreTest, PutNeedsTwoSyncs) {
  const auto store = Open();
  ASSERT_THAT(store->PutIfAbsent("f/first", "x"), IsOk());
  const auto before = disk_.operation_count();
  ASSERT_THAT(store->PutIfAbsent("f/second", "x"), IsOk());
  EXPECT_EQ(disk_.operation_count() - before, 6U) << "create, write, sync, link, sync directory, remove";
}

TEST_F(LocalStoreTest, FailureBeforeTheLinkIsUnavailableAndCanBeRepeated) {
  const auto store = Open();
  for (const auto operation : {DiskOperation::kCreate, DiskOperation::kWrite, DiskOperation::kSync,
                               DiskOperation::kLink, DiskOperation::kMakeDirectory}) {
    for (const auto code : {ErrorCode::kUnavailable, ErrorCode::kPermissionDenied, ErrorCode::kNotFound}) {
      const auto key =
          "f" + std::to_string(static_cast<int>(operation)) + std::to_string(static_cast<int>(code)) + "/k";
      FailNext(operation, code);
      if (operation == DiskOperation::kLink && code == ErrorCode::kNotFound) FailNext(operation, code);
      EXPECT_THAT(store->PutIfAbsent(key, "x"), ErrorIs(ErrorCode::kUnavailable));
      EXPECT_THAT(store->Get(key), ErrorIs(ErrorCode::kNotFound));
      EXPECT_EQ(TempNames(), Names({"0.lock"}));
      ASSERT_THAT(store->PutIfAbsent(key, "x"), IsOk());
    }
  }
  EXPECT_FALSE(fatal_);
}

TEST_F(LocalStoreTest, FullDiskIsNamed) {
  const auto store = Open();
  for (const auto operation : {DiskOperation::kCreate, DiskOperation::kWrite, DiskOperation::kSync}) {
    FailNext(operation, ErrorCode::kResourceExhausted);
    const auto put = store->PutIfAbsent("f/k", "x");
    ASSERT_THAT(put, ErrorIs(ErrorCode::kResourceExhausted));
    EXPECT_EQ(put.error().message, "the lake's disk is full");
  }
  ASSERT_THAT(store->PutIfAbsent("f/k", "x"), IsOk());
}

TEST_F(LocalStoreTest, FailedDirectorySyncAfterTheLinkEndsTheProcess) {
  const auto store = Open();
  ASSERT_THAT(store->PutIfAbsent("f/a", "x"), IsOk());
  FailNext(DiskOperation::kSyncDirectory);
  EXPECT_THAT(store->PutIfAbsent("f/k", "x"), ErrorIs(ErrorCode::kUnknownOutcome));
  ASSERT_TRUE(fatal_);
  EXPECT_THAT(store->Get("f/a"), ErrorIs(ErrorCode::kUnavailable)) << "nothing is read or written any more";
  EXPECT_THAT(store->PutIfAbsent("f/k", "x"), ErrorIs(ErrorCode::kUnavailable));
}

TEST_F(LocalStoreTest, FailedSyncOfAForeignKeysFolderEndsTheProcess) {
  ASSERT_THAT(Open()->PutIfAbsent("f/a", "x"), IsOk());
  const auto store = Open();
  FailNext(DiskOperation::kSyncDirectory, ErrorCode::kUnavailable, "/lake/f");
  EXPECT_THAT(store->MakeDurable("f/a"), ErrorIs(ErrorCode::kUnknownOutcome));
  EXPECT_TRUE(fatal_);
}

TEST_F(LocalStoreTest, FolderMadeByAnotherProcessIsSyncedBeforeItIsUsed) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandomness randomness(seed);
    SimulatedDisk disk;
    const LocalStore::Options options{.root = "/lake", .on_fatal = {}};
    {
      ASSERT_OK_AND_ASSIGN(const auto store, LocalStore::Open(disk, options));
      // The other process has made the folders and not synced them yet.
      disk.Inject({.operation = DiskOperation::kSyncDirectory, .times = 2, .reported = false});
      ASSERT_THAT(disk.MakeDirectories("/lake/a/b"), IsOk());
      ASSERT_THAT(store->PutIfAbsent("a/b/k", "body"), IsOk());
    }
    disk.Crash(randomness);
    ASSERT_OK_AND_ASSIGN(const auto store, LocalStore::Open(disk, options));
    ASSERT_OK_AND_ASSIGN(const auto body, store->Get("a/b/k"));
    EXPECT_EQ(body, "body");
  }
}

TEST_F(LocalStoreTest, MakeDurableSyncsOncePerKey) {
  ASSERT_THAT(Open()->PutIfAbsent("f/a", "x"), IsOk());
  const auto store = Open();
  ASSERT_THAT(store->MakeDurable("f/a"), IsOk());
  const auto before = disk_.operation_count();
  ASSERT_THAT(store->MakeDurable("f/a"), IsOk());
  ASSERT_THAT(store->PutIfAbsent("f/b", "x"), IsOk());
  ASSERT_THAT(store->MakeDurable("f/b"), IsOk());
  EXPECT_EQ(disk_.operation_count() - before, 6U) << "the put alone";
}

TEST_F(LocalStoreTest, FailedPutAllLeavesNothingAndCanBeRepeated) {
  const auto store = Open();
  const std::vector<PutRequest> requests = {{"a/1", "x"}, {"b/2", "y"}, {"c/3", "z"}};
  for (const auto operation : {DiskOperation::kWrite, DiskOperation::kSync, DiskOperation::kLink}) {
    disk_.Inject({.operation = operation, .nth = 3});
    EXPECT_THAT(store->PutAll(requests), ErrorIs(ErrorCode::kUnavailable));
    ASSERT_OK_AND_ASSIGN(const auto listed, store->List(""));
    EXPECT_TRUE(listed.empty());
    EXPECT_EQ(TempNames(), Names({"0.lock"}));
  }
  ASSERT_THAT(store->PutAll(requests), IsOk());
}

TEST_F(LocalStoreTest, FolderRemovedBehindTheStoreIsMadeAgain) {
  const TempDirectory directory;
  PosixDisk disk;
  ASSERT_OK_AND_ASSIGN(const auto store, LocalStore::Open(disk, {.root = directory.path(), .on_fatal = {}}));
  ASSERT_THAT(store->PutIfAbsent("a/b/k", "x"), IsOk());
  std::filesystem::remove_all(directory / "a");
  ASSERT_THAT(store->PutIfAbsent("a/b/k", "y"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto body, store->Get("a/b/k"));
  EXPECT_EQ(body, "y");
}

TEST_F(LocalStoreTest, LeftoversOfDeadProcessesAreRemovedAndOfLiveOnesKept) {
  auto first = Open();
  auto second = Open();
  ASSERT_OK_AND_ASSIGN(const auto live, first->OpenWriter("k"));
  ASSERT_THAT(live->Append("live"), IsOk());
  ASSERT_OK_AND_ASSIGN(auto dead, second->OpenWriter("dead"));
  EXPECT_EQ(TempNames(), Names({"0.0", "0.lock", "1.0", "1.lock"}));
  // A dead process lets go of its lock and nothing else.
  ASSERT_THAT(disk_.Link("/lake/.tmp/1.0", "/lake/.tmp/1.7"), IsOk());
  dead.reset();
  second.reset();
  const auto third = Open();
  EXPECT_EQ(TempNames(), Names({"0.0", "0.lock", "1.lock"}));
  ASSERT_THAT(live->Finish(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto body, third->Get("k"));
  EXPECT_EQ(body, "live");
}

TEST_F(LocalStoreTest, UnwritableRootIsAClearError) {
  FailNext(DiskOperation::kMakeDirectory, ErrorCode::kPermissionDenied);
  EXPECT_THAT(LocalStore::Open(disk_, {.root = "/ro", .on_fatal = {}}), ErrorIs(ErrorCode::kPermissionDenied));
  EXPECT_THAT(LocalStore::Open(disk_, {.root = "", .on_fatal = {}}), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(LocalStoreTest, FileInTheWayOfAFolderIsAnError) {
  const auto store = Open();
  ASSERT_THAT(store->PutIfAbsent("a", "x"), IsOk());
  EXPECT_THAT(store->PutIfAbsent("a/b", "x"), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(store->Get("a/b"), ErrorIs(ErrorCode::kNotFound));
}

/// Keys in a lake after its process died at the named point of its only put.
Names KeysAfterDeathAt(const std::string& point) {
  const TempDirectory directory;
  PosixDisk disk;
  const LocalStore::Options options{.root = directory.path(), .on_fatal = {}};
  const auto die = [&] {
    ArmCrashPoint(point);
    const auto store = LocalStore::Open(disk, options);
    if (store) static_cast<void>((*store)->PutIfAbsent("a/k", "body"));
  };
  EXPECT_EXIT(die(), ::testing::ExitedWithCode(86), "");
  Names keys;
  const auto store = LocalStore::Open(disk, options);
  EXPECT_THAT(store, IsOk());
  EXPECT_EQ(*disk.List(directory / ".tmp"), Names({"0.lock"}));
  const auto listed = (*store)->List("");
  EXPECT_THAT(listed, IsOk());
  for (const auto& object : *listed) {
    keys.push_back(object.key);
    EXPECT_EQ(*(*store)->Get(object.key), "body");
  }
  return keys;
}

TEST(LocalStoreDeathTest, ProcessDyingDuringAPutLeavesItWholeOrAbsent) {
#ifndef TARN_CRASH_POINTS
  GTEST_SKIP() << "built without crash points";
#endif
  EXPECT_EQ(KeysAfterDeathAt("store.put.before_link"), Names());
  EXPECT_EQ(KeysAfterDeathAt("store.put.after_link"), Names({"a/k"}));
  EXPECT_EQ(KeysAfterDeathAt("store.put.after_dirsync"), Names({"a/k"}));
}

}  // namespace
}  // namespace tarn::store
