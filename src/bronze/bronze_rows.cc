// SPDX-License-Identifier: Apache-2.0
#include "bronze/bronze_rows.h"

#include <algorithm>
#include <array>
#include <deque>

#include "bronze/csv_object.h"

namespace tarn::bronze {
namespace {

using table::TypeKind;

struct MetadataField {
  MetadataColumn column;
  std::string_view name;
  TypeKind type;
};

constexpr std::array kMetadataFields{
    MetadataField{MetadataColumn::kInsertDate, "_insert_date", TypeKind::kTimestamp},
    MetadataField{MetadataColumn::kDomain, "_domain", TypeKind::kString},
    MetadataField{MetadataColumn::kEndpoint, "_endpoint", TypeKind::kString},
    MetadataField{MetadataColumn::kOffset, "_offset", TypeKind::kString},
    MetadataField{MetadataColumn::kRequestId, "_request_id", TypeKind::kString},
    MetadataField{MetadataColumn::kSchemaVersion, "_schema_version", TypeKind::kInt32},
    MetadataField{MetadataColumn::kLength, "_len", TypeKind::kInt64},
    MetadataField{MetadataColumn::kOperation, "_op", TypeKind::kString},
    MetadataField{MetadataColumn::kDisposition, "_disposition", TypeKind::kString},
    MetadataField{MetadataColumn::kReplayOf, "_replay_of", TypeKind::kString},
    MetadataField{MetadataColumn::kRaw, "_raw", TypeKind::kString},
    MetadataField{MetadataColumn::kRescued, "_rescued", TypeKind::kJson},
    MetadataField{MetadataColumn::kOrdinal, kOrdinalColumn, TypeKind::kInt64},
    MetadataField{MetadataColumn::kUnfit, kUnfitColumn, TypeKind::kString},
    MetadataField{MetadataColumn::kPresent, kPresentColumn, TypeKind::kString},
};

bool IsForMergeOnly(MetadataColumn column) {
  return column == MetadataColumn::kOrdinal || column == MetadataColumn::kUnfit || column == MetadataColumn::kPresent;
}

/// Columns whose value is known only after the whole payload was decoded.
bool NeedsWholePayload(MetadataColumn column) {
  return column == MetadataColumn::kRaw || column == MetadataColumn::kRescued || column == MetadataColumn::kUnfit ||
         column == MetadataColumn::kPresent;
}

RowLayout MakeLayout(const contract::EndpointPtr& endpoint, std::vector<contract::PayloadColumn> columns,
                     bool for_merge) {
  RowLayout layout;
  layout.domain = endpoint->contract().domain;
  layout.table = endpoint->contract().name;
  layout.plan.contract = endpoint;
  layout.plan.whole_record_column = endpoint->contract().mode == contract::Mode::kSingleColumn;
  layout.plan.columns = std::move(columns);
  for (const auto& column : layout.plan.columns) layout.schema.fields.push_back({0, column.name, column.type, true});
  for (const auto& field : kMetadataFields) {
    if (IsForMergeOnly(field.column) && !for_merge) continue;
    layout.metadata.push_back(field.column);
    layout.schema.fields.push_back({0, std::string(field.name), table::Scalar(field.type), true});
  }
  table::AssignFieldIds(layout.schema, 0);
  return layout;
}

/// Text columns that are the same in most rows of a batch, and never null.
bool Repeats(MetadataColumn column) {
  return column == MetadataColumn::kDomain || column == MetadataColumn::kEndpoint ||
         column == MetadataColumn::kRequestId || column == MetadataColumn::kOperation ||
         column == MetadataColumn::kDisposition;
}

/// Such a column: a text is kept once for a run of rows that have it.
class RepeatedText {
 public:
  void Append(std::string_view text) {
    const bool repeats = !values_.empty() && values_.back() == text;
    values_.push_back(repeats ? values_.back() : std::string_view(kept_.emplace_back(text)));
  }
  void Clear() {
    values_.clear();
    kept_.clear();
  }
  table::ColumnView View() const { return {&type_, nullptr, values_.data(), {}}; }

