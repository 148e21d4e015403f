// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_bronze.h"

#include "bronze/bronze_log.h"
#include "bronze/file_claim.h"
#include "bronze/file_units.h"
#include "bronze/record_feed.h"
#include "lake/keys.h"
#include "upkeep/check_quarantine.h"

namespace tarn::upkeep {
namespace {

class Checker {
 public:
  Checker(const BronzeCheck& check, CheckReport& report)
      : check_(check), report_(report), name_(lake::BronzeLogSeries(check.domain, check.table)) {}

  BronzeFigures Run() {
    if (const auto read = ReadLog(); !read) report_.Add(name_.prefix, read.error());
    figures_.head = summary_.head;
    figures_.purged_through = summary_.purged_through;
    figures_.retired_through = summary_.retired_through;
    for (const auto& [number, entry] : entries_) {
      if (summary_.IsLive(number)) CheckEntry(number, entry);
    }
    return std::move(figures_);
  }

 private:
  /// Numbers of replaced entries are collected after a day; from then on the newest checkpoint is where folding starts.
  Status ReadLog() {
    store::Series series(check_.store, name_, check_.clock);
    TARN_ASSIGN(const auto numbers, series.Numbers());
    if (numbers.empty()) return {};
    if (numbers.back() != numbers.size()) TARN_TRY(StartAtCheckpoint(numbers.back()));
    const auto base = summary_.head;
    uint64_t expected = 1;
    for (const auto number : numbers) {
      for (; expected < number; ++expected) CheckMissing(expected, base);
      ++expected;
      TARN_ASSIGN(const auto body, check_.store.Get(name_.KeyOf(number)));
      if (const auto read = ReadEntry(number, body, base); !read) report_.Add(name_.KeyOf(number), read.error());
    }
    return {};
  }

  Status StartAtCheckpoint(uint64_t head) {
    constexpr auto kInterval = bronze::BronzeLog::kCheckpointInterval;
    for (auto number = head - head % kInterval; number > 0; number -= kInterval) {
      const auto body = check_.store.Get(CheckpointKey(number));
      if (!body && body.error().code == ErrorCode::kNotFound) continue;
      TARN_TRY(body);
      TARN_ASSIGN(auto checkpoint, bronze::DecodeLogCheckpoint(*body));
      summary_ = std::move(checkpoint.summary);
      return {};
    }
    return {};
  }

  void CheckMissing(uint64_t number, uint64_t base) {
    if (number <= base && !summary_.IsLive(number)) return;
    report_.Add(name_.KeyOf(number), "missing, and nothing has replaced it");
  }

  Status ReadEntry(uint64_t number, std::string_view body, uint64_t base) {
    TARN_ASSIGN(auto entry, bronze::DecodeLogEntry(body));
    ++report_.bronze_entries;
    const auto folded = number <= base ? Status() : bronze::Fold(number, entry, summary_);
    entries_[number] = std::move(entry);
    if (number % bronze::BronzeLog::kCheckpointInterval == 0) CheckCheckpoint(number, number > base);
    return folded;
  }

  std::string CheckpointKey(uint64_t number) const {
    auto key = name_.KeyOf(number);
    return key.insert(key.size() - name_.suffix.size(), ".checkpoint");
  }

  /// A checkpoint may be missing (its writer died); one that is there must say what the entries say.
  void CheckCheckpoint(uint64_t number, bool folded) {
    const auto key = CheckpointKey(number);
    const auto body = check_.store.Get(key);
    if (!body && body.error().code == ErrorCode::kNotFound) return;
    const auto checkpoint =
        body ? bronze::DecodeLogCheckpoint(*body) : Result<bronze::LogCheckpoint>(Fail(body.error()));
    if (!checkpoint) return report_.Add(key, checkpoint.error());
    // Version 2 does not say what was purged.
    auto summary = checkpoint->summary;
    if (summary.purged_rows == 0) summary.purged_rows = summary_.purged_rows;
    if (folded && summary != summary_) {
      report_.Add(key, "the checkpoint differs from the entries it sums up");
    }
    for (size_t i = 0; i < checkpoint->entries.size(); ++i) {
      const auto entry = entries_.find(checkpoint->first + i);
      const bool collected = entry == entries_.end() && !summary_.IsLive(checkpoint->first + i);
      if (!collected && (entry == entries_.end() || entry->second != checkpoint->entries[i])) {
        report_.Add(key, "the checkpoint holds another entry " + std::to_string(checkpoint->first + i));
      }
    }
  }

  void CheckEntry(uint64_t number, const bronze::LogEntry& entry) {
    const auto place = name_.KeyOf(number);
    uint64_t ranged = 0;
    for (const auto& range : entry.ranges) ranged += range.rows;
    const auto brought = entry.rows() + entry.erased_rows();
    if (!entry.retires() && ranged != brought) {
      report_.Add(place, "contract ranges have " + std::to_string(ranged) + " rows, objects and erased ones are " +
                             std::to_string(brought));
    }
    uint64_t received = 0;
    for (const auto& range : entry.sources) {
      received += range.rows;
      if (range.last < range.first) report_.Add(place, "the range of source " + range.source + " is empty");
    }
    if (!entry.retires() && received != brought) {
      report_.Add(place, "its sources brought " + std::to_string(received) +
                             " rows, its objects and what was erased are " + std::to_string(brought));
    }
    if (entry.file) {
      CheckFile(place, entry);
    } else {
      for (const auto& object : entry.objects) CheckObject(entry, object);
    }
    for (const auto& object : entry.quarantine) {
      CheckQuarantineObject(check_.store, {object.key, object.size_bytes, object.crc32c, object.rows}, report_);
    }
    AddFigures(number, FolderOf(place, entry), entry);
  }

