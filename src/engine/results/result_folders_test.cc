// SPDX-License-Identifier: Apache-2.0
#include "engine/results/result_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/result_matchers.h"
#include "store/memory/memory_store.h"

namespace tarn::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class ResultFoldersTest : public testing::Test {
 protected:
  void Put(const std::string& key) {
    const store::PutRequest put{key, "x"};
    ASSERT_THAT(store_.PutAll({&put, 1}), IsOk());
  }
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    const auto objects = store_.List("");
    for (const auto& object : *objects) keys.push_back(object.key);
    return keys;
  }
  /// The key prefix that stands behind the folder's URI.
  static std::string PrefixOf(const ResultFolder& folder) {
    const auto uri = folder.Uri();
    return uri.substr(uri.find("_control/")) + "/";
  }

  store::MemoryStore store_;
  SeededRandomness randomness_{7};
  std::vector<std::string> removed_;
  ResultFolders folders_{{store_, randomness_, [this](const std::string& path) { removed_.push_back(path); }}};
};

TEST_F(ResultFoldersTest, WhatLiesInAFolderGoesWithIt) {
  Put("silver/a");
  auto folder = folders_.Make();
  const auto prefix = PrefixOf(*folder);
  EXPECT_THAT(prefix, HasSubstr(std::string(ResultFolders::kPrefix)));
  Put(prefix + "b.parquet");
  Put(prefix + "a.parquet");
  Put(prefix + "_temporary/0/c.parquet");
  Put(prefix + ".d.parquet");
  Put(prefix + "_e.parquet");
  Put(prefix + "f.parquet.crc");
  ASSERT_OK_AND_ASSIGN(const auto files, folder->Files(".parquet"));
  EXPECT_THAT(files, ElementsAre(prefix + "a.parquet", prefix + "b.parquet"));
  const auto path = folder->Uri();
  folder.reset();
  EXPECT_THAT(Keys(), ElementsAre("silver/a"));
  ASSERT_THAT(removed_, SizeIs(1));
  EXPECT_THAT(path, HasSubstr(removed_[0].substr(removed_[0].find("_control/"))));
}

TEST_F(ResultFoldersTest, ASweepLeavesWhatIsHeldAlone) {
  const std::string left_over = std::string(ResultFolders::kPrefix) + "left-over/x.parquet";
  Put(left_over);
  auto first = folders_.Make();
  EXPECT_THAT(Keys(), SizeIs(0)) << "the next query's folder comes after a sweep";
  const auto mine = PrefixOf(*first) + "a.parquet";
  Put(mine);
  Put(left_over);
  auto second = folders_.Make();
  EXPECT_NE(first->Uri(), second->Uri());
  EXPECT_THAT(Keys(), ElementsAre(mine));
  ResultFolders next({store_, randomness_});
  ASSERT_THAT(next.Sweep(), IsOk());
  EXPECT_THAT(Keys(), SizeIs(0)) << "to another process it is nobody's";
}

TEST_F(ResultFoldersTest, PlacesAreNamedAsOthersNameThem) {
  const auto folder = folders_.Make();
  const bool has_scheme = store_.root().find("://") != std::string::npos;
  EXPECT_EQ(folder->Uri().starts_with("file:/"), !has_scheme);
}

}  // namespace
}  // namespace tarn::engine
