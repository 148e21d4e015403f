// SPDX-License-Identifier: Apache-2.0
#pragma once
// The keys of one data file, so that a merge need not open files that hold none of its keys (lake.md §4.4,
// docs/formats/key-filter.md). An object of the side folder that is found by the data file's name: it is written before
// the commit that adds the file and never changes. Plain value and its codec.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/fuse_filter.h"

namespace tarn::silver {

struct KeyFilter {
  /// Files of more rows get no filter: building one would take too much memory.
  static constexpr int64_t kMaxRows = codec::FuseFilter::kMaxHashes;

  uint64_t fingerprint = 0;  ///< KeyFingerprint of the columns
  codec::FuseFilter keys;    ///< HashKey of every row
};

/// Name below the side folder: "keys/{name of the data file}.filter".
std::string KeyFilterName(std::string_view data_file_path);

std::string EncodeKeyFilter(const KeyFilter& filter);
/// kUnsupported for a later version, kCorrupt for anything else that is none.
Result<KeyFilter> DecodeKeyFilter(std::string_view bytes);

}  // namespace tarn::silver
