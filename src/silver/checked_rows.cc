// SPDX-License-Identifier: Apache-2.0
#include "silver/checked_rows.h"

#include <algorithm>
#include <utility>

#include "bronze/bronze_rows.h"
#include "contract/contract_rules.h"
#include "silver/column_value.h"
#include "silver/key_hash.h"

namespace tarn::silver {
namespace {

using table::ColumnView;
using table::TypeKind;

/// Rows of the least and the greatest value among `rows`, which are not empty.
template <class T>
std::pair<size_t, size_t> Extremes(const ColumnView& column, const std::vector<size_t>& rows) {
  auto least = rows.front();
  auto greatest = least;
  for (const auto row : rows) {
    if (column.At<T>(row) < column.At<T>(least)) least = row;
    if (column.At<T>(greatest) < column.At<T>(row)) greatest = row;
  }
  return {least, greatest};
}

std::pair<size_t, size_t> ExtremesOf(const ColumnView& column, const std::vector<size_t>& rows) {
  switch (column.type->kind) {
    case TypeKind::kBoolean:
      return Extremes<uint8_t>(column, rows);
    case TypeKind::kInt32:
    case TypeKind::kDate:
      return Extremes<int32_t>(column, rows);
    case TypeKind::kFloat:
      return Extremes<float>(column, rows);
    case TypeKind::kDouble:
      return Extremes<double>(column, rows);
    case TypeKind::kDecimal:
      return Extremes<table::Int128>(column, rows);
    case TypeKind::kString:
    case TypeKind::kJson:
      return Extremes<std::string_view>(column, rows);
    default:
      return Extremes<int64_t>(column, rows);
  }
}

void Merge(KeyRange& into, const KeyRange& from) {
  if (into.column.empty()) into = from;
  Include(into, from.lower);
  Include(into, from.upper);
}

}  // namespace

/// Reads one unit; what it has seen is added to the source when it ends.
class CheckingReader final : public engine::RowReader {
 public:
  struct Slots {
    size_t disposition = 0;
    size_t operation = 0;
    size_t unfit = 0;
    size_t inserted = 0;
    std::optional<size_t> offset;  ///< when records are handled
    std::optional<size_t> sequence;
    std::vector<size_t> keys;
    std::vector<std::optional<size_t>> output;  ///< nullopt = the verdict
  };

  CheckingReader(CheckedRows& source, std::unique_ptr<engine::RowReader> rows, Slots slots)
      : source_(source), rows_(std::move(rows)), slots_(std::move(slots)) {
    const auto& fields = source_.schema_.fields;
    seen_.inserted.column = fields[source_.needed_[kFirstKey - 1]].name;
    for (size_t i = kFirstKey; i < source_.needed_.size(); ++i) {
      seen_.keys.push_back({fields[source_.needed_[i]].name, {}, {}});
    }
  }
  ~CheckingReader() override { source_.Add(seen_); }

  Result<bool> Next(table::BatchView& batch) override {
    TARN_ASSIGN(const bool more, rows_->Next(inner_));
    if (!more) return false;
    Judge();
    batch.rows = inner_.rows;
    batch.columns.clear();
    for (const auto& slot : slots_.output) {
      batch.columns.push_back(slot ? inner_.columns[*slot] : VerdictColumn());
    }
    return true;
  }

  static constexpr size_t kFirstKey = 4;  ///< in CheckedRows::needed_

 private:
  ColumnView VerdictColumn() const { return {&verdict_type_, nullptr, verdicts_.data(), {}}; }

  Verdict VerdictOf(size_t row, std::string_view operation) const {
    if (inner_.columns[slots_.disposition].At<std::string_view>(row) == "quarantined") return Verdict::kQuarantined;
    if (slots_.offset &&
        source_.handled_->contains(std::string(inner_.columns[*slots_.offset].At<std::string_view>(row)))) {
      return Verdict::kQuarantined;
    }
    const auto is_null = [&](size_t slot) { return !inner_.columns[slot].IsValid(row); };
    if (operation == "truncate") {
      const bool takes = source_.takes_truncates_ && !(slots_.sequence && is_null(*slots_.sequence));
      return takes ? Verdict::kTruncate : Verdict::kRefuse;
    }
    if (std::ranges::any_of(slots_.keys, is_null)) return Verdict::kRefuse;
    const bool unfit = !is_null(slots_.unfit);
    return unfit && operation != "delete" ? Verdict::kRefuse : Verdict::kMerge;
  }

  void Judge() {
    verdicts_.resize(inner_.rows);
    merged_.clear();
    for (size_t row = 0; row < inner_.rows; ++row) {
      const auto operation = inner_.columns[slots_.operation].At<std::string_view>(row);
      const auto verdict = VerdictOf(row, operation);
      verdicts_[row] = std::to_underlying(verdict);
      if (verdict == Verdict::kQuarantined) ++seen_.quarantined;
      if (verdict == Verdict::kRefuse) ++seen_.refused;
      if (verdict == Verdict::kTruncate) ++seen_.truncates;
      if (verdict != Verdict::kMerge) continue;
      ++(operation == "delete" ? seen_.deletes : seen_.upserts);
      merged_.push_back(row);
    }
    if (merged_.empty()) return;
    Note(slots_.inserted, seen_.inserted);
    for (size_t i = 0; i < slots_.keys.size(); ++i) Note(slots_.keys[i], seen_.keys[i]);
    if (!slots_.keys.empty()) HashKeys();
  }

