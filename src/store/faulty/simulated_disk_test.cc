// SPDX-License-Identifier: Apache-2.0
#include "store/faulty/simulated_disk.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result_matchers.h"

namespace tarn::store {
namespace {

std::string ReadAll(SimulatedDisk& disk, const std::string& path) {
  const auto file = disk.Open(path, OpenMode::kRead);
  if (!file) return file.error().code == ErrorCode::kNotFound ? "(absent)" : "(error)";
  std::string all((*file)->Size().value_or(0), '?');
  EXPECT_THAT((*file)->ReadAt(0, all), IsOk());
  return all;
}

/// Everything `path` may hold after a crash that follows `act`.
std::set<std::string> AfterCrashes(const std::function<void(SimulatedDisk&)>& act, const std::string& path) {
  std::set<std::string> found;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SeededRandomness randomness(seed);
    SimulatedDisk disk;
    act(disk);
    disk.Crash(randomness);
    found.insert(ReadAll(disk, path));
  }
  return found;
}

using Contents = std::set<std::string>;

std::unique_ptr<DiskFile> Create(SimulatedDisk& disk, const std::string& path, std::string_view body) {
  auto file = disk.Open(path, OpenMode::kCreateNew);
  EXPECT_THAT(file, IsOk());
  EXPECT_THAT((*file)->WriteAt(0, body), IsOk());
  return std::move(*file);
}

void CreateDurable(SimulatedDisk& disk, const std::string& path, std::string_view body) {
  EXPECT_THAT(Create(disk, path, body)->Sync(), IsOk());
  EXPECT_THAT(disk.SyncDirectory("/"), IsOk());
}

TEST(SimulatedDiskTest, SyncedBytesUnderASyncedNameSurvive) {
  EXPECT_EQ(AfterCrashes([](auto& disk) { CreateDurable(disk, "/f", "body"); }, "/f"), Contents({"body"}));
}

TEST(SimulatedDiskTest, SyncOfAFileDoesNotKeepItsName) {
  const auto found = AfterCrashes([](auto& disk) { EXPECT_THAT(Create(disk, "/f", "body")->Sync(), IsOk()); }, "/f");
  EXPECT_EQ(found, Contents({"(absent)", "body"}));
}

TEST(SimulatedDiskTest, DurableNameDoesNotKeepBytes) {
  const auto found = AfterCrashes(
      [](auto& disk) {
        Create(disk, "/f", std::string(1024, 'x'));
        EXPECT_THAT(disk.SyncDirectory("/"), IsOk());
      },
      "/f");
  EXPECT_TRUE(found.contains(""));
  EXPECT_TRUE(found.contains(std::string(1024, 'x')));
  EXPECT_TRUE(found.contains(std::string(1024, '\0')));
  EXPECT_TRUE(found.contains(std::string(512, 'x') + std::string(512, '\0')));
  EXPECT_TRUE(found.contains(std::string(512, '\0') + std::string(512, 'x'))) << "sectors are kept independently";
  EXPECT_FALSE(found.contains("(absent)"));
  EXPECT_GT(found.size(), 10U) << "garbage and torn sectors";
}

TEST(SimulatedDiskTest, UnsyncedOverwriteIsOldOrNewPerSector) {
  const auto found = AfterCrashes(
      [](auto& disk) {
        CreateDurable(disk, "/f", std::string(1024, 'o'));
        const auto file = disk.Open("/f", OpenMode::kWrite);
        EXPECT_THAT((*file)->WriteAt(0, std::string(1024, 'n')), IsOk());
      },
      "/f");
  for (const auto& body : found) {
    EXPECT_EQ(body.size(), 1024U);
    EXPECT_EQ(body.find_first_not_of("on"), std::string::npos);
  }
  EXPECT_TRUE(found.contains(std::string(1024, 'o')));
  EXPECT_TRUE(found.contains(std::string(512, 'n') + std::string(512, 'o')));
}

TEST(SimulatedDiskTest, UnsyncedPreallocationReadsZerosOrIsShorter) {
  const auto found = AfterCrashes(
      [](auto& disk) {
        CreateDurable(disk, "/f", "");
        const auto file = disk.Open("/f", OpenMode::kWrite);
        EXPECT_THAT((*file)->Preallocate(2048), IsOk());
      },
      "/f");
  EXPECT_GT(found.size(), 2U);
  for (const auto& body : found) EXPECT_EQ(body.find_first_not_of('\0'), std::string::npos);
}

TEST(SimulatedDiskTest, UnsyncedTruncationIsKeptOrLost) {
  const auto found = AfterCrashes(
      [](auto& disk) {
        CreateDurable(disk, "/f", "0123456789");
        const auto file = disk.Open("/f", OpenMode::kWrite);
        EXPECT_THAT((*file)->Truncate(4), IsOk());
      },
      "/f");
  EXPECT_TRUE(found.contains("0123456789"));
  EXPECT_TRUE(found.contains("0123"));
}

TEST(SimulatedDiskTest, UnsyncedRenameIsOneChange) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SeededRandomness randomness(seed);
    SimulatedDisk disk;
    CreateDurable(disk, "/from", "new");
    CreateDurable(disk, "/to", "old");
    ASSERT_THAT(disk.Rename("/from", "/to"), IsOk());
    EXPECT_EQ(ReadAll(disk, "/to"), "new");
    disk.Crash(randomness);
    const auto to = ReadAll(disk, "/to");
    EXPECT_EQ(ReadAll(disk, "/from"), to == "new" ? "(absent)" : "new");
    EXPECT_TRUE(to == "new" || to == "old");
  }
}