 private:
  table::DataType type_ = table::Scalar(TypeKind::kString);
  std::vector<std::string_view> values_;
  std::deque<std::string> kept_;
};

void AppendText(table::ColumnBuilder& column, std::string_view text) {
  if (text.empty()) {
    column.AppendNull();
  } else {
    column.AppendString(text);
  }
}

std::string_view PayloadOf(const StoredRecord& record) {
  return record.csv != nullptr ? record.csv->Text() : record.payload;
}

class Reader final : public engine::RowReader {
 public:
  Reader(std::shared_ptr<const RowLayout> layout, RecordFeed feed, uint64_t first_ordinal,
         std::span<const size_t> columns)
      : layout_(std::move(layout)), feed_(std::move(feed)), ordinal_(first_ordinal) {
    PlanColumns(columns);
  }

  Result<bool> Next(table::BatchView& batch) override {
    if (builder_) builder_->Clear();
    for (auto& column : repeated_) column.Clear();
    size_t rows = 0;
    StoredRecord record;
    while (rows < kMaxBatchRows) {
      TARN_ASSIGN(const bool more, feed_(record));
      if (!more) break;
      TARN_TRY(AppendRow(record));
      ++rows;
      ++ordinal_;
    }
    batch.rows = rows;
    batch.columns.clear();
    if (rows == 0) return false;
    const auto built = builder_ ? builder_->View() : table::BatchView();
    for (const auto& [repeats, slot] : view_slots_) {
      batch.columns.push_back(repeats ? repeated_[slot].View() : built.columns[slot]);
    }
    return true;
  }

 private:
  /// Decides what is decoded: the payload columns asked for (all of them when a column depends on the whole payload),
  /// then the metadata columns asked for.
  void PlanColumns(std::span<const size_t> columns) {
    const auto payload_count = layout_->plan.columns.size();
    const bool whole = std::ranges::any_of(columns, [&](size_t column) {
      return column >= payload_count && NeedsWholePayload(layout_->metadata[column - payload_count]);
    });
    contract::DecodePlan plan = layout_->plan;
    plan.columns.clear();
    std::vector<table::DataType> types;
    std::vector<Slot> slot_of(layout_->schema.fields.size());
    for (size_t i = 0; i < payload_count; ++i) {
      if (!whole && std::ranges::find(columns, i) == columns.end()) continue;
      slot_of[i] = {false, types.size()};
      plan.columns.push_back(layout_->plan.columns[i]);
      types.push_back(layout_->plan.columns[i].type);
    }
    plan.wants_rescued = plan.wants_rescued && whole;
    payload_slots_ = types.size();
    for (size_t i = payload_count; i < layout_->schema.fields.size(); ++i) {
      if (std::ranges::find(columns, i) == columns.end()) continue;
      const auto kind = layout_->metadata[i - payload_count];
      slot_of[i] = Repeats(kind) ? Slot{true, repeated_.size()} : Slot{false, types.size()};
      metadata_.push_back({kind, slot_of[i].index});
      plan.wants_presence = plan.wants_presence || kind == MetadataColumn::kPresent;
      if (Repeats(kind)) {
        repeated_.emplace_back();
      } else {
        types.push_back(layout_->schema.fields[i].type);
      }
    }
    for (const auto column : columns) view_slots_.push_back(slot_of[column]);
    if (payload_slots_ > 0 || whole) decoder_.emplace(std::move(plan));
    if (!types.empty()) builder_.emplace(types);
  }

  Status AppendRow(const StoredRecord& record) {
    contract::DecodedRow row;
    if (decoder_ && record.csv != nullptr && decoder_->takes_members()) {
      row = decoder_->AppendMembers(record.csv->members(), *builder_, 0);
    } else if (decoder_ && record.is_object) {
      TARN_ASSIGN(row, decoder_->Append(PayloadOf(record), *builder_, 0));
    } else {
      for (size_t slot = 0; slot < payload_slots_; ++slot) builder_->column(slot).AppendNull();
    }
    for (const auto& [kind, index] : metadata_) {
      if (Repeats(kind)) {
        repeated_[index].Append(RepeatedValue(kind, record));
      } else {
        AppendMetadata(kind, record, row, builder_->column(index));
      }
    }
    return {};
  }

