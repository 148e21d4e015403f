// SPDX-License-Identifier: Apache-2.0
#pragma once
// Quarantine entries as rows: id, status, payload, errors, reason, schema_version, request_id, received_at
// (http-api.md §6). Pinned by its units; thread-safe.

#include <vector>

#include "engine/row_source.h"
#include "quarantine/quarantine.h"

namespace tarn::quarantine {

class EntryRows final : public engine::RowSource {
 public:
  explicit EntryRows(std::vector<EntryUnit> units);

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return units_.size(); }
  std::optional<uint64_t> row_count() const override { return rows_; }
  Result<std::unique_ptr<engine::RowReader>> Open(size_t unit, std::span<const size_t> columns) override;

 private:
  std::vector<EntryUnit> units_;
  table::Schema schema_;
  uint64_t rows_ = 0;
};

}  // namespace tarn::quarantine
