// SPDX-License-Identifier: Apache-2.0
#pragma once
// What names mean when jobs that are views are looked through: tables have commits, views have none. Free function.

#include <vector>

#include "engine/names.h"
#include "gold/jobs.h"

namespace tarn::gold {

/// The tables behind `names`: each view among them replaced by what its query reads, however deep.
std::vector<engine::TableName> TablesBehind(const Jobs& jobs, const std::vector<engine::TableName>& names);

}  // namespace tarn::gold