  /// Rows by the entry that brought them.
  void AddFigures(uint64_t number, uint64_t folder, const bronze::LogEntry& entry) {
    if (entry.retires()) return AddRetired(number, *entry.replacement);
    if (!entry.replacement) return figures_.entries.push_back({number, folder, entry.rows()});
    uint64_t rows = 0;
    for (const auto& run : entry.replacement->rows) {
      for (auto position = run.first; position <= run.last(); ++position) {
        figures_.entries.push_back({position, folder, run.rows});
      }
      rows += run.count * run.rows;
    }
    for (const auto& run : entry.replacement->erased) {
      for (auto position = run.first; position <= run.last(); ++position) {
        figures_.entries.push_back({position, folder, run.rows});
      }
    }
    if (rows == entry.rows()) return;
    report_.Add(name_.KeyOf(number), "the entries it replaces had " + std::to_string(rows) +
                                         " rows, its objects have " + std::to_string(entry.rows()));
  }

  /// Rows that retention took away are merged ones.
  void AddRetired(uint64_t number, const bronze::Replacement& replacement) {
    for (const auto& range : replacement.retired) {
      figures_.entries.push_back({replacement.retired_through, FolderOfRange(name_.KeyOf(number), range), range.rows});
    }
  }

  uint64_t FolderOf(const std::string& place, const bronze::LogEntry& entry) {
    return entry.ranges.empty() ? 0 : FolderOfRange(place, entry.ranges.front());
  }

  uint64_t FolderOfRange(const std::string& place, const bronze::VersionRange& range) {
    const auto endpoint =
        check_.registry.Historic(check_.domain, check_.table, range.generation, range.contract_version);
    if (endpoint) return (*endpoint)->contract().folder_generation;
    report_.Add(place, "its contract cannot be read: " + endpoint.error().ToString());
    return 0;
  }

  /// Stretches of a dropped file: reading compares them with what the entry says.
  void CheckFile(const std::string& place, const bronze::LogEntry& entry) {
    if (entry.file->slices.size() != entry.objects.size()) {
      return report_.Add(place, "its slices of a file are not as many as its objects");
    }
    bronze::FileClaimSeries claim(check_.store, lake::FileClaimSeries(entry.file->claim), check_.clock);
    const auto head = claim.ReadHead();
    if (!head || !*head) report_.Add(place, "the claim of its file cannot be read: " + entry.file->claim);
    const auto shared = std::make_shared<const bronze::LogEntry>(entry);
    for (const auto& unit : bronze::FileUnits({check_.store, check_.parquet}, files_, {shared})) {
      if (const auto read = ReadUnit(unit, entry); !read) report_.Add(entry.objects.front().key, read.error());
    }
    report_.bronze_objects += entry.objects.size();
  }

  Status ReadUnit(const bronze::RecordUnit& unit, const bronze::LogEntry& entry) {
    TARN_ASSIGN(const auto next, unit.open(bronze::Payloads::kMembers));
    bronze::StoredRecord record;
    for (;;) {
      TARN_ASSIGN(const bool more, next(record));
      if (!more) return {};
      ++report_.bronze_rows;
      if (IsCovered(entry, record.offset)) continue;
      return Fail(ErrorCode::kCorrupt, "a row lies outside the range of its entry: " + record.offset.ToString());
    }
  }

  void CheckObject(const bronze::LogEntry& entry, const bronze::LandedObject& object) {
    ++report_.bronze_objects;
    if (const auto read = ReadObject(entry, object); !read) report_.Add(object.key, read.error());
  }

  Status ReadObject(const bronze::LogEntry& entry, const bronze::LandedObject& object) {
    TARN_ASSIGN(const auto next, bronze::ObjectUnit(check_.store, object).open(bronze::Payloads::kMembers));
    bronze::StoredRecord record;
    uint64_t rows = 0;
    uint64_t strangers = 0;
    for (;;) {
      TARN_ASSIGN(const bool more, next(record));
      if (!more) break;
      ++rows;
      strangers += IsCovered(entry, record.offset) ? 0 : 1;
    }
    report_.bronze_rows += rows;
    if (strangers > 0) {
      report_.Add(object.key, std::to_string(strangers) + " records lie outside the range of their entry");
    }
    if (rows == object.rows) return {};
    return Fail(ErrorCode::kCorrupt,
                "it has " + std::to_string(rows) + " rows, its entry says " + std::to_string(object.rows));
  }

  static bool IsCovered(const bronze::LogEntry& entry, const lake::Offset& offset) {
    for (const auto& range : entry.sources) {
      if (range.first <= offset && offset <= range.last) return true;
    }
    return false;
  }

  const BronzeCheck& check_;
  CheckReport& report_;
  const store::SeriesName name_;
  bronze::LogSummary summary_;
  std::map<uint64_t, bronze::LogEntry> entries_;
  BronzeFigures figures_;
  bronze::ParkedFiles files_;  ///< a compressed file is read once through all its entries
};

}  // namespace

BronzeFigures CheckBronze(const BronzeCheck& check, CheckReport& report) { return Checker(check, report).Run(); }

}  // namespace tarn::upkeep
