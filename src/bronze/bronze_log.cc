// SPDX-License-Identifier: Apache-2.0
#include "bronze/bronze_log.h"

#include "base/crash_point.h"
#include "base/log.h"
#include "lake/keys.h"

namespace tarn::bronze {

BronzeLog::BronzeLog(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table)
    : store_(store), series_(store, lake::BronzeLogSeries(domain, table), clock) {}

std::string BronzeLog::CheckpointKey(uint64_t number) const {
  auto key = series_.name().KeyOf(number);
  key.resize(key.size() - series_.name().suffix.size());
  return key + ".checkpoint" + series_.name().suffix;
}

Result<LogCheckpoint> BronzeLog::ReadCheckpoint(uint64_t number) {
  TARN_ASSIGN(const auto body, store_.Get(CheckpointKey(number)));
  return DecodeLogCheckpoint(body);
}

Status BronzeLog::Remember(uint64_t number, LogEntry entry) {
  TARN_TRY(Fold(number, entry, summary_));
  entries_[number] = std::make_shared<const LogEntry>(std::move(entry));
  Forget();
  return {};
}

void BronzeLog::Forget() {
  if (entries_.size() <= kRememberedEntries) return;
  // What is left starts behind a checkpoint, so that older entries are read by the hundred.
  const auto oldest = summary_.head - kRememberedEntries;
  const auto first = oldest - oldest % kCheckpointInterval + 1;
  entries_.erase(entries_.begin(), entries_.lower_bound(first));
  first_loaded_ = std::max(first_loaded_, first);
}

Status BronzeLog::LoadFromCheckpoint(uint64_t head) {
  for (uint64_t number = head - head % kCheckpointInterval; number > 0; number -= kCheckpointInterval) {
    auto checkpoint = ReadCheckpoint(number);
    if (!checkpoint) {
      if (checkpoint.error().code == ErrorCode::kNotFound) continue;  // its writer died before: an older one will do
      return Fail(std::move(checkpoint).error());
    }
    summary_ = checkpoint->summary;
    first_loaded_ = number + 1;
    return {};
  }
  return {};
}

Status BronzeLog::Refresh() {
  TARN_ASSIGN(const auto head, series_.Head());
  if (!head) {
    loaded_ = true;
    return {};
  }
  if (!loaded_) {
    TARN_TRY(LoadFromCheckpoint(*head));
    loaded_ = true;
  }
  while (summary_.head < *head) {
    const auto next = summary_.head + 1;
    TARN_ASSIGN(const auto body, series_.Read(next));
    TARN_ASSIGN(auto entry, DecodeLogEntry(body));
    TARN_TRY(Remember(next, std::move(entry)));
  }
  return {};
}

Result<LogSummary> BronzeLog::Summary() {
  const std::lock_guard lock(mutex_);
  TARN_TRY(Refresh());
  return summary_;
}

Result<std::vector<NumberedEntry>> BronzeLog::Entries(uint64_t after, uint64_t upto) {
  const std::lock_guard lock(mutex_);
  TARN_TRY(Refresh());
  const auto behind = std::max(after, summary_.purged_through);
  std::vector<NumberedEntry> found;
  TARN_ASSIGN(const auto older, ReadOlder(behind));
  for (const auto* entries : {&older, &std::as_const(entries_)}) {
    for (auto at = entries->upper_bound(behind); at != entries->end() && at->first <= upto; ++at) {
      found.push_back({at->first, at->second});
    }
  }
  return found;
}

Result<std::map<uint64_t, LogEntryPtr>> BronzeLog::ReadOlder(uint64_t after) {
  std::map<uint64_t, LogEntryPtr> older;
  for (uint64_t first = first_loaded_; first > 1 && after + 1 < first;) {
    const uint64_t last = first - 1;
    auto checkpoint = ReadCheckpoint(last);
    if (checkpoint) {
      if (checkpoint->first > last)
        return Fail(ErrorCode::kCorrupt, "an empty bronze checkpoint: " + CheckpointKey(last));
      first = checkpoint->first;
      auto number = first;
      for (auto& entry : checkpoint->entries) older[number++] = std::make_shared<const LogEntry>(std::move(entry));
      continue;
    }
    if (checkpoint.error().code != ErrorCode::kNotFound) return Fail(std::move(checkpoint).error());
    TARN_ASSIGN(const auto body, series_.Read(last));
    TARN_ASSIGN(auto entry, DecodeLogEntry(body));
    older[last] = std::make_shared<const LogEntry>(std::move(entry));
    first = last;
  }
  // Few enough are worth remembering: the next reader will ask again.
  if (older.size() + entries_.size() <= kRememberedEntries && !older.empty()) {
    first_loaded_ = older.begin()->first;
    entries_.merge(older);
    older.clear();
  }
  return older;
}

Result<uint64_t> BronzeLog::Append(const LogEntry& entry, const std::function<Status()>& guard) {
  const std::lock_guard lock(mutex_);
  for (;;) {
    TARN_TRY(Refresh());
    const auto number = summary_.head + 1;
    auto after = summary_;
    if (const auto fits = Fold(number, entry, after); !fits) {
      return Fail(ErrorCode::kConflict, fits.error().message);
    }
    TARN_TRY(guard());
    TARN_CRASH_POINT("bronze.before_entry");
    const auto put = series_.Put(number, EncodeLogEntry(entry));
    if (!put && put.error().code == ErrorCode::kConflict) continue;
    TARN_TRY(put);
    TARN_CRASH_POINT("bronze.after_entry");
    TARN_TRY(Remember(number, entry));
    if (number % kCheckpointInterval == 0) WriteCheckpoint();
    return number;
  }
}

void BronzeLog::WriteCheckpoint() {
  LogCheckpoint checkpoint;
  checkpoint.summary = summary_;
  const auto span = std::min<uint64_t>(kCheckpointInterval, summary_.head - first_loaded_ + 1);
  checkpoint.first = summary_.head - span + 1;
  for (auto at = entries_.lower_bound(checkpoint.first); at != entries_.end(); ++at)
    checkpoint.entries.push_back(*at->second);
  const auto body = EncodeLogCheckpoint(checkpoint);
  const auto put = store_.PutIfAbsent(CheckpointKey(summary_.head), body);
  if (!put && put.error().code != ErrorCode::kAlreadyExists) {
    LogWarning("bronze checkpoint not written",
               {{"key", CheckpointKey(summary_.head)}, {"error", put.error().ToString()}});
  }
}

}  // namespace tarn::bronze
