// SPDX-License-Identifier: Apache-2.0
#include "app/verb_recover.h"

#include <cstdio>

#include "app/complaint.h"
#include "app/lake_node.h"
#include "app/lake_store.h"
#include "lake/data_dir.h"
#include "lake/lake_document.h"
#include "store/local/posix_disk.h"

namespace tarn::app {
namespace {

/// Both directories must be what they are said to be: opening a node would make them.
Status CheckDirectories(const Config& config) {
  store::PosixDisk disk;
  SystemClock clock;
  SystemRandomness randomness;
  MetricRegistry metrics;
  auto looked = config;
  looked.s3_cache_bytes = 0;
  TARN_ASSIGN(const auto lake_store, LakeStore::OpenToRead(looked, {disk, clock, randomness, metrics}, ""));
  const auto document = lake::OpenLake(lake_store->store(), clock);
  if (!document && document.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kNotFound, "there is no lake in " + config.lake + " (it has no tarn.json)");
  }
  TARN_TRY(document);
  const auto identity = lake::ReadNodeIdentity(disk, config.data_dir);
  if (!identity && identity.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kNotFound, "no node has used " + config.data_dir);
  }
  TARN_TRY(identity);
  return {};
}

}  // namespace

int RunRecover(const Config& config) {
  if (const auto checked = CheckDirectories(config); !checked) return Complain("recover", checked.error());
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
