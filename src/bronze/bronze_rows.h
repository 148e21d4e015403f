// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bronze as typed rows: the RowSource behind `d.bronze.t` and behind a silver merge (lake.md §3.3, http-api.md §4.4).
// Pinned: the units it was made of never change. Thread-safe; readers belong to one thread.

#include <memory>
#include <vector>

#include "bronze/record_feed.h"
#include "contract/registry.h"
#include "contract/row_decoder.h"
#include "engine/row_source.h"

namespace tarn::bronze {

/// Of merges only; with a character that no field of a record can have as a column. To be quoted in SQL.
inline constexpr const char* kOrdinalColumn = "row;ordinal";
inline constexpr const char* kUnfitColumn = "row;unfit";
inline constexpr const char* kPresentColumn = "row;present";

/// Server members as columns, in the order they follow the payload columns.
enum class MetadataColumn {
  kInsertDate,
  kDomain,
  kEndpoint,
  kOffset,
  kRequestId,
  kSchemaVersion,
  kLength,
  kOperation,
  kDisposition,
  kReplayOf,
  kRaw,      ///< the record when it is no object or a value did not fit its column
  kRescued,  ///< JSON object of fields that have no column
  kOrdinal,  ///< position in the source, 0-based; for merges only
  kUnfit,    ///< "column: reason" when a value did not fit; for merges only
  kPresent,  ///< DecodedRow::presence; for merges only
};

struct RowLayout {
  std::string domain;
  std::string table;
  contract::DecodePlan plan;  ///< payload columns
  std::vector<MetadataColumn> metadata;
  table::Schema schema;  ///< payload fields, then metadata fields
};

/// What SQL sees: the contract's columns, observed fields, metadata.
RowLayout LayoutForSql(const contract::EndpointPtr& endpoint, const std::vector<ObservedField>& fields);

/// What a merge reads: `columns` as the silver table has them, then every metadata column.
RowLayout LayoutForMerge(const contract::EndpointPtr& endpoint, std::vector<contract::PayloadColumn> columns);

class BronzeRows final : public engine::RowSource {
 public:
  BronzeRows(RowLayout layout, std::vector<RecordUnit> units);

  const table::Schema& schema() const override { return layout_->schema; }
  size_t unit_count() const override { return units_.size(); }
  std::optional<uint64_t> row_count() const override { return rows_; }
  Result<std::unique_ptr<engine::RowReader>> Open(size_t unit, std::span<const size_t> columns) override;

 private:
  std::shared_ptr<const RowLayout> layout_;
  std::vector<RecordUnit> units_;
  std::vector<uint64_t> first_ordinals_;
  uint64_t rows_ = 0;
};

}  // namespace tarn::bronze
