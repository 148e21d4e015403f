// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run would have published: the table as it would be, for tests before the commit, and for people when the tests
// failed (lake.md §6.2, docs/formats/staged-results.md). Plain value and its codec.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/names.h"

namespace tarn::gold {

struct StagedResult {
  uint64_t run = 0;
  Timestamp staged_at;
  /// Snapshot::snapshot_id of the version whose files stay, `removed` left out; nullopt: none stays.
  std::optional<int64_t> base;
  std::set<std::string> removed;  ///< paths
  table::Schema schema;
  std::vector<table::DataFile> added;
};

/// The rows it has; `base` is the version it names, or any for the lack of one.
engine::BoundTablePtr BindStaged(const std::string& location, const table::SnapshotPtr& base,
                                 const StagedResult& staged);

std::string EncodeStaged(const StagedResult& staged);
Result<StagedResult> DecodeStaged(std::string_view text);

}  // namespace tarn::gold
