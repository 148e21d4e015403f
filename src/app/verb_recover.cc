// SPDX-License-Identifier: Apache-2.0
#include "app/verb_recover.h"

#include <cstdio>

#include "app/complaint.h"
#include "app/lake_node.h"

namespace tarn::app {

int RunRecover(const Config& config) {
  auto node = LakeNode::Open(config);
  if (!node) return Complain("recover: cannot open the lake", node.error());
  const auto landed = (*node)->LandEverything();
  (*node)->Close();
  if (!landed) return Complain("recover: not everything is landed; run it again", landed.error());
  if (*landed == 0) {
    std::printf("nothing to land: every record of %s is in bronze\n", config.data_dir.c_str());
  } else {
    std::printf("landed %llu records of %s in bronze of %s; the next server merges them\n",
                static_cast<unsigned long long>(*landed), config.data_dir.c_str(), config.lake.c_str());
  }
  return kExitOk;
}

}  // namespace tarn::app
