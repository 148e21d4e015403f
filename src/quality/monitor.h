// SPDX-License-Identifier: Apache-2.0
#pragma once
// A monitor: one rule about how a table's commits behave (docs/guide/monitors.md). Plain value and its codec
// (docs/formats/monitors.md).

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "codec/json.h"
#include "engine/names.h"
#include "lake/stored_document.h"

namespace tarn::quality {

enum class MonitorKind : uint8_t {
  kVolume,     ///< rows that commits wrote in each interval
  kFreshness,  ///< time since the last commit that changed rows
  kNullRate,   ///< share of rows whose column is null
  kSchema      ///< columns and their types
};

std::string_view MonitorKindName(MonitorKind kind);
std::optional<MonitorKind> MonitorKindOf(std::string_view name);

/// What recent intervals say about the next one.
struct Baseline {
  uint64_t intervals = 14;  ///< that are looked back on
  double deviations = 3;    ///< standard deviations from their mean that are still usual
};

struct Monitor {
  std::string name;
  uint64_t version = 1;  ///< number in the monitor's series
  engine::TableName table;
  MonitorKind kind = MonitorKind::kFreshness;
  std::string interval_text;              ///< as given; empty: none
  std::chrono::milliseconds interval{0};  ///< intervals begin at multiples of it since 1970 UTC
  bool measures_growth = false;           ///< of volume: rows added less those removed, not all that were written
  std::optional<double> min;              ///< of volume: rows
  std::optional<double> max;              ///< of volume: rows; of null_rate: a share from 0 to 1
  std::optional<Baseline> baseline;       ///< of volume
  std::string max_age_text;               ///< as given; empty: none
  std::chrono::milliseconds max_age{0};
  std::string column;                          ///< of null_rate
  std::map<std::string, std::string> columns;  ///< of schema: the SQL types that are expected, by name
  bool allows_new_columns = false;
  bool is_paused = false;
  Timestamp created_at;
  Timestamp updated_at;

  bool counts_intervals() const { return interval.count() > 0; }
};

using MonitorPtr = std::shared_ptr<const Monitor>;
using StoredMonitor = lake::StoredDocument<Monitor>;

/// What the HTTP API answers, without its state.
codec::OrderedJson MonitorToJson(const Monitor& monitor);

std::string EncodeMonitor(const StoredMonitor& stored);
Result<StoredMonitor> DecodeMonitor(std::string_view text);

}  // namespace tarn::quality
