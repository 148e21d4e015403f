// SPDX-License-Identifier: Apache-2.0
#pragma once
// A node's data directory: it belongs to this lake, and its log is whole (durability.md §3.4).

#include <string>

#include "store/disk.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

void CheckNodeLog(store::Disk& disk, const std::string& data_dir, const std::string& lake_id, CheckReport& report);

}  // namespace tarn::upkeep
