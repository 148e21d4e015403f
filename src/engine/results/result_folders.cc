// SPDX-License-Identifier: Apache-2.0
#include "engine/results/result_folders.h"

#include <filesystem>

#include "base/log.h"

namespace tarn::engine {

ResultFolder::~ResultFolder() { owner_.LetGo(name_); }

std::string ResultFolder::Uri() const {
  const auto path = owner_.PathOf(name_);
  return path.find("://") == std::string::npos ? "file:" + std::filesystem::absolute(path).string() : path;
}

Result<std::vector<std::string>> ResultFolder::Files(std::string_view suffix) const {
  const auto prefix = std::string(ResultFolders::kPrefix) + name_ + "/";
  TARN_ASSIGN(const auto objects, owner_.dependencies_.store.List(prefix));
  std::vector<std::string> keys;
  for (const auto& object : objects) {
    const auto name = std::string_view(object.key).substr(prefix.size());
    // Writers keep what is not part of the result behind such names (Hadoop's _temporary), also what they gave up.
    const bool is_hidden = name.find('/') != std::string_view::npos || name.starts_with('_') || name.starts_with('.');
    if (!is_hidden && name.ends_with(suffix)) keys.push_back(object.key);
  }
  return keys;
}

std::string ResultFolders::PathOf(const std::string& name) const {
  const auto key = std::string(kPrefix) + name;
  return dependencies_.store.root_of(key) + "/" + key;
}

std::shared_ptr<ResultFolder> ResultFolders::Make() {
  if (const auto swept = Sweep(); !swept) {
    LogWarning("results left over of engines elsewhere not removed", {{"error", swept.error().ToString()}});
  }
  auto name = NewUuid(dependencies_.randomness);
  {
    const std::lock_guard lock(mutex_);
    held_.insert(name);
  }
  return std::shared_ptr<ResultFolder>(new ResultFolder(*this, std::move(name)));
}

Status ResultFolders::Remove(const std::string& name) {
  TARN_ASSIGN(const auto objects, dependencies_.store.List(std::string(kPrefix) + name + "/"));
  std::vector<std::string> keys;
  keys.reserve(objects.size());
  for (const auto& object : objects) keys.push_back(object.key);
  TARN_TRY(dependencies_.store.DeleteAll(keys));
  if (dependencies_.remove_folder) dependencies_.remove_folder(PathOf(name));
  return {};
}

void ResultFolders::LetGo(const std::string& name) {
  if (const auto removed = Remove(name); !removed) {
    LogWarning("a result of an engine elsewhere not removed yet",
               {{"folder", name}, {"error", removed.error().ToString()}});
  }
  const std::lock_guard lock(mutex_);
  held_.erase(name);
}

Status ResultFolders::Sweep() {
  TARN_ASSIGN(const auto names, dependencies_.store.ListFolders(std::string(kPrefix)));
  for (const auto& name : names) {
    {
      const std::lock_guard lock(mutex_);
      if (held_.contains(name)) continue;
    }
    TARN_TRY(Remove(name));
  }
  return {};
}

}  // namespace tarn::engine