TEST(SimulatedDiskTest, UnsyncedRemovalMayComeBack) {
  const auto found = AfterCrashes(
      [](auto& disk) {
        CreateDurable(disk, "/f", "body");
        EXPECT_THAT(disk.Remove("/f"), IsOk());
        EXPECT_EQ(ReadAll(disk, "/f"), "(absent)");
      },
      "/f");
  EXPECT_EQ(found, Contents({"(absent)", "body"}));
}

void PutInNewDirectory(SimulatedDisk& disk) {
  EXPECT_THAT(Create(disk, "/d/f", "body")->Sync(), IsOk());
  EXPECT_THAT(disk.SyncDirectory("/d"), IsOk());
}

TEST(SimulatedDiskTest, UnsyncedDirectoryVanishesWithItsContent) {
  const auto found = AfterCrashes(
      [](auto& disk) {
        disk.Inject({.operation = DiskOperation::kSyncDirectory, .reported = false});
        EXPECT_THAT(disk.MakeDirectories("/d"), IsOk());
        PutInNewDirectory(disk);
      },
      "/d/f");
  EXPECT_EQ(found, Contents({"(absent)", "body"}));
}

TEST(SimulatedDiskTest, DirectoryWhoseSyncFailedIsMadeAnew) {
  const auto found = AfterCrashes(
      [](auto& disk) {
        disk.Inject({.operation = DiskOperation::kSyncDirectory});
        EXPECT_THAT(disk.MakeDirectories("/d"), ErrorIs(ErrorCode::kUnavailable));
        EXPECT_THAT(disk.MakeDirectories("/d"), IsOk());
        PutInNewDirectory(disk);
      },
      "/d/f");
  EXPECT_EQ(found, Contents({"body"}));
}

TEST(SimulatedDiskTest, FailedSyncIsNotMendedByALaterOne) {
  const auto found = AfterCrashes(
      [](auto& disk) {
        const auto file = Create(disk, "/f", "body");
        EXPECT_THAT(disk.SyncDirectory("/"), IsOk());
        disk.Inject({.operation = DiskOperation::kSync});
        EXPECT_THAT(file->Sync(), ErrorIs(ErrorCode::kUnavailable));
        EXPECT_THAT(file->Sync(), IsOk());
      },
      "/f");
  EXPECT_TRUE(found.contains("body"));
  EXPECT_TRUE(found.contains(std::string(4, '\0')));
}

