// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erasure_search.h"

#include <memory>
#include <utility>

#include "contract/record_checker.h"
#include "silver/record_order_sql.h"

namespace tarn::upkeep {
namespace {

/// The key columns and what is known of each record besides.
bronze::RowLayout KeyLayout(const RecordSearch& search) {
  const auto& contract = search.endpoint->contract();
  std::vector<contract::PayloadColumn> columns;
  for (size_t i = 0; i < contract.columns.size(); ++i) {
    const auto& column = contract.columns[i];
    if (!column.primary_key) continue;
    columns.push_back({column.name, contract::StorageType(column), static_cast<int>(i)});
  }
  return bronze::LayoutForMerge(search.endpoint, std::move(columns));
}

struct Hit {
  uint64_t ordinal = 0;
  lake::Offset offset;
};

/// Records of the rows that have one of the keys; those without a key are counted.
Result<std::vector<Hit>> FindHits(const RecordSearch& search, const std::shared_ptr<engine::RowSource>& rows,
                                  uint64_t& undecodable) {
  TARN_ASSIGN(const auto workspace, search.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput("records", engine::Bind(rows->schema(), rows)));
  std::vector<std::string> missing;
  for (const auto& column : search.keys.columns) missing.push_back(engine::QuoteIdentifier(column) + " IS NULL");
  const auto condition = KeyCondition(search.keys, rows->schema());
  TARN_ASSIGN(const auto stream,
              workspace->Query("SELECT " + engine::QuoteIdentifier(bronze::kOrdinalColumn) + ", _offset, CAST(" +
                               condition + " AS BIGINT) FROM input.records WHERE " + condition +
                               " OR (_op <> 'truncate' AND (" + silver::Join(missing, " OR ") + "))"));
  std::vector<Hit> hits;
  table::BatchView batch;
  for (;;) {
    TARN_ASSIGN(const bool more, stream->Next(batch));
    if (!more) return hits;
    for (size_t row = 0; row < batch.rows; ++row) {
      if (batch.columns[2].At<int64_t>(row) == 0) {
        ++undecodable;
        continue;
      }
      TARN_ASSIGN(const auto offset, lake::ParseOffset(batch.columns[1].At<std::string_view>(row)));
      hits.push_back({static_cast<uint64_t>(batch.columns[0].At<int64_t>(row)), offset});
    }
  }
}

/// Entries of one unit as records whose offsets say where they lie: (unit, index), both from 1 on.
class EntryFeed {
 public:
  EntryFeed(std::vector<quarantine::Entry> entries, uint64_t unit) : entries_(std::move(entries)), unit_(unit) {}

  bool Next(bronze::StoredRecord& record) {
    if (at_ == entries_.size()) return false;
    const auto& entry = entries_[at_++];
    padded_ = entry.payload;
    padded_.append(contract::RecordChecker::kPadding, '\0');
    record = {};
    record.payload = std::string_view(padded_).substr(0, entry.payload.size());
    record.is_object = entry.is_object;
    record.offset = {unit_, at_};
    record.operation = contract::OperationWord(entry.operation);
    return true;
  }

 private:
  const std::vector<quarantine::Entry> entries_;
  const uint64_t unit_;
  size_t at_ = 0;
  std::string padded_;
};

}  // namespace

Status FindLines(const RecordSearch& search, const std::vector<bronze::NumberedEntry>& entries, FoundRecords& found) {
  TARN_ASSIGN(const auto hits,
              FindHits(search, search.bronze.RowsToMerge(entries, KeyLayout(search)), found.undecodable));
  std::map<uint64_t, uint64_t> number_by_last;  // ordinals of an entry are below the key
  uint64_t rows = 0;
  for (const auto& entry : entries) {
    rows += entry.rows();
    if (entry.rows() > 0) number_by_last[rows] = entry.number;
  }
  for (const auto& hit : hits) {
    const auto entry = number_by_last.upper_bound(hit.ordinal);
    if (entry == number_by_last.end()) return Fail(ErrorCode::kInternal, "a record of bronze lies in no entry");
    found.lines[entry->second].insert(hit.offset);
  }
  return {};
}

Status FindRefused(const RecordSearch& search, const std::vector<quarantine::EntryUnit>& units, FoundRecords& found) {
  std::vector<bronze::RecordUnit> records;
  for (const auto& unit : units) {
    if (unit.entries == 0) continue;
    const uint64_t number = static_cast<uint64_t>(&unit - units.data()) + 1;
    records.push_back({unit.entries, [&unit, number](bronze::Payloads) -> Result<bronze::RecordFeed> {
                         TARN_ASSIGN(auto entries, unit.load());
                         const auto feed = std::make_shared<EntryFeed>(std::move(entries), number);
                         return bronze::RecordFeed(
                             [feed](bronze::StoredRecord& record) -> Result<bool> { return feed->Next(record); });
                       }});
  }
  if (records.empty()) return {};
  const auto rows = std::make_shared<bronze::BronzeRows>(KeyLayout(search), std::move(records));
  TARN_ASSIGN(auto hits, FindHits(search, rows, found.undecodable));
  std::ranges::sort(hits, {}, &Hit::offset);
  std::vector<quarantine::Entry> entries;
  uint64_t loaded = 0;  // number of the unit they are of
  for (const auto& hit : hits) {
    if (hit.offset.incarnation != loaded) {
      loaded = hit.offset.incarnation;
      TARN_ASSIGN(entries, units.at(loaded - 1).load());
    }
    found.refused.insert(entries.at(hit.offset.sequence - 1).id);
  }
  return {};
}

}  // namespace tarn::upkeep
