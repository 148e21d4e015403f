// SPDX-License-Identifier: Apache-2.0
#include "bronze/find_record.h"

#include <algorithm>

#include "bronze/tail_units.h"

namespace tarn::bronze {
namespace {

FoundRecord ToFound(const StoredRecord& record) {
  FoundRecord found;
  found.offset = record.offset;
  found.payload = record.payload;
  found.is_object = record.is_object;
  found.received_at = record.insert_date;
  found.request_id = record.request_id;
  found.schema_version = record.schema_version;
  found.operation = record.operation;
  found.disposition = record.disposition;
  found.replay_of = record.replay_of;
  return found;
}

FoundRecord ToFound(const quarantine::Entry& entry, const lake::Offset& offset) {
  FoundRecord found;
  found.offset = offset;
  found.payload = entry.payload;
  found.is_object = entry.is_object;
  found.received_at = entry.received_at;
  found.request_id = entry.request_id;
  found.schema_version = entry.schema_version;
  found.operation = contract::OperationWord(entry.operation);
  found.disposition = "rejected";
  found.errors = entry.errors;
  return found;
}

Result<std::optional<FoundRecord>> FindInTail(const ingest::TailPin& pin, size_t begin, const lake::Offset& offset) {
  for (size_t at = begin; at < pin.frames().size(); ++at) {
    const auto& frame = pin.frames()[at];
    if (offset < frame.first || frame.last() < offset) continue;
    ingest::FrameReader reader(pin, at, at + 1);
    TARN_ASSIGN(const auto* view, reader.Next());
    if (view == nullptr) return Fail(ErrorCode::kInternal, "a pinned frame is gone");
    const auto index = static_cast<uint32_t>(offset.sequence - frame.first.sequence);
    TARN_ASSIGN(const auto refused, ToQuarantineEntry(*view, index));
    const auto stored = ToStored(*view, index);
    auto found = stored ? ToFound(*stored) : ToFound(*refused, offset);
    if (refused) found.errors = refused->errors;
    found.generation = frame.generation;
    return std::optional(std::move(found));
  }
  return std::optional<FoundRecord>();
}

bool Covers(const LogEntry& entry, const lake::Offset& offset) {
  return std::ranges::any_of(entry.sources,
                             [&](const SourceRange& range) { return range.first <= offset && offset <= range.last; });
}

/// Number of the entry that brought row `row` of this one.
uint64_t PositionOfRow(const NumberedEntry& entry, uint64_t row) {
  if (!entry.entry->replacement) return entry.number;
  for (const auto& run : entry.entry->replacement->rows) {
    const auto rows = run.count * run.rows;
    if (row < rows) return run.first + row / run.rows;
    row -= rows;
  }
  return entry.last_position();
}

/// Key of the object that holds row `row` of the entry.
std::string ObjectOfRow(const LogEntry& entry, uint64_t row) {
  for (const auto& object : entry.objects) {
    if (row < object.rows) return object.key;
    row -= object.rows;
  }
  return "";
}

Result<std::optional<quarantine::Entry>> FindRefused(store::ObjectStore& store, const LandedObject& object,
                                                     const std::string& id) {
  TARN_ASSIGN(auto entries,
              quarantine::ReadEntries(store, {object.key, object.size_bytes, object.crc32c, object.rows}));
  const auto found = std::ranges::find(entries, id, &quarantine::Entry::id);
  if (found == entries.end()) return std::optional<quarantine::Entry>();
  return std::optional(std::move(*found));
}

Result<std::optional<FoundRecord>> FindStored(Bronze& bronze, const NumberedEntry& entry, const lake::Offset& offset) {
  uint64_t row = 0;
  for (const auto& unit : bronze.UnitsOf({entry})) {
    const auto first = row;
    TARN_ASSIGN(const auto next, unit.open(Payloads::kText));
    StoredRecord record;
    for (;; ++row) {
      TARN_ASSIGN(const bool more, next(record));
      if (!more) break;
      if (record.offset != offset) continue;
      auto found = ToFound(record);
      found.position = PositionOfRow(entry, row);
      found.object = ObjectOfRow(*entry.entry, first);
      found.unit = unit;
      return std::optional(std::move(found));
    }
  }
  return std::optional<FoundRecord>();
}

Result<std::optional<FoundRecord>> FindInEntry(const FindRequest& request, const NumberedEntry& entry,
                                               const lake::Offset& offset) {
  TARN_ASSIGN(auto found, FindStored(request.bronze, entry, offset));
  for (const auto& object : entry.entry->quarantine) {
    if (found && found->disposition != "quarantined") break;
    TARN_ASSIGN(const auto refused, FindRefused(request.store, object, offset.ToString()));
    if (!refused) continue;
    if (!found) {
      found = ToFound(*refused, offset);
      found->position = entry.last_position();
      found->object = object.key;
    }
    found->errors = refused->errors;
    break;
  }
  if (!found) return found;
  found->landed_at = entry.entry->written_at;
  if (!entry.entry->ranges.empty()) found->generation = entry.entry->ranges.front().generation;
  return found;
}

}  // namespace

Result<std::optional<FoundRecord>> FindRecord(const FindRequest& request, const lake::Offset& offset) {
  // The tail first, so that a record that lands meanwhile is found in the log.
  const auto pin = request.tail.Pin(request.domain, request.table);
  TARN_ASSIGN(const auto landed, request.bronze.LandedOffset(request.domain, request.table));
  TARN_ASSIGN(auto waiting, FindInTail(pin, FirstUnlanded(pin, landed), offset));
  if (waiting) return waiting;
  TARN_ASSIGN(const auto view, request.bronze.LogOf(request.domain, request.table).View());
  for (const auto& entry : view.entries) {
    if (!Covers(*entry.entry, offset)) continue;
    TARN_ASSIGN(auto found, FindInEntry(request, entry, offset));
    if (found) return found;
  }
  return std::optional<FoundRecord>();
}

Result<bool> MayBeErased(Bronze& bronze, const std::string& domain, const std::string& table,
                         const lake::Offset& offset) {
  TARN_ASSIGN(const auto view, bronze.LogOf(domain, table).View());
  return std::ranges::any_of(view.entries, [&](const NumberedEntry& entry) {
    return entry.entry->erased_rows() > 0 && Covers(*entry.entry, offset);
  });
}

}  // namespace tarn::bronze
