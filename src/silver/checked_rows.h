// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bronze rows on their way into a merge: each gets a verdict, and what the merge must know about all of them (counts,
// the range of their keys) is noted while they pass, so that no statement has to ask for it. Thread-safe like every
// RowSource; one scan counts, see StopCounting.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "contract/contract.h"
#include "engine/row_source.h"
#include "silver/file_plan.h"
#include "silver/key_filters.h"

namespace tarn::silver {

/// Of CheckedRows: the number of the record's Verdict. To be quoted in SQL, as the columns in bronze/bronze_rows.h.
inline constexpr const char* kVerdictColumn = "row;verdict";

/// What becomes of a record.
enum class Verdict : int32_t {
  kMerge = 0,
  kRefuse = 1,       ///< a key part is null, or a value does not fit its column
  kQuarantined = 2,  ///< at ingest
  kTruncate = 3      ///< it is no row: see TruncateSql
};

using HandledRecords = std::unordered_set<std::string>;

class CheckedRows final : public engine::RowSource {
 public:
  struct Tally {
    uint64_t quarantined = 0;
    uint64_t refused = 0;
    uint64_t upserts = 0;  ///< to be merged
    uint64_t deletes = 0;  ///< to be merged
    uint64_t truncates = 0;
    KeyRanges keys;     ///< of both, by column; empty when there are none
    KeyRange inserted;  ///< of both: when they arrived
    /// Of both, by HashKey: superseded records included; only some when there are more than KeyHashes::kMax.
    std::vector<uint64_t> key_hashes;

    uint64_t merged() const { return upserts + deletes; }
  };

  /// `rows` has a bronze merge layout; its schema gains kVerdictColumn at the end. Records of `handled` (by `_offset`;
  /// may be null) count as quarantined: what came of them later is a record of its own.
  CheckedRows(std::shared_ptr<engine::RowSource> rows, const contract::Contract& contract,
              std::shared_ptr<const HandledRecords> handled = nullptr);

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return rows_->unit_count(); }
  std::optional<uint64_t> row_count() const override { return rows_->row_count(); }
  Result<std::unique_ptr<engine::RowReader>> Open(size_t unit, std::span<const size_t> columns) override;

  /// What the scans so far have seen, those behind StopCounting left out. For when no scan runs.
  const Tally& tally() const { return tally_; }
  void StopCounting();

 private:
  friend class CheckingReader;
  void Add(const Tally& seen);

  const std::shared_ptr<engine::RowSource> rows_;
  table::Schema schema_;
  /// Source columns every reader is asked for: _disposition, _op, kUnfitColumn, _insert_date, keys.
  std::vector<size_t> needed_;
  const std::shared_ptr<const HandledRecords> handled_;
  std::optional<size_t> offset_column_;    ///< when records are handled
  std::optional<size_t> sequence_column_;  ///< of keyed tables: a truncate needs its value
  const bool takes_truncates_;
  std::mutex mutex_;
  bool counting_ = true;
  Tally tally_;
};

}  // namespace tarn::silver
