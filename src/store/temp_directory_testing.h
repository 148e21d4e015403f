// SPDX-License-Identifier: Apache-2.0
#pragma once
// A directory of a test, removed with all in it when the test ends. For *_test.cc files only.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tarn::store {

class TempDirectory {
 public:
  TempDirectory() {
    auto pattern = (std::filesystem::temp_directory_path() / "tarn-test-XXXXXX").string();
    const auto* made = ::mkdtemp(pattern.data());
    EXPECT_NE(made, nullptr) << "no temporary directory";
    if (made != nullptr) path_ = made;
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace tarn::store
