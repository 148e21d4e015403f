// SPDX-License-Identifier: Apache-2.0
#pragma once
// {% snapshot name %} … {% endsnapshot %} blocks of a file, each of which is a node of its own. Pure function.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tarn::dbt {

struct SnapshotBlock {
  std::string name;
  std::string code;  ///< between the tags, with as many empty lines before it as make its lines those of the file
};

/// kInvalidArgument with file and line: a block without a name or an end.
Result<std::vector<SnapshotBlock>> ReadSnapshotBlocks(const std::string& path, std::string_view text);

}  // namespace tarn::dbt
