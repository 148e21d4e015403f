// SPDX-License-Identifier: Apache-2.0
#pragma once
// The composition root of a node: everything that serves one lake from one data directory, in the order it must be
// opened and closed. The only place that names concrete stores, formats and engines. Thread-compatible; its parts are
// thread-safe.

#include <memory>
#include <string>

#include "api/services.h"
#include "app/config.h"

namespace tarn::app {

class LakeNode {
 public:
  /// Opens the lake, takes the seat, replays the log. kFailedPrecondition when the seat is not to be had.
  static Result<std::unique_ptr<LakeNode>> Open(const Config& config);
  ~LakeNode();
  LakeNode(const LakeNode&) = delete;
  LakeNode& operator=(const LakeNode&) = delete;

  /// Starts landing, merging and job runs.
  Status StartBackground();

  /// Starts job runs alone, for a verb that runs some and ends.
  Status StartJobs();

  /// What the routes stand on; lives as long as the node.
  api::Services& services();

  /// Lands every record of the node's log, for `tarn recover`; the next server merges them. Returns the number of
  /// records.
  Result<uint64_t> LandEverything();

  /// Stops background work and closes the log cleanly. Idempotent.
  void Close();

 private:
  struct Parts;
  explicit LakeNode(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// The default memory limit of the engine: half of the machine's memory, in bytes.
uint64_t DefaultEngineMemory();

}  // namespace tarn::app
