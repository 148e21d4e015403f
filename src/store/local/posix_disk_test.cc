// SPDX-License-Identifier: Apache-2.0
#include "store/local/posix_disk.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/result_matchers.h"
#include "store/temp_directory_testing.h"

namespace tarn::store {
namespace {

class PosixDiskTest : public ::testing::Test {
 protected:
  void MakeFile(const std::string& path, std::string_view body = "x") {
    ASSERT_OK_AND_ASSIGN(const auto file, disk_.Open(path, OpenMode::kCreateNew));
    ASSERT_THAT(file->WriteAt(0, body), IsOk());
    ASSERT_THAT(file->Sync(), IsOk());
  }

  TempDirectory directory_;
  PosixDisk disk_;
};

TEST_F(PosixDiskTest, WritesAndReadsAtOffsets) {
  const auto path = directory_ / "f";
  ASSERT_OK_AND_ASSIGN(const auto file, disk_.Open(path, OpenMode::kCreateNew));
  ASSERT_THAT(file->WriteAt(4, "four"), IsOk());
  ASSERT_THAT(file->WriteAt(0, "zero"), IsOk());
  ASSERT_THAT(file->Sync(), IsOk());
  std::string all(16, '?');
  ASSERT_OK_AND_ASSIGN(const auto got, file->ReadAt(2, all));
  EXPECT_EQ(all.substr(0, got), "rofour");
  ASSERT_THAT(file->Truncate(3), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto size, file->Size());
  EXPECT_EQ(size, 3U);
  EXPECT_THAT(disk_.Open(path, OpenMode::kCreateNew), ErrorIs(ErrorCode::kAlreadyExists));
  EXPECT_THAT(disk_.Open(directory_ / "absent", OpenMode::kWrite), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(PosixDiskTest, LongRunsAreWholeAndCanBeWrittenOver) {
  ASSERT_OK_AND_ASSIGN(const auto file, disk_.Open(directory_ / "long", OpenMode::kCreateNew));
  const std::string piece(1U << 20, 'p');
  for (uint64_t at = 0; at < 20; ++at) ASSERT_THAT(file->WriteAt(at * piece.size(), piece), IsOk());
  ASSERT_THAT(file->WriteAt(5, "over"), IsOk());
  ASSERT_THAT(file->Sync(), IsOk());
  std::string read(20 * piece.size() + 1, '\0');
  ASSERT_OK_AND_ASSIGN(const auto size, file->ReadAt(0, read));
  auto expected = std::string(20 * piece.size(), 'p');
  expected.replace(5, 4, "over");
  EXPECT_EQ(read.substr(0, size), expected);
}

TEST_F(PosixDiskTest, PreallocateZeroFillsWrittenBlocks) {
  const auto path = directory_ / "segment";
  ASSERT_OK_AND_ASSIGN(const auto file, disk_.Open(path, OpenMode::kCreateNew));
  ASSERT_THAT(file->WriteAt(100, "old"), IsOk());
  constexpr uint64_t kSize = (1 << 20) + 777;
  ASSERT_THAT(file->Preallocate(kSize), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto size, file->Size());
  EXPECT_EQ(size, kSize);
  std::string all(kSize, '?');
  ASSERT_OK_AND_ASSIGN(const auto got, file->ReadAt(0, all));
  EXPECT_EQ(got, kSize);
  EXPECT_EQ(all.find_first_not_of('\0'), std::string::npos);
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_GE(static_cast<uint64_t>(info.st_blocks) * 512, kSize);
}

TEST_F(PosixDiskTest, LinkDoesNotReplaceAndRenameDoes) {
  MakeFile(directory_ / "a", "a");
  MakeFile(directory_ / "b", "b");
  EXPECT_THAT(disk_.Link(directory_ / "a", directory_ / "b"), ErrorIs(ErrorCode::kAlreadyExists));
  EXPECT_THAT(disk_.Link(directory_ / "a", directory_ / "no/b"), ErrorIs(ErrorCode::kNotFound));
  ASSERT_THAT(disk_.Link(directory_ / "a", directory_ / "c"), IsOk());
  ASSERT_THAT(disk_.Rename(directory_ / "a", directory_ / "b"), IsOk());
  ASSERT_THAT(disk_.SyncDirectory(directory_.path()), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto names, disk_.List(directory_.path()));
  EXPECT_EQ(names, std::vector<std::string>({"b", "c"}));
  EXPECT_THAT(disk_.Remove(directory_ / "a"), ErrorIs(ErrorCode::kNotFound));
  ASSERT_THAT(disk_.Remove(directory_ / "b"), IsOk());
}

TEST_F(PosixDiskTest, DirectoriesAreMadeListedAndTold) {
  ASSERT_THAT(disk_.MakeDirectories(directory_ / "x/y/z"), IsOk());
  ASSERT_THAT(disk_.MakeDirectories(directory_ / "x/y/z/"), IsOk());
  MakeFile(directory_ / "x/y.z");
  ASSERT_OK_AND_ASSIGN(const auto names, disk_.List(directory_ / "x"));
  EXPECT_EQ(names, std::vector<std::string>({"y.z", "y/"}));
  ASSERT_OK_AND_ASSIGN(const auto info, disk_.Stat(directory_ / "x/y"));
  EXPECT_TRUE(info.is_directory);
  ASSERT_OK_AND_ASSIGN(const bool there, disk_.Exists(directory_ / "x/y.z"));
  EXPECT_TRUE(there);
  ASSERT_OK_AND_ASSIGN(const bool absent, disk_.Exists(directory_ / "x/y.z/below"));
  EXPECT_FALSE(absent);
  EXPECT_THAT(disk_.List(directory_ / "nope"), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(disk_.SyncDirectory(directory_ / "nope"), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(disk_.Remove(directory_ / "x/y"), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(disk_.MakeDirectories(directory_ / "x/y.z"), ErrorIs(ErrorCode::kFailedPrecondition));
}

TEST_F(PosixDiskTest, LockIsExclusiveUntilItsHolderGoes) {
  const auto path = directory_ / "lock";
  ASSERT_OK_AND_ASSIGN(auto held, disk_.Lock(path));
  EXPECT_THAT(disk_.Lock(path), ErrorIs(ErrorCode::kFailedPrecondition));
  held.reset();
  EXPECT_THAT(disk_.Lock(path), IsOk());
}

/// Writes into a directory it may not write to, in a process without rights; exits 0 when the error says what to do.
void WriteWithoutRights(const std::string& directory) {
  constexpr uid_t kNobody = 65534;
  if (::geteuid() == 0 && ::setuid(kNobody) != 0) ::_exit(2);
  PosixDisk disk;
  const auto made = disk.Open(directory + "/f", OpenMode::kCreateNew);
  if (made || made.error().code != ErrorCode::kPermissionDenied) ::_exit(3);
  ::_exit(made.error().message.contains("check the owner and mode") ? 0 : 4);
}

TEST(PosixDiskDeathTest, WriteWithoutRightsIsPermissionDeniedAndSaysWhatToDo) {
  const TempDirectory directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0555), 0);
  EXPECT_EXIT(WriteWithoutRights(directory.path()), ::testing::ExitedWithCode(0), "");
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
}

/// Writes more than RLIMIT_FSIZE allows, in a process of its own; exits 0 when the error is as documented.
void WriteBeyondLimit(const std::string& path) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{8192, 8192};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  PosixDisk disk;
  const auto file = disk.Open(path, OpenMode::kCreateNew);
  if (!file) ::_exit(2);
  const auto written = (*file)->WriteAt(0, std::string(20'000, 'x'));
  if (written || written.error().code != ErrorCode::kResourceExhausted) ::_exit(3);
  const auto allocated = (*file)->Preallocate(20'000);
  ::_exit(!allocated && allocated.error().code == ErrorCode::kResourceExhausted ? 0 : 4);
}

TEST(PosixDiskDeathTest, WriteBeyondTheFileSizeLimitIsResourceExhausted) {
  const TempDirectory directory;
  EXPECT_EXIT(WriteBeyondLimit(directory / "f"), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tarn::store
