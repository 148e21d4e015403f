// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a pass of upkeep over one endpoint's bronze or quarantine is told. Plain values.

#include <cstdint>
#include <string>

namespace tarn::upkeep {

struct EndpointPass {
  std::string domain;
  std::string table;
  uint64_t swept_through = 0;  ///< as bronze::Replacement's
  bool dry_run = false;        ///< only counts
};

}  // namespace tarn::upkeep
