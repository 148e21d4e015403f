// SPDX-License-Identifier: Apache-2.0
#pragma once
// What merging leaves in a bronze log (durability.md §1.3, §4.2): replaced objects are deleted when nobody can still be
// reading them, log entries and checkpoints a day after all in them was replaced. The log itself says what may go, so a
// run may be killed anywhere and the next does the rest. Thread-compatible.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bronze/bronze.h"

namespace tarn::upkeep {

struct SweepBronzeOptions {
  std::chrono::milliseconds objects_after = std::chrono::hours(1);   ///< longer than the longest query
  std::chrono::milliseconds numbers_after = std::chrono::hours(24);  ///< durability.md §1.3
  std::chrono::milliseconds numbers_every = std::chrono::hours(1);   ///< the log is listed for them
};

struct SweepBronzeOutcome {
  uint64_t deleted = 0;  ///< objects, entries and checkpoints
  bool at_rest = true;   ///< nothing will be left to do later unless there are new entries
};

class SweepBronze {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    bronze::Bronze& bronze;
    Clock& clock;
    std::function<Status()> seat_check;
    std::function<std::optional<Timestamp>()> oldest_run;  ///< as Expire's
  };

  /// Keys that one run deletes at most, but those of one entry at least.
  static constexpr size_t kMaxDeletes = 20'000;

  SweepBronze(Dependencies dependencies, SweepBronzeOptions options)
      : dependencies_(std::move(dependencies)), options_(options) {}

  /// One run over one endpoint's log; a dry run only counts.
  Result<SweepBronzeOutcome> Run(const std::string& domain, const std::string& table, bool dry_run);

  /// Number of the entry up to which this process has deleted what was replaced.
  uint64_t SweptThrough(const std::string& domain, const std::string& table) const;

 private:
  struct Progress {
    uint64_t swept_through = 0;
    std::optional<std::chrono::steady_clock::time_point> numbers_at;  ///< when the log was listed last
  };

  Status SweepObjects(bronze::BronzeLog& log, Progress& progress, bool dry_run, SweepBronzeOutcome& outcome);
  Status SweepNumbers(bronze::BronzeLog& log, const store::SeriesName& series, bool dry_run,
                      SweepBronzeOutcome& outcome);
  bool IsDue(Timestamp replaced_at) const;

  const Dependencies dependencies_;
  const SweepBronzeOptions options_;
  std::map<std::pair<std::string, std::string>, Progress> progress_;
};

}  // namespace tarn::upkeep
