// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a monitor has counted and found (docs/formats/monitors.md). The object is replaced and no more than a hint: when
// it is lost, counting begins anew and nothing is judged by what was missed. Plain values and their codec.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/json.h"
#include "store/object_store.h"

namespace tarn::quality {

enum class MonitorStatus : uint8_t {
  kUnknown,  ///< nothing can be said yet, or no more: never a pass
  kPass,
  kFail
};

std::string_view MonitorStatusName(MonitorStatus status);

struct MonitorResult {
  MonitorStatus status = MonitorStatus::kUnknown;
  std::optional<double> value;  ///< rows, seconds or a share, as the kind measures
  std::string message;
  Timestamp checked_at;
  Timestamp since;  ///< when it began to have this status
};

/// The commits of one interval.
struct CountedInterval {
  Timestamp start;
  int64_t rows = 0;      ///< written, or growth, as the monitor measures
  int64_t examined = 0;  ///< rows whose nulls were counted
  int64_t nulls = 0;
  bool is_whole = true;  ///< no commit was missed
};

struct MonitorState {
  uint64_t version = 0;  ///< of the monitor it is about
  std::string location;  ///< of the table
  int64_t through = -1;  ///< the last version that was counted; -1: none yet
  Timestamp through_at;  ///< when it was looked at
  Timestamp counted_from;
  std::optional<Timestamp> changed_at;     ///< the last commit that changed rows
  std::vector<CountedInterval> intervals;  ///< oldest first; one without commits is left out
  MonitorResult result;
};

codec::OrderedJson MonitorResultToJson(const MonitorResult& result);

std::string EncodeMonitorState(const MonitorState& state);
Result<MonitorState> DecodeMonitorState(std::string_view text);

/// An empty state when there is none, or a broken one.
Result<MonitorState> LoadMonitorState(store::ObjectStore& store, const std::string& monitor);
Status SaveMonitorState(store::ObjectStore& store, const std::string& monitor, const MonitorState& state);

}  // namespace tarn::quality