TEST(SimulatedDiskTest, FailedDirectorySyncIsNotMendedByALaterOne) {
  const auto found = AfterCrashes(
      [](auto& disk) {
        EXPECT_THAT(Create(disk, "/f", "body")->Sync(), IsOk());
        disk.Inject({.operation = DiskOperation::kSyncDirectory});
        EXPECT_THAT(disk.SyncDirectory("/"), ErrorIs(ErrorCode::kUnavailable));
        EXPECT_THAT(disk.SyncDirectory("/"), IsOk());
      },
      "/f");
  EXPECT_EQ(found, Contents({"(absent)", "body"}));
}

TEST(SimulatedDiskTest, FaultHitsTheChosenOperationOnly) {
  SimulatedDisk disk;
  const auto file = Create(disk, "/f", "");
  disk.Inject({.operation = DiskOperation::kWrite,
               .path_contains = "f",
               .nth = 2,
               .error = {ErrorCode::kResourceExhausted, "full", {}},
               .effect = DiskEffect::kHalf});
  EXPECT_THAT(file->WriteAt(0, "aaaa"), IsOk());
  EXPECT_THAT(file->WriteAt(0, "bbbb"), ErrorIs(ErrorCode::kResourceExhausted));
  EXPECT_EQ(ReadAll(disk, "/f"), "bbaa") << "a short write";
  EXPECT_THAT(file->WriteAt(0, "cccc"), IsOk());
}

TEST(SimulatedDiskTest, NothingWorksAfterTheDiskIsGoneUntilTheRestart) {
  SimulatedDisk disk;
  CreateDurable(disk, "/f", "body");
  ASSERT_OK_AND_ASSIGN(const auto file, disk.Open("/f", OpenMode::kWrite));
  ASSERT_OK_AND_ASSIGN(const auto lock, disk.Lock("/lock"));
  const auto count = disk.operation_count();
  disk.CrashAfter(1);
  EXPECT_THAT(file->WriteAt(0, "B"), IsOk());
  EXPECT_THAT(file->Sync(), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(disk.Open("/f", OpenMode::kRead), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(disk.List("/"), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(file->Size(), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_EQ(disk.operation_count(), count + 1);
  SeededRandomness randomness(1);
  disk.Crash(randomness);
  EXPECT_THAT(file->WriteAt(0, "x"), ErrorIs(ErrorCode::kUnavailable)) << "files opened before the crash stay void";
  EXPECT_THAT(disk.Open("/f", OpenMode::kWrite), IsOk());
  EXPECT_THAT(disk.Lock("/lock"), IsOk());
}

TEST(SimulatedDiskTest, OperationInFlightMayHaveHappened) {
  SimulatedDisk disk;
  CreateDurable(disk, "/f", "");
  disk.CrashAfter(1, DiskEffect::kWhole);
  const auto file = disk.Open("/f", OpenMode::kWrite);
  EXPECT_THAT((*file)->WriteAt(0, "body"), IsOk());
  EXPECT_THAT((*file)->Sync(), ErrorIs(ErrorCode::kUnavailable));
  SeededRandomness randomness(1);
  disk.Crash(randomness);
  EXPECT_EQ(ReadAll(disk, "/f"), "body");
}

TEST(SimulatedDiskTest, SameSeedGivesTheSameDisk) {
  const auto run = [](uint64_t seed) {
    SeededRandomness randomness(seed);
    SimulatedDisk disk;
    Create(disk, "/f", std::string(5000, 'x'));
    EXPECT_THAT(disk.SyncDirectory("/"), IsOk());
    disk.Crash(randomness);
    return ReadAll(disk, "/f");
  };
  for (uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(run(seed), run(seed));
}

}  // namespace
}  // namespace tarn::store