  void HashKeys() {
    key_.clear();
    for (const auto slot : slots_.keys) key_.push_back(inner_.columns[slot]);
    for (const auto row : merged_) {
      if (seen_.key_hashes.size() > KeyHashes::kMax) return;
      seen_.key_hashes.push_back(HashKey(key_, row));
    }
  }

  void Note(size_t slot, KeyRange& range) {
    const auto& column = inner_.columns[slot];
    const auto [least, greatest] = ExtremesOf(column, merged_);
    Include(range, ValueAt(column, least));
    Include(range, ValueAt(column, greatest));
  }

  CheckedRows& source_;
  std::unique_ptr<engine::RowReader> rows_;
  const Slots slots_;
  const table::DataType verdict_type_ = table::Scalar(TypeKind::kInt32);
  table::BatchView inner_;
  std::vector<int32_t> verdicts_;
  std::vector<size_t> merged_;
  std::vector<ColumnView> key_;
  CheckedRows::Tally seen_;
};

CheckedRows::CheckedRows(std::shared_ptr<engine::RowSource> rows, const contract::Contract& contract,
                         std::shared_ptr<const HandledRecords> handled)
    : rows_(std::move(rows)),
      schema_(rows_->schema()),
      handled_(std::move(handled)),
      takes_truncates_(contract::WhyNoTruncate(contract).empty()) {
  int32_t last_id = 0;
  for (const auto& field : schema_.fields) last_id = std::max(last_id, field.id);
  schema_.fields.push_back({last_id + 1, kVerdictColumn, table::Scalar(TypeKind::kInt32), true});
  const auto need = [&](const std::string& name) { needed_.push_back(rows_->schema().IndexOf(name).value()); };
  for (const auto* name : {"_disposition", "_op", bronze::kUnfitColumn, "_insert_date"}) need(name);
  for (const auto* key : contract.key_columns()) need(key->name);
  if (contract.sequence_by && contract.has_key()) sequence_column_ = rows_->schema().IndexOf(*contract.sequence_by);
  if (handled_ && !handled_->empty()) offset_column_ = rows_->schema().IndexOf("_offset").value();
}

Result<std::unique_ptr<engine::RowReader>> CheckedRows::Open(size_t unit, std::span<const size_t> columns) {
  const auto verdict = schema_.fields.size() - 1;
  std::vector<size_t> wanted;
  const auto slot_of = [&](size_t column) {
    const auto found = std::ranges::find(wanted, column);
    if (found != wanted.end()) return static_cast<size_t>(found - wanted.begin());
    wanted.push_back(column);
    return wanted.size() - 1;
  };
  CheckingReader::Slots slots;
  for (const auto column : columns) {
    slots.output.push_back(column == verdict ? std::nullopt : std::optional(slot_of(column)));
  }
  slots.disposition = slot_of(needed_[0]);
  slots.operation = slot_of(needed_[1]);
  slots.unfit = slot_of(needed_[2]);
  slots.inserted = slot_of(needed_[3]);
  if (offset_column_) slots.offset = slot_of(*offset_column_);
  if (sequence_column_) slots.sequence = slot_of(*sequence_column_);
  for (size_t i = CheckingReader::kFirstKey; i < needed_.size(); ++i) slots.keys.push_back(slot_of(needed_[i]));
  TARN_ASSIGN(auto rows, rows_->Open(unit, wanted));
  return std::unique_ptr<engine::RowReader>(std::make_unique<CheckingReader>(*this, std::move(rows), std::move(slots)));
}

void CheckedRows::StopCounting() {
  const std::lock_guard lock(mutex_);
  counting_ = false;
}

void CheckedRows::Add(const Tally& seen) {
  const std::lock_guard lock(mutex_);
  if (!counting_) return;
  tally_.quarantined += seen.quarantined;
  tally_.refused += seen.refused;
  tally_.upserts += seen.upserts;
  tally_.deletes += seen.deletes;
  tally_.truncates += seen.truncates;
  if (seen.merged() == 0) return;
  Merge(tally_.inserted, seen.inserted);
  tally_.keys.resize(seen.keys.size());
  for (size_t i = 0; i < seen.keys.size(); ++i) Merge(tally_.keys[i], seen.keys[i]);
  if (tally_.key_hashes.size() > KeyHashes::kMax) return;
  tally_.key_hashes.insert(tally_.key_hashes.end(), seen.key_hashes.begin(), seen.key_hashes.end());
}

}  // namespace tarn::silver
