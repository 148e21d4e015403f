// SPDX-License-Identifier: Apache-2.0
#pragma once
// The port behind orphan removal: every owner of objects says what must stay, so that what nobody names can go
// (lake.md §7). Implementations are thread-compatible.

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace tarn::lake {

class References {
 public:
  virtual ~References() = default;

  /// Folders of the lake (with a trailing slash) this owner answers for; no two overlap.
  virtual Result<std::vector<std::string>> Folders() = 0;

  /// Says of an object whether it must stay.
  using Keeps = std::function<bool(const std::string& key)>;

  /// What is referenced in `folder` now. kUnsupported: nothing of it may be judged.
  virtual Result<Keeps> Load(const std::string& folder) = 0;
};

}  // namespace tarn::lake
