// SPDX-License-Identifier: Apache-2.0
#include "quarantine/entry_rows.h"

#include <array>

#include "codec/json_text.h"

namespace tarn::quarantine {
namespace {

using table::TypeKind;

enum class Column : size_t { kId, kStatus, kPayload, kErrors, kReason, kSchemaVersion, kRequestId, kReceivedAt };

constexpr std::array<std::pair<std::string_view, TypeKind>, 8> kFields{{{"id", TypeKind::kString},
                                                                        {"status", TypeKind::kString},
                                                                        {"payload", TypeKind::kJson},
                                                                        {"errors", TypeKind::kJson},
                                                                        {"reason", TypeKind::kString},
                                                                        {"schema_version", TypeKind::kInt64},
                                                                        {"request_id", TypeKind::kString},
                                                                        {"received_at", TypeKind::kTimestamp}}};

std::string PayloadAsJson(const Entry& entry) {
  if (entry.is_object) return entry.payload;
  std::string quoted;
  codec::AppendJsonString(quoted, entry.payload);
  return quoted;
}

void AppendCell(const Entry& entry, Column column, table::ColumnBuilder& out) {
  switch (column) {
    case Column::kId:
      return out.AppendString(entry.id);
    case Column::kStatus:
      return out.AppendString(entry.status);
    case Column::kPayload:
      return out.AppendString(PayloadAsJson(entry));
    case Column::kErrors:
      return out.AppendString(ErrorsToJson(entry.errors));
    case Column::kReason:
      return out.AppendString(Reason(entry));
    case Column::kSchemaVersion:
      return out.AppendInt64(static_cast<int64_t>(entry.schema_version));
    case Column::kRequestId:
      return out.AppendString(entry.request_id);
    case Column::kReceivedAt:
      return out.AppendInt64(entry.received_at.micros);
  }
}

std::vector<table::DataType> TypesOf(std::span<const size_t> columns) {
  std::vector<table::DataType> types;
  for (const auto column : columns) types.push_back(table::Scalar(kFields[column].second));
  return types;
}

class Reader final : public engine::RowReader {
 public:
  Reader(std::vector<Entry> entries, std::span<const size_t> columns)
      : entries_(std::move(entries)), columns_(columns.begin(), columns.end()), builder_(TypesOf(columns)) {}

  Result<bool> Next(table::BatchView& batch) override {
    builder_.Clear();
    const auto rows = std::min(kMaxBatchRows, entries_.size() - at_);
    for (size_t row = 0; row < rows; ++row, ++at_) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        AppendCell(entries_[at_], static_cast<Column>(columns_[i]), builder_.column(i));
      }
    }
    batch = builder_.View();
    batch.rows = rows;
    return rows > 0;
  }

 private:
  std::vector<Entry> entries_;
  std::vector<size_t> columns_;
  table::BatchBuilder builder_;
  size_t at_ = 0;
};

}  // namespace

EntryRows::EntryRows(std::vector<EntryUnit> units) : units_(std::move(units)) {
  for (const auto& unit : units_) rows_ += unit.entries;
  for (const auto& [name, type] : kFields) schema_.fields.push_back({0, std::string(name), table::Scalar(type), true});
  table::AssignFieldIds(schema_, 0);
}

Result<std::unique_ptr<engine::RowReader>> EntryRows::Open(size_t unit, std::span<const size_t> columns) {
  TARN_ASSIGN(auto entries, units_[unit].load());
  return std::unique_ptr<engine::RowReader>(std::make_unique<Reader>(std::move(entries), columns));
}

}  // namespace tarn::quarantine
