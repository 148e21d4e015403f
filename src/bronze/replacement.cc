// SPDX-License-Identifier: Apache-2.0
#include "bronze/replacement.h"

#include <algorithm>

#include "bronze/record_feed.h"
#include "codec/compression.h"
#include "codec/crc32c.h"
#include "quarantine/put_entries.h"

namespace tarn::bronze {
namespace {

/// Folder of the object that is replaced, another name: where the first of the lines was looked for before.
std::string NameBeside(const std::string& key, Randomness& randomness) {
  return key.substr(0, key.rfind('/') + 1) + "merged-" + NewUuid(randomness) + ".ndjson.zst";
}

/// Writes lines into objects of bounded size.
class LineObjects {
 public:
  explicit LineObjects(const ReplacementRequest& request) : request_(request) {}

  Status Add(const LandedObject& object) {
    TARN_ASSIGN(const auto text, ReadLandedObject(request_.store, object));
    const auto lines = std::ranges::count(text, '\n');
    if (static_cast<uint64_t>(lines) != object.rows) {
      return Fail(ErrorCode::kCorrupt, "bronze object has " + std::to_string(lines) + " lines, its log entry says " +
                                           std::to_string(object.rows) + ": " + object.key);
    }
    if (rows_ == 0) key_ = NameBeside(object.key, request_.randomness);
    TARN_TRY(zstd_.Append(text));
    rows_ += object.rows;
    const bool full = zstd_.compressed_bytes() >= request_.object_bytes || zstd_.raw_bytes() >= kMergedTextBytes;
    return full ? Close() : Status();
  }

  Result<std::vector<LandedObject>> Finish() && {
    TARN_TRY(Close());
    return std::move(written_);
  }

 private:
  Status Close() {
    if (rows_ == 0) return {};
    TARN_ASSIGN(const auto body, zstd_.Finish());
    const store::PutRequest put{key_, body};
    TARN_TRY(request_.store.PutAll({&put, 1}));
    written_.push_back({key_, body.size(), codec::Crc32c(body), rows_});
    rows_ = 0;
    return {};
  }

  const ReplacementRequest& request_;
  codec::ZstdWriter zstd_;
  std::string key_;
  uint64_t rows_ = 0;
  std::vector<LandedObject> written_;
};

/// One object of all refused records; what is already one stays as it is.
Status MergeQuarantine(const ReplacementRequest& request, std::vector<LandedObject> objects, LogEntry& entry) {
  constexpr uint64_t kMostEntries = 50'000;  // of a merged object: it is built in memory
  uint64_t count = 0;
  for (const auto& object : objects) count += object.rows;
  if (objects.size() < 2 || count > kMostEntries) {
    entry.quarantine = std::move(objects);
    return {};
  }
  std::vector<quarantine::Entry> all;
  for (const auto& object : objects) {
    TARN_ASSIGN(auto refused,
                quarantine::ReadEntries(request.store, {object.key, object.size_bytes, object.crc32c, object.rows}));
    std::ranges::move(refused, std::back_inserter(all));
  }
  const auto key = NameBeside(objects.front().key, request.randomness);
  TARN_ASSIGN(const auto merged, quarantine::PutEntries(request.store, key, all));
  entry.quarantine.push_back({key, merged.size_bytes, merged.crc32c, merged.entries});
  for (const auto& object : objects) entry.replacement->gone.push_back(object.key);
  return {};
}

void AddSources(const std::vector<SourceRange>& added, std::vector<SourceRange>& sources) {
  for (const auto& range : added) {
    const auto same = std::ranges::find(sources, range.source, &SourceRange::source);
    if (same == sources.end()) {
      sources.push_back(range);
      continue;
    }
    same->last = range.last;
    same->rows += range.rows;
  }
}

void AddErased(const LogEntry& added, Replacement& replacement) {
  if (!added.replacement) return;
  for (const auto& run : added.replacement->erased) AppendRows(replacement.erased, run);
}

void AddPositions(const NumberedEntry& added, Replacement& replacement) {
  if (added.entry->replacement) {
    for (const auto& run : added.entry->replacement->rows) AppendRows(replacement.rows, run);
  } else {
    AppendRows(replacement.rows, {added.number, 1, added.entry->rows()});
  }
  AddErased(*added.entry, replacement);
  replacement.entries.Add({added.number, added.number});
}

}  // namespace

Result<LogEntry> BuildReplacement(const ReplacementRequest& request) {
  LogEntry entry;
  entry.replacement.emplace();
  LineObjects lines(request);
  std::vector<LandedObject> refused;
  for (const auto& replaced : request.entries) {
    for (const auto& object : replaced.entry->objects) {
      TARN_TRY(lines.Add(object));
      entry.replacement->gone.push_back(object.key);
    }
    std::ranges::copy(replaced.entry->quarantine, std::back_inserter(refused));
    for (const auto& field : replaced.entry->fields) ObserveField(entry.fields, field);
    AddSources(replaced.entry->sources, entry.sources);
    AppendRanges(entry.ranges, replaced.entry->ranges);
    entry.replacement->newest_at = std::max(entry.replacement->newest_at, replaced.entry->newest_at());
    AddPositions(replaced, *entry.replacement);
  }
  TARN_ASSIGN(entry.objects, std::move(lines).Finish());
  TARN_TRY(MergeQuarantine(request, std::move(refused), entry));
  return entry;
}

Result<LogEntry> BuildRetirement(const ReplacementRequest& request, const LogSummary& summary) {
  LogEntry entry;
  auto& replacement = entry.replacement.emplace();
  replacement.retired = summary.retired;
  std::vector<LandedObject> refused;
  for (const auto& retired : request.entries) {
    for (const auto& object : retired.entry->objects) replacement.gone.push_back(object.key);
    std::ranges::copy(retired.entry->quarantine, std::back_inserter(refused));
    AppendRanges(replacement.retired, retired.entry->ranges);
    replacement.entries.Add({retired.number, retired.number});
    replacement.retired_through = retired.last_position();
    AddErased(*retired.entry, replacement);
  }
  constexpr size_t kManyObjects = 16;
  if (refused.size() < kManyObjects) {
    entry.quarantine = std::move(refused);
  } else {
    TARN_TRY(MergeQuarantine(request, std::move(refused), entry));
  }
  return entry;
}

}  // namespace tarn::bronze
