// SPDX-License-Identifier: Apache-2.0
#pragma once
// The side manifest each table's last merge made: what the next one builds on, without reading it back. Thread-safe.

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "silver/side_manifest.h"

namespace tarn::silver {

class LastSideManifests {
 public:
  static constexpr size_t kMaxTables = 1024;

  /// The manifest of that number; nullopt when another one, or none, is remembered of the table at `location`.
  std::optional<SideManifest> Find(const std::string& location, int64_t number) const;
  void Remember(const std::string& location, int64_t number, SideManifest side);

 private:
  struct Numbered {
    int64_t number = 0;
    SideManifest side;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Numbered> by_location_;
};

}  // namespace tarn::silver
