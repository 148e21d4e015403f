// SPDX-License-Identifier: Apache-2.0
#pragma once
// The mirror of a table: it names the same files as the version it says it shows, with as many rows in each
// (lake.md §5.1, docs/adr/0018). A mirror that lags is no finding. Free function.

#include <string>

#include "engine/query_engine.h"
#include "lake/open_tables.h"
#include "upkeep/check_report.h"

namespace tarn::upkeep {

struct MirrorCheck {
  engine::QueryEngine& engine;
  lake::OpenTables& tables;
  std::string location;
};

/// Does nothing for a table without a mirror.
void CheckMirror(const MirrorCheck& check, CheckReport& report);

}  // namespace tarn::upkeep
