// SPDX-License-Identifier: Apache-2.0
#include "bronze/erasing_entry.h"

#include <algorithm>
#include <map>

#include "bronze/line.h"
#include "bronze/replacement.h"
#include "codec/compression.h"
#include "codec/crc32c.h"
#include "lake/keys.h"
#include "quarantine/put_entries.h"

namespace tarn::bronze {
namespace {

constexpr size_t kCompressStepBytes = 1U << 20;

/// Records of an entry by the number that brought them.
struct Slot {
  uint64_t number = 0;
  uint64_t rows = 0;  ///< there now
  uint64_t kept = 0;
};

std::vector<Slot> SlotsOf(const NumberedEntry& entry) {
  std::vector<Slot> slots;
  if (!entry.entry->replacement) return {{entry.number, entry.entry->rows(), 0}};
  for (const auto& run : entry.entry->replacement->rows) {
    for (auto number = run.first; number <= run.last(); ++number) slots.push_back({number, run.rows, 0});
  }
  return slots;
}

/// Lines of the records that stay, in objects that readers can unpack one at a time.
class KeptLines {
 public:
  explicit KeptLines(const ErasingRequest& request) : request_(request), writer_(request.domain, request.table) {}

  Status Add(const StoredRecord& record) {
    writer_.Append(record, text_);
    ++rows_;
    if (text_.size() >= kCompressStepBytes) TARN_TRY(Compress());
    return zstd_.raw_bytes() >= kMergedTextBytes ? Close() : Status();
  }

  Result<std::vector<LandedObject>> Finish() && {
    TARN_TRY(Close());
    return std::move(written_);
  }

 private:
  Status Compress() {
    TARN_TRY(zstd_.Append(text_));
    text_.clear();
    return {};
  }

  Status Close() {
    if (rows_ == 0) return {};
    TARN_TRY(Compress());
    TARN_ASSIGN(const auto body, zstd_.Finish());
    const auto key = lake::BronzeObjectKey(request_.domain, request_.table, request_.entry.entry->newest_at(),
                                           "kept-" + NewUuid(request_.randomness));
    const store::PutRequest put{key, body};
    TARN_TRY(request_.store.PutAll({&put, 1}));
    written_.push_back({key, body.size(), codec::Crc32c(body), rows_});
    rows_ = 0;
    return {};
  }

  const ErasingRequest& request_;
  LineWriter writer_;
  codec::ZstdWriter zstd_;
  std::string text_;
  uint64_t rows_ = 0;
  std::vector<LandedObject> written_;
};

/// Copies what stays; `slots` count it.
Result<std::vector<LandedObject>> CopyLines(const ErasingRequest& request, std::vector<Slot>& slots) {
  KeptLines lines(request);
  auto slot = slots.begin();
  uint64_t seen = 0;
  StoredRecord record;
  for (const auto& unit : request.units) {
    TARN_ASSIGN(const auto next, unit.open(Payloads::kText));
    for (;;) {
      TARN_ASSIGN(const bool more, next(record));
      if (!more) break;
      while (slot != slots.end() && seen == slot->rows) {
        ++slot;
        seen = 0;
      }
      if (slot == slots.end()) {
        return Fail(ErrorCode::kCorrupt,
                    "bronze log entry " + std::to_string(request.entry.number) + " has more rows than it says");
      }
      ++seen;
      if (request.records.contains(record.offset)) continue;
      ++slot->kept;
      TARN_TRY(lines.Add(record));
    }
  }
  return std::move(lines).Finish();
}

/// Positions of rows with those that were erased before.
std::vector<NumberedRows> ErasedRows(const LogEntry& before, const std::vector<Slot>& slots) {
  std::map<uint64_t, uint64_t> counts;
  if (before.replacement) {
    for (const auto& run : before.replacement->erased) {
      for (auto number = run.first; number <= run.last(); ++number) counts[number] += run.rows;
    }
  }
  for (const auto& slot : slots) {
    if (slot.kept < slot.rows) counts[slot.number] += slot.rows - slot.kept;
  }
  std::vector<NumberedRows> erased;
  for (const auto& [number, rows] : counts) AppendRows(erased, {number, 1, rows});
  return erased;
}

Status CopyRefused(const ErasingRequest& request, ErasingEntry& made) {
  auto& entry = made.entry;
  for (const auto& object : request.entry.entry->quarantine) {
    TARN_ASSIGN(auto refused,
                quarantine::ReadEntries(request.store, {object.key, object.size_bytes, object.crc32c, object.rows}));
    const auto gone =
        std::erase_if(refused, [&](const quarantine::Entry& one) { return request.refused.contains(one.id); });
    if (gone == 0) {
      entry.quarantine.push_back(object);
      continue;
    }
    made.refused += gone;
    ++made.rewritten_refused;
    entry.replacement->gone.push_back(object.key);
    if (refused.empty()) continue;
    const auto key = lake::QuarantineObjectKey(request.domain, request.table, request.entry.entry->newest_at(),
                                               "kept-" + NewUuid(request.randomness));
    TARN_ASSIGN(const auto kept, quarantine::PutEntries(request.store, key, refused));
    entry.quarantine.push_back({key, kept.size_bytes, kept.crc32c, kept.entries});
  }
  return {};
}

/// All but the objects.
LogEntry SameRanges(const NumberedEntry& before) {
  LogEntry entry;
  entry.sources = before.entry->sources;
  entry.ranges = before.entry->ranges;
  entry.fields = before.entry->fields;
  auto& replacement = entry.replacement.emplace();
  replacement.entries.Add({before.number, before.number});
  replacement.newest_at = before.entry->newest_at();
  if (const auto& old = before.entry->replacement) {
    replacement.retired_through = old->retired_through;
    replacement.retired = old->retired;
    replacement.erased = old->erased;
  }
  return entry;
}

}  // namespace

Result<ErasingEntry> BuildErasingEntry(const ErasingRequest& request) {
  ErasingEntry made;
  made.entry = SameRanges(request.entry);
  auto& replacement = *made.entry.replacement;
  TARN_TRY(CopyRefused(request, made));
  if (request.entry.entry->retires()) return made;
  auto slots = SlotsOf(request.entry);
  if (request.keeps_lines || (request.records.empty() && !request.entry.entry->file)) {
    made.entry.file = request.entry.entry->file;
    for (const auto& slot : slots) AppendRows(replacement.rows, {slot.number, 1, slot.rows});
    made.entry.objects = request.entry.entry->objects;
    return made;
  }
  TARN_ASSIGN(auto objects, CopyLines(request, slots));
  uint64_t rows = 0;
  for (const auto& slot : slots) {
    AppendRows(replacement.rows, {slot.number, 1, slot.kept});
    made.records += slot.rows - slot.kept;
    rows += slot.kept;
  }
  if (made.records + rows != request.entry.entry->rows()) {
    return Fail(ErrorCode::kCorrupt,
                "bronze log entry " + std::to_string(request.entry.number) + " has fewer rows than it says");
  }
  replacement.erased = ErasedRows(*request.entry.entry, slots);
  made.entry.objects = std::move(objects);
  for (const auto& object : request.entry.entry->objects) {
    const bool known = std::ranges::find(replacement.gone, object.key) != replacement.gone.end();
    if (!known && !request.still_used.contains(object.key)) replacement.gone.push_back(object.key);
  }
  made.rewritten += request.entry.entry->objects.size();
  return made;
}

}  // namespace tarn::bronze
