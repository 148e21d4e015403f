// SPDX-License-Identifier: Apache-2.0
#include "upkeep/sweep_bronze.h"

#include <algorithm>

#include "base/crash_point.h"
#include "lake/keys.h"

namespace tarn::upkeep {
namespace {

using bronze::BronzeLog;

int64_t Micros(std::chrono::milliseconds time) { return std::chrono::microseconds(time).count(); }

/// A bronze log's folder as it is listed.
struct LogFolder {
  std::vector<uint64_t> entries;
  std::vector<store::ObjectInfo> checkpoints;  ///< with the numbers below
  std::vector<uint64_t> checkpoint_numbers;
};

Result<LogFolder> ListLog(store::ObjectStore& store, const store::SeriesName& series) {
  auto checkpoint_series = series;
  checkpoint_series.suffix = ".checkpoint" + series.suffix;
  TARN_ASSIGN(auto objects, store.List(series.prefix));
  LogFolder folder;
  for (auto& object : objects) {
    if (const auto number = series.NumberOf(object.key)) {
      folder.entries.push_back(*number);
    } else if (const auto checkpoint = checkpoint_series.NumberOf(object.key)) {
      folder.checkpoint_numbers.push_back(*checkpoint);
      folder.checkpoints.push_back(std::move(object));
    }
  }
  return folder;
}

/// What had been replaced at one moment and is swept by now.
class Dead {
 public:
  Dead(const bronze::LogSummary& then, const bronze::LogSummary& now) : then_(then), swept_(now.swept_through) {}

  bool Has(uint64_t number) const {
    return !then_.IsLive(number) && number < then_.head && (number <= swept_ || number <= then_.purged_through);
  }

  bool HasAllOfCheckpoint(uint64_t number) const {
    for (uint64_t behind = 0; behind < BronzeLog::kCheckpointInterval && behind < number; ++behind) {
      if (!Has(number - behind)) return false;
    }
    return true;
  }

 private:
  const bronze::LogSummary& then_;
  const uint64_t swept_;
};

}  // namespace

uint64_t SweepBronze::SweptThrough(const std::string& domain, const std::string& table) const {
  const auto known = progress_.find({domain, table});
  return known == progress_.end() ? 0 : known->second.swept_through;
}

bool SweepBronze::IsDue(Timestamp replaced_at) const {
  if (dependencies_.clock.Now().micros - replaced_at.micros < Micros(options_.objects_after)) return false;
  const auto run = dependencies_.oldest_run();
  return !run || run->micros > replaced_at.micros;
}

Status SweepBronze::SweepObjects(BronzeLog& log, Progress& progress, bool dry_run, SweepBronzeOutcome& outcome) {
  TARN_ASSIGN(const auto unswept, log.Unswept());
  for (const auto& [number, entry, skip_rows] : unswept) {
    if (number <= progress.swept_through) continue;
    const auto& gone = entry->replacement->gone;
    const bool enough = outcome.deleted > 0 && outcome.deleted + gone.size() > kMaxDeletes;
    if (enough || !IsDue(entry->written_at)) {
      outcome.at_rest = false;
      return {};
    }
    outcome.deleted += gone.size();
    if (dry_run) continue;
    TARN_TRY(dependencies_.seat_check());
    TARN_TRY(dependencies_.store.DeleteAll(gone));
    TARN_CRASH_POINT("upkeep.sweep_bronze.objects_deleted");
    progress.swept_through = number;
  }
  return {};
}

Status SweepBronze::SweepNumbers(BronzeLog& log, const store::SeriesName& series, bool dry_run,
                                 SweepBronzeOutcome& outcome) {
  TARN_ASSIGN(const auto folder, ListLog(dependencies_.store, series));
  const auto latest = dependencies_.clock.Now().micros - Micros(options_.numbers_after);
  const auto old = std::ranges::find_if(folder.checkpoints.rbegin(), folder.checkpoints.rend(),
                                        [&](const auto& object) { return object.modified.micros <= latest; });
  if (old == folder.checkpoints.rend()) return {};
  const auto index = static_cast<size_t>(folder.checkpoints.rend() - old - 1);
  TARN_ASSIGN(const auto then, log.CheckpointSummary(folder.checkpoint_numbers[index]));
  TARN_ASSIGN(const auto now, log.Summary());
  const Dead dead(then, now);
  std::vector<std::string> keys;
  for (const auto number : folder.entries) {
    if (dead.Has(number)) keys.push_back(log.EntryKey(number));
  }
  for (const auto number : folder.checkpoint_numbers) {
    if (dead.HasAllOfCheckpoint(number)) keys.push_back(log.CheckpointKey(number));
  }
  outcome.deleted += keys.size();
  if (keys.empty() || dry_run) return {};
  TARN_TRY(dependencies_.seat_check());
  return dependencies_.store.DeleteAll(keys);
}

Result<SweepBronzeOutcome> SweepBronze::Run(const std::string& domain, const std::string& table, bool dry_run) {
  auto& log = dependencies_.bronze.LogOf(domain, table);
  auto& progress = progress_[{domain, table}];
  SweepBronzeOutcome outcome;
  TARN_TRY(SweepObjects(log, progress, dry_run, outcome));
  const auto now = dependencies_.clock.Steady();
  if (!dry_run && progress.numbers_at && now - *progress.numbers_at < options_.numbers_every) return outcome;
  TARN_TRY(SweepNumbers(log, lake::BronzeLogSeries(domain, table), dry_run, outcome));
  if (!dry_run) progress.numbers_at = now;
  return outcome;
}

}  // namespace tarn::upkeep
