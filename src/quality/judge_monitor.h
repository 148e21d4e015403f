// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a table is as its monitor says, by what was counted (docs/guide/monitors.md). Pure functions.

#include <optional>

#include "quality/monitor.h"
#include "quality/monitor_state.h"
#include "table/snapshot.h"

namespace tarn::quality {

/// The table as readers see it.
struct WatchedTable {
  table::SnapshotPtr snapshot;  ///< nullptr or of no version: the table is not there
  table::Schema visible;        ///< without hidden columns
};

/// The result at `now`; `since` is the one of `state.result` while the status stays.
MonitorResult Judge(const Monitor& monitor, const MonitorState& state, const WatchedTable& table, Timestamp now);

/// When the result may change without a commit; nullopt: never.
std::optional<Timestamp> NextLook(const Monitor& monitor, const MonitorState& state, Timestamp now);

/// SQL types of columns by name, as monitors of the schema expect them.
std::map<std::string, std::string> ColumnsOf(const table::Schema& visible);

}  // namespace tarn::quality
