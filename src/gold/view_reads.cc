// SPDX-License-Identifier: Apache-2.0
#include "gold/view_reads.h"

#include <set>

namespace tarn::gold {

std::vector<engine::TableName> TablesBehind(const Jobs& jobs, const std::vector<engine::TableName>& names) {
  std::vector<engine::TableName> tables;
  std::set<engine::TableName> seen;
  std::vector<engine::TableName> open(names.rbegin(), names.rend());
  while (!open.empty()) {
    const auto name = open.back();
    open.pop_back();
    if (!seen.insert(name).second) continue;
    const auto job = name.layer == "gold" ? jobs.Find(name.domain, name.table) : nullptr;
    if (job && job->is_view()) {
      open.insert(open.end(), job->reads.rbegin(), job->reads.rend());
    } else {
      tables.push_back(name);
    }
  }
  return tables;
}

}  // namespace tarn::gold