  std::string_view RepeatedValue(MetadataColumn kind, const StoredRecord& record) const {
    switch (kind) {
      case MetadataColumn::kDomain:
        return layout_->domain;
      case MetadataColumn::kEndpoint:
        return layout_->table;
      case MetadataColumn::kRequestId:
        return record.request_id;
      case MetadataColumn::kOperation:
        return record.operation;
      default:
        return record.disposition;
    }
  }

  void AppendMetadata(MetadataColumn kind, const StoredRecord& record, const contract::DecodedRow& row,
                      table::ColumnBuilder& column) {
    switch (kind) {
      case MetadataColumn::kInsertDate:
        return column.AppendInt64(record.insert_date.micros);
      case MetadataColumn::kOffset:
        return column.AppendString(record.offset.ToString());
      case MetadataColumn::kSchemaVersion:
        return column.AppendInt32(static_cast<int32_t>(record.schema_version));
      case MetadataColumn::kLength:
        return column.AppendInt64(static_cast<int64_t>(PayloadOf(record).size()));
      case MetadataColumn::kReplayOf:
        return AppendText(column, record.replay_of);
      case MetadataColumn::kRaw:
        return AppendText(column, record.is_object && row.fits ? "" : PayloadOf(record));
      case MetadataColumn::kRescued:
        return AppendText(column, row.rescued);
      case MetadataColumn::kOrdinal:
        return column.AppendInt64(static_cast<int64_t>(ordinal_));
      case MetadataColumn::kUnfit:
        return AppendText(column, row.fits ? "" : row.unfit);
      case MetadataColumn::kPresent:
        return AppendText(column, row.presence);
      case MetadataColumn::kDomain:
      case MetadataColumn::kEndpoint:
      case MetadataColumn::kRequestId:
      case MetadataColumn::kOperation:
      case MetadataColumn::kDisposition:
        break;  // see RepeatedValue
    }
  }

  std::shared_ptr<const RowLayout> layout_;
  RecordFeed feed_;
  uint64_t ordinal_;
  size_t payload_slots_ = 0;
  /// Where a column is: in `repeated_` or in the builder.
  struct Slot {
    bool repeats = false;
    size_t index = 0;
  };
  struct Metadata {
    MetadataColumn kind;
    size_t index;
  };
  std::vector<Metadata> metadata_;
  std::vector<RepeatedText> repeated_;
  std::vector<Slot> view_slots_;
  std::optional<contract::RowDecoder> decoder_;
  std::optional<table::BatchBuilder> builder_;
};

}  // namespace

RowLayout LayoutForSql(const contract::EndpointPtr& endpoint, const std::vector<ObservedField>& fields) {
  std::vector<contract::PayloadColumn> columns;
  const auto& contract = endpoint->contract();
  if (contract.mode == contract::Mode::kSingleColumn) {
    columns.push_back({"data", table::Scalar(TypeKind::kJson), -1});
  } else {
    for (size_t i = 0; i < contract.columns.size(); ++i) {
      columns.push_back({contract.columns[i].name, contract::StorageType(contract.columns[i]), static_cast<int>(i)});
    }
    for (const auto& field : fields) {
      bool exact = false;
      if (endpoint->ColumnOf(field.name, exact) < 0) columns.push_back({field.name, field.type, -1});
    }
  }
  return MakeLayout(endpoint, std::move(columns), false);
}

RowLayout LayoutForMerge(const contract::EndpointPtr& endpoint, std::vector<contract::PayloadColumn> columns) {
  auto layout = MakeLayout(endpoint, std::move(columns), true);
  layout.plan.wants_rescued = endpoint->contract().unknown_fields_in_force() != contract::UnknownFields::kIgnore;
  return layout;
}

BronzeRows::BronzeRows(RowLayout layout, std::vector<RecordUnit> units)
    : layout_(std::make_shared<const RowLayout>(std::move(layout))), units_(std::move(units)) {
  for (const auto& unit : units_) {
    first_ordinals_.push_back(rows_);
    rows_ += unit.rows;
  }
}

Result<std::unique_ptr<engine::RowReader>> BronzeRows::Open(size_t unit, std::span<const size_t> columns) {
  TARN_ASSIGN(auto feed, units_[unit].open(Payloads::kMembers));
  return std::unique_ptr<engine::RowReader>(
      std::make_unique<Reader>(layout_, std::move(feed), first_ordinals_[unit], columns));
}

}  // namespace tarn::bronze
