// SPDX-License-Identifier: Apache-2.0
#include "app/directory_store.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/result_matchers.h"
#include "store/local/posix_disk.h"

namespace tarn::app {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class DirectoryStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tarn-directory-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    fs::create_directories(root_ / "a" / "b");
    fs::create_directories(root_ / ".tmp");
    std::ofstream(root_ / "a" / "one") << "first";
    std::ofstream(root_ / "a" / "b" / "two") << "second";
    std::ofstream(root_ / ".tmp" / "unfinished") << "x";
    store_ = std::make_unique<DirectoryStore>(disk_, root_.string());
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path root_;
  store::PosixDisk disk_;
  std::unique_ptr<DirectoryStore> store_;
};

TEST_F(DirectoryStoreTest, ReadsObjectsAndRanges) {
  ASSERT_OK_AND_ASSIGN(const auto body, store_->Get("a/b/two"));
  EXPECT_EQ(body, "second");
  ASSERT_OK_AND_ASSIGN(const auto info, store_->Head("a/one"));
  EXPECT_EQ(info.size_bytes, 5U);
  ASSERT_OK_AND_ASSIGN(const auto reader, store_->OpenReader("a/b/two"));
  std::array<char, 3> out{};
  ASSERT_THAT(reader->ReadAt(3, out), IsOk());
  EXPECT_EQ(std::string(out.data(), out.size()), "ond");
  EXPECT_THAT(reader->ReadAt(4, out), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(DirectoryStoreTest, AbsentObjectsFoldersAndOddKeysAreErrors) {
  EXPECT_THAT(store_->Get("a/none"), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(store_->Head("a/none"), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(store_->Head("a/b"), ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(store_->Get("../secret"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(DirectoryStoreTest, ListsWhatAStoreWouldList) {
  ASSERT_OK_AND_ASSIGN(const auto all, store_->List("", "", 0));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].key, "a/b/two");
  EXPECT_EQ(all[1].key, "a/one");
  ASSERT_OK_AND_ASSIGN(const auto folders, store_->ListFolders("a/"));
  EXPECT_THAT(folders, ElementsAre("b"));
}

TEST_F(DirectoryStoreTest, NothingCanBeWritten) {
  const store::PutRequest put{"a/new", "x"};
  EXPECT_THAT(store_->PutAll({&put, 1}), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(store_->PutIfAbsent("a/new", "x"), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(store_->OpenWriter("a/new"), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(store_->Delete("a/one"), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_TRUE(fs::exists(root_ / "a" / "one"));
  EXPECT_FALSE(fs::exists(root_ / "a" / "new"));
}

}  // namespace
}  // namespace tarn::app
