// SPDX-License-Identifier: Apache-2.0
#pragma once
// An object that a commit needs and that is not in the store yet. Plain value.

#include <string>

namespace tarn::table {

struct PendingObject {
  std::string key;  ///< in the store
  std::string body;
};

}  // namespace tarn::table
