// SPDX-License-Identifier: Apache-2.0
#pragma once
// Monitors as numbered objects `_control/monitors/{name}/{n}`. Thread-safe.

#include "lake/alert_keys.h"
#include "lake/named_documents.h"
#include "quality/monitor.h"

namespace tarn::quality {

struct MonitorDocuments {
  static constexpr const char* kWord = "Monitor";
  static const std::string& NameOf(const Monitor& monitor) { return monitor.name; }
  static Result<std::vector<std::string>> Names(store::ObjectStore& store) {
    return store.ListFolders(std::string(lake::kMonitorsRoot));
  }
  static store::SeriesName SeriesOf(const std::string& name) { return lake::MonitorSeries(name); }
  static std::string Encode(const StoredMonitor& stored) { return EncodeMonitor(stored); }
  static Result<StoredMonitor> Decode(std::string_view text) { return DecodeMonitor(text); }
};

using Monitors = lake::NamedDocuments<Monitor, MonitorDocuments>;

}  // namespace tarn::quality
