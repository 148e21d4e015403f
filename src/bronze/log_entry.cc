// SPDX-License-Identifier: Apache-2.0
#include "bronze/log_entry.h"

#include "contract/row_decoder.h"

namespace tarn::bronze {

uint64_t LogEntry::rows() const {
  uint64_t total = 0;
  for (const auto& object : objects) total += object.rows;
  return total;
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

Status Fold(uint64_t n, const LogEntry& entry, LogSummary& summary) {
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
  for (const auto& field : entry.fields) ObserveField(summary.fields, field);
  summary.rows = entry.purge ? 0 : summary.rows + entry.rows();
  if (entry.purge) {
    summary.fields.clear();
    summary.purged_through = n;
  }
  summary.head = n;
  return {};
}

}  // namespace tarn::bronze
