// SPDX-License-Identifier: Apache-2.0
#include "store/local/local_listing.h"

#include <algorithm>
#include <utility>

#include "store/object_key.h"

namespace tarn::store {
namespace {

/// Names in a folder ("" or "a/b/"); none when it is absent. Directories end in '/', so that sorted names give the byte
/// order of the whole keys below them ("a.b" before "a/x").
Result<std::vector<std::string>> Names(Disk& disk, const std::string& root, const std::string& folder) {
  auto names = disk.List(root + "/" + folder);
  if (!names && names.error().code == ErrorCode::kNotFound) return std::vector<std::string>();
  if (names && folder.empty()) std::erase(*names, std::string(kTempFolder) + "/");
  return names;
}

class Walk {
 public:
  Walk(Disk& disk, const ListRequest& request) : disk_(disk), request_(request) {}

  Status Visit(const std::string& folder) {
    TARN_ASSIGN(const auto names, Names(disk_, request_.root, folder));
    for (const auto& name : names) {
      if (full()) break;
      const auto key = folder + name;
      if (name.ends_with('/')) {
        if (MayHoldKeys(key)) TARN_TRY(Visit(key));
      } else if (key.starts_with(request_.prefix) && key > request_.start_after) {
        TARN_TRY(Take(key));
      }
    }
    return {};
  }

  std::vector<ObjectInfo> found() && { return std::move(found_); }

 private:
  bool full() const { return request_.limit != 0 && found_.size() == request_.limit; }

  bool MayHoldKeys(const std::string& folder) const {
    const bool in_prefix = folder.starts_with(request_.prefix) || request_.prefix.starts_with(folder);
    return in_prefix && (folder > request_.start_after || request_.start_after.starts_with(folder));
  }

  Status Take(const std::string& key) {
    const auto info = disk_.Stat(request_.root + "/" + key);
    if (info) {
      found_.push_back({key, info->size_bytes, info->modified});
    } else if (info.error().code != ErrorCode::kNotFound) {  // else removed since the directory was read
      return Fail(info.error());
    }
    return {};
  }

  Disk& disk_;
  const ListRequest& request_;
  std::vector<ObjectInfo> found_;
};

}  // namespace

Result<std::vector<ObjectInfo>> ListObjects(Disk& disk, const ListRequest& request) {
  Walk walk(disk, request);
  TARN_TRY(walk.Visit(request.prefix.substr(0, request.prefix.rfind('/') + 1)));
  return std::move(walk).found();
}

Result<std::vector<std::string>> ListObjectFolders(Disk& disk, const std::string& root, const std::string& prefix) {
  TARN_ASSIGN(const auto names, Names(disk, root, prefix));
  std::vector<std::string> folders;
  for (const auto& name : names) {
    if (!name.ends_with('/')) continue;
    TARN_ASSIGN(const auto any,
                ListObjects(disk, {.root = root, .prefix = prefix + name, .start_after = "", .limit = 1}));
    if (!any.empty()) folders.push_back(name.substr(0, name.size() - 1));
  }
  std::ranges::sort(folders);  // without their slashes the order is another one
  return folders;
}

}  // namespace tarn::store
