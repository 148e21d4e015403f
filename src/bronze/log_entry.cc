// SPDX-License-Identifier: Apache-2.0
#include "bronze/log_entry.h"

#include "contract/row_decoder.h"

namespace tarn::bronze {

uint64_t LogEntry::rows() const {
  uint64_t total = 0;
  for (const auto& object : objects) total += object.rows;
  return total;
}

void ObserveField(std::vector<ObservedField>& fields, const ObservedField& seen) {
  for (auto& field : fields) {
    if (field.name != seen.name) continue;
    field.type = contract::WidenedType(field.type, seen.type);
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
