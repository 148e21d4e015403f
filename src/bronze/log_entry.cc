// SPDX-License-Identifier: Apache-2.0
#include "bronze/log_entry.h"

#include <algorithm>

#include "contract/row_decoder.h"

namespace tarn::bronze {

uint64_t LogEntry::rows() const {
  uint64_t total = 0;
  for (const auto& object : objects) total += object.rows;
  return total;
}

uint64_t LogEntry::erased_rows() const {
  uint64_t total = 0;
  if (!replacement) return total;
  for (const auto& run : replacement->erased) total += run.count * run.rows;
  return total;
}

Timestamp LogEntry::newest_at() const {
  return replacement && replacement->newest_at.micros != 0 ? replacement->newest_at : written_at;
}

void AppendRanges(std::vector<VersionRange>& ranges, const std::vector<VersionRange>& added) {
  for (const auto& range : added) {
    const bool goes_on = !ranges.empty() && ranges.back().generation == range.generation &&
                         ranges.back().contract_version == range.contract_version;
    if (goes_on) {
      ranges.back().rows += range.rows;
    } else {
      ranges.push_back(range);
    }
  }
}

table::DataType WidenedField(const table::DataType& present, const table::DataType& added, bool long_integers) {
  constexpr uint8_t kPrecision = 38, kScale = 9;
  const bool to_double = present.kind == table::TypeKind::kInt64 && added.kind == table::TypeKind::kDouble;
  if (to_double && long_integers) return table::Decimal(kPrecision, kScale);
  return contract::WidenedType(present, added);
}

void ObserveField(std::vector<ObservedField>& fields, const ObservedField& seen) {
  for (auto& field : fields) {
    if (field.name != seen.name) continue;
    field.long_integers = field.long_integers || seen.long_integers;
    const bool integer_comes_late =
        field.type.kind == table::TypeKind::kDouble && seen.type.kind == table::TypeKind::kInt64;
    field.type = integer_comes_late ? WidenedField(seen.type, field.type, field.long_integers)
                                    : WidenedField(field.type, seen.type, field.long_integers);
    return;
  }
  fields.push_back(seen);
}

void AppendRows(std::vector<NumberedRows>& rows, const NumberedRows& next) {
  if (!rows.empty() && rows.back().rows == next.rows && rows.back().last() + 1 == next.first) {
    rows.back().count += next.count;
  } else {
    rows.push_back(next);
  }
}

namespace {

Status CheckOrder(uint64_t n, const std::vector<NumberedRows>& runs) {
  uint64_t last = 0;
  for (const auto& run : runs) {
    if (run.first <= last || run.count == 0 || run.count >= n || run.last() >= n) {
      return Fail(ErrorCode::kCorrupt, "bronze log entry " + std::to_string(n) + " has rows of entry " +
                                           std::to_string(run.first) + " out of order");
    }
    last = run.last();
  }
  return {};
}

Status FoldReplacement(uint64_t n, const Replacement& replacement, LogSummary& summary) {
  const bool retires = replacement.retired_through > 0;
  if (retires && (replacement.retired_through >= n || replacement.retired_through < summary.retired_through)) {
    return Fail(ErrorCode::kCorrupt, "bronze log entry " + std::to_string(n) + " retires up to " +
                                         std::to_string(replacement.retired_through));
  }
  if (replacement.rows.empty() != retires) {
    return Fail(ErrorCode::kCorrupt, "bronze log entry " + std::to_string(n) + " replaces nothing");
  }
  for (const auto* runs : {&replacement.rows, &replacement.erased}) TARN_TRY(CheckOrder(n, *runs));
  for (const auto& range : replacement.entries.ranges()) {
    const bool live = range.first > summary.purged_through && range.last < n && !summary.replaced.Overlaps(range);
    if (!live) {
      return Fail(ErrorCode::kCorrupt, "bronze log entry " + std::to_string(n) + " replaces entries " +
                                           std::to_string(range.first) + " to " + std::to_string(range.last) +
                                           ", which are not all live");
    }
  }
  for (const auto& range : replacement.entries.ranges()) summary.replaced.Add(range);
  summary.swept_through = std::max(summary.swept_through, replacement.swept_through);
  if (retires) {
    summary.retired_through = replacement.retired_through;
    summary.retired = replacement.retired;
  }
  return {};
}

Status FoldSources(uint64_t n, const LogEntry& entry, LogSummary& summary) {
  for (const auto& range : entry.sources) {
    const auto last = summary.last_by_source.find(range.source);
    const auto known = last == summary.last_by_source.end() ? std::nullopt : std::optional(last->second);
    if (known != range.after) {
      return Fail(ErrorCode::kCorrupt, "bronze log entry " + std::to_string(n) + " of source " + range.source +
                                           " follows " + (range.after ? range.after->ToString() : "nothing") +
                                           " but the log ends at " + (known ? known->ToString() : "nothing"));
    }
    summary.last_by_source[range.source] = range.last;
  }
  summary.rows += entry.rows();
  return {};
}

}  // namespace

Status Fold(uint64_t n, const LogEntry& entry, LogSummary& summary) {
  TARN_TRY(entry.replacement ? FoldReplacement(n, *entry.replacement, summary) : FoldSources(n, entry, summary));
  for (const auto& field : entry.fields) ObserveField(summary.fields, field);
  if (entry.file && !entry.replacement) summary.open_file = entry.file->ends ? "" : entry.file->claim;
  if (entry.purge) {
    summary.fields.clear();
    summary.purged_rows += summary.rows;
    summary.rows = 0;
    summary.purged_through = n;
    summary.replaced = {};
    summary.open_file.clear();
    summary.retired_through = 0;
    summary.retired.clear();
  }
  summary.head = n;
  return {};
}

}  // namespace tarn::bronze
