// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a key of the object store may look like. Every implementation checks with these functions, so that a key one of
// them takes is a key all of them take: relative, without empty, "." or ".." segments, outside the reserved temp
// folder. Pure functions.

#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::store {

/// Folder under a store's root that holds unfinished objects; no key may lie in it.
inline constexpr std::string_view kTempFolder = ".tmp";

inline constexpr size_t kMaxKeyBytes = 1024;
inline constexpr size_t kMaxKeySegmentBytes = 255;

/// kInvalidArgument unless `key` names an object.
Status CheckKey(std::string_view key);

/// kInvalidArgument unless `prefix` can start a key; empty is all keys.
Status CheckPrefix(std::string_view prefix);

/// kInvalidArgument unless `prefix` is empty or a folder with its slash.
Status CheckFolderPrefix(std::string_view prefix);

/// The folder of a key without its slash; empty for a key at the root.
std::string_view FolderOf(std::string_view key);

}  // namespace tarn::store
