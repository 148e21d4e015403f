// SPDX-License-Identifier: Apache-2.0
#include "bronze/bronze_log.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "lake/keys.h"

namespace tarn::bronze {
namespace {

/// Of the entry's rows, those with positions up to `position`.
uint64_t RowsThrough(uint64_t position, const LogEntry& entry) {
  uint64_t rows = 0;
  if (!entry.replacement) return rows;
  for (const auto& run : entry.replacement->rows) {
    if (run.first > position) break;
    rows += std::min(run.count, position - run.first + 1) * run.rows;
  }
  return rows;
}

}  // namespace

uint64_t NumberedEntry::first_position() const {
  if (entry->retires()) return entry->replacement->retired_through;
  return entry->replacement ? entry->replacement->rows.front().first : number;
}

uint64_t NumberedEntry::last_position() const {
  if (entry->retires()) return entry->replacement->retired_through;
  return entry->replacement ? entry->replacement->rows.back().last() : number;
}

BronzeLog::BronzeLog(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table)
    : store_(store), series_(store, lake::BronzeLogSeries(domain, table), clock) {}

std::string BronzeLog::CheckpointKey(uint64_t number) const {
  auto key = series_.name().KeyOf(number);
  key.resize(key.size() - series_.name().suffix.size());
  return key + ".checkpoint" + series_.name().suffix;
}

Result<LogCheckpoint> BronzeLog::ReadCheckpoint(uint64_t number) {
  TARN_ASSIGN(const auto body, store_.Get(CheckpointKey(number)));
  auto checkpoint = DecodeLogCheckpoint(body);
  if (!checkpoint) return Fail(std::move(checkpoint).error().In(CheckpointKey(number)));
  return checkpoint;
}

Result<LogSummary> BronzeLog::CheckpointSummary(uint64_t number) {
  TARN_ASSIGN(auto checkpoint, ReadCheckpoint(number));
  return std::move(checkpoint.summary);
}

Status BronzeLog::Remember(uint64_t number, LogEntry entry) {
  TARN_TRY(Fold(number, entry, summary_));
  entries_[number] = std::make_shared<const LogEntry>(std::move(entry));
  Forget();
  return {};
}

uint64_t BronzeLog::LastNeeded(uint64_t number) const {
  if (number > summary_.swept_through) return number;
  return summary_.replaced.LastOutside(number);
}

bool BronzeLog::IsNeeded(uint64_t number, const LogEntry& entry) const {
  return summary_.IsLive(number) || (entry.replacement && number > summary_.swept_through);
}

void BronzeLog::Forget() {
  // The next checkpoint wants the entries behind the last one as they are.
  if (summary_.head % kCheckpointInterval != 0) return;
  const auto behind = summary_.head - kCheckpointInterval;
  std::erase_if(entries_,
                [&](const auto& known) { return known.first <= behind && !IsNeeded(known.first, *known.second); });
  if (entries_.size() <= kRememberedEntries) return;
  // What is left starts behind a checkpoint, so that older entries are read by the hundred.
  const auto oldest = std::next(entries_.begin(), static_cast<int64_t>(entries_.size() - kRememberedEntries))->first;
  const auto first = (oldest - 1) / kCheckpointInterval * kCheckpointInterval + 1;
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

Result<LogView> BronzeLog::View(uint64_t after) {
  const std::lock_guard lock(mutex_);
  TARN_TRY(Refresh());
  LogView view{summary_, {}};
  Entries older;
  // Rows behind `after` are in entries behind it: a replacing entry is behind all it replaces.
  TARN_TRY(ReadOlder(std::max(after, summary_.purged_through), older));
  for (const auto* entries : {&std::as_const(older), &std::as_const(entries_)}) {
    for (auto at = entries->upper_bound(after); at != entries->end(); ++at) {
      if (!summary_.IsLive(at->first)) continue;
      NumberedEntry entry{at->first, at->second, 0};
      if (entry.last_position() <= after) continue;
      entry.skip_rows = RowsThrough(after, *entry.entry);
      view.entries.push_back(std::move(entry));
    }
  }
  std::ranges::sort(view.entries, {}, &NumberedEntry::first_position);
  return view;
}

Result<std::vector<NumberedEntry>> BronzeLog::Unswept() {
  const std::lock_guard lock(mutex_);
  TARN_TRY(Refresh());
  const auto after = std::max(summary_.swept_through, summary_.purged_through);
  Entries older;
  TARN_TRY(ReadOlder(after, older));
  std::vector<NumberedEntry> found;
  for (const auto* entries : {&std::as_const(older), &std::as_const(entries_)}) {
    for (auto at = entries->upper_bound(after); at != entries->end(); ++at) {
      if (at->second->replacement) found.push_back({at->first, at->second, 0});
    }
  }
  return found;
}

Status BronzeLog::ReadOlder(uint64_t after, Entries& older) {
  auto first = first_loaded_;
  for (auto number = LastNeeded(first - 1); number > after; number = LastNeeded(first - 1)) {
    TARN_ASSIGN(first, ReadChunk(number, older));
  }
  // Few enough are worth remembering: the next reader will ask again.
  if (older.size() + entries_.size() > kRememberedEntries) return {};
  first_loaded_ = std::min(first_loaded_, after + 1);
  entries_.merge(older);
  older.clear();
  return {};
}

Result<uint64_t> BronzeLog::ReadChunk(uint64_t number, Entries& older) {
  const auto boundary = (number + kCheckpointInterval - 1) / kCheckpointInterval * kCheckpointInterval;
  auto checkpoint = boundary <= summary_.head && boundary != missing_checkpoint_
                        ? ReadCheckpoint(boundary)
                        : Result<LogCheckpoint>(Fail(ErrorCode::kNotFound, "no checkpoint"));
  if (checkpoint && checkpoint->first <= number) {
    auto next = checkpoint->first;
    for (auto& entry : checkpoint->entries) {
      if (IsNeeded(next, entry)) older[next] = std::make_shared<const LogEntry>(std::move(entry));
      ++next;
    }
    return checkpoint->first;
  }
  if (!checkpoint && checkpoint.error().code != ErrorCode::kNotFound) return Fail(std::move(checkpoint).error());
  missing_checkpoint_ = boundary;
  TARN_ASSIGN(const auto body, series_.Read(number));
  TARN_ASSIGN(auto entry, DecodeLogEntry(body));
  older[number] = std::make_shared<const LogEntry>(std::move(entry));
  return number;
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
