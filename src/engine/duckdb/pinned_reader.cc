// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/pinned_reader.h"

#include <algorithm>

#include "duckdb/planner/filter/conjunction_filter.hpp"
#include "duckdb/planner/filter/optional_filter.hpp"
#include "engine/duckdb/deleted_rows.h"
#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/pinned_file_list.h"
#include "engine/duckdb/type_mapping.h"

namespace tarn::engine {

namespace {

using duckdb::ClientContext;
using duckdb::MultiFileReader;

/// Values of columns the file does not store.
void AddConstants(const ScanTarget& target, const table::DataFile& file,
                  const duckdb::vector<duckdb::ColumnIndex>& wanted, duckdb::MultiFileReaderData& reader_data) {
  if (file.constants.empty()) return;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const auto slot = target.Slot(wanted[i].GetPrimaryIndex());
    if (!slot) continue;
    const auto constant = file.constants.find(target.fields()[*slot].id);
    if (constant == file.constants.end()) continue;
    reader_data.constant_map.Add(duckdb::MultiFileGlobalIndex(i), ToDuckDbValue(constant->second, target.type(*slot)));
  }
}

/// Passes over the rows that a bitmap holds.
class DeletionFilter final : public duckdb::DeleteFilter {
 public:
  explicit DeletionFilter(DeletedRowsPtr deleted) : deleted_(std::move(deleted)) {}

  duckdb::idx_t Filter(duckdb::row_t first, duckdb::idx_t count, duckdb::SelectionVector& selected) override {
    const auto begin = static_cast<uint64_t>(first);
    selected.Initialize(STANDARD_VECTOR_SIZE);
    std::vector<uint64_t> deleted;
    deleted_->AppendRange(begin, begin + count, deleted);
    auto next_deleted = deleted.begin();
    duckdb::idx_t kept = 0;
    for (duckdb::idx_t i = 0; i < count; ++i) {
      if (next_deleted != deleted.end() && *next_deleted == begin + i) {
        ++next_deleted;
      } else {
        selected.set_index(kept++, i);
      }
    }
    return kept;
  }

 private:
  DeletedRowsPtr deleted_;
};

bool HoldsBloomFilter(const duckdb::TableFilter& filter) {
  switch (filter.filter_type) {
    case duckdb::TableFilterType::BLOOM_FILTER:
      return true;
    case duckdb::TableFilterType::OPTIONAL_FILTER: {
      const auto& inner = filter.Cast<duckdb::OptionalFilter>().child_filter;
      return inner != nullptr && HoldsBloomFilter(*inner);
    }
    case duckdb::TableFilterType::CONJUNCTION_AND: {
      const auto& parts = filter.Cast<duckdb::ConjunctionAndFilter>().child_filters;
      return std::ranges::any_of(parts, [](const auto& part) { return HoldsBloomFilter(*part); });
    }
    default:
      return false;
  }
}

/// `filter` without its parts that hold Bloom filters, which are never needed for a right answer; null when nothing is
/// left.
duckdb::unique_ptr<duckdb::TableFilter> WithoutBloomFilters(const duckdb::TableFilter& filter) {
  if (!HoldsBloomFilter(filter)) return filter.Copy();
  if (filter.filter_type != duckdb::TableFilterType::CONJUNCTION_AND) return nullptr;
  auto rest = duckdb::make_uniq<duckdb::ConjunctionAndFilter>();
  for (const auto& part : filter.Cast<duckdb::ConjunctionAndFilter>().child_filters) {
    if (auto kept = WithoutBloomFilters(*part)) rest->child_filters.push_back(std::move(kept));
  }
  if (rest->child_filters.empty()) return nullptr;
  return rest;
}

bool IsStoredAs(const ColumnDefinitions& stored, size_t slot, const duckdb::LogicalType& type) {
  const auto found = std::ranges::find_if(stored, [&](const auto& column) {
    return column.identifier.template GetValue<int32_t>() == static_cast<int32_t>(slot);
  });
  return found == stored.end() || found->type == type;
}

/// Filters for one file: hash joins push Bloom filters down, which DuckDB cannot turn into filters on a column that is
/// stored with another type (it gives the query up).
duckdb::TableFilterSet FiltersFor(const ScanTarget& target, const ColumnDefinitions& stored,
                                  const duckdb::vector<duckdb::ColumnIndex>& wanted,
                                  const duckdb::TableFilterSet& filters) {
  duckdb::TableFilterSet usable;
  for (const auto& [position, filter] : filters.filters) {
    const auto slot = target.Slot(wanted[position].GetPrimaryIndex());
    const bool direct = !slot || IsStoredAs(stored, *slot, target.type(*slot));
    if (auto kept = direct ? filter->Copy() : WithoutBloomFilters(*filter)) {
      usable.filters.emplace(position, std::move(kept));
    }
  }
  return usable;
}

}  // namespace

PinnedReader::PinnedReader(ScanTargetPtr target, duckdb::TableCatalogEntry& entry, const CatalogServices& services)
    : target_(std::move(target)),
      entry_(entry),
      services_(services),
      definitions_(DefineColumns(target_->fields(), target_->pinned().snapshot->defaults)) {}

duckdb::unique_ptr<MultiFileReader> PinnedReader::Make(const duckdb::TableFunction& function) {
  const auto& info = function.function_info->Cast<PinnedScanInfo>();
  return duckdb::make_uniq<PinnedReader>(info.target, info.entry, info.services);
}

duckdb::shared_ptr<duckdb::MultiFileList> PinnedReader::CreateFileList(ClientContext&,
                                                                       const duckdb::vector<std::string>&,
                                                                       const duckdb::FileGlobInput&) {
  return duckdb::make_shared_ptr<PinnedFileList>(target_, entry_);
}

bool PinnedReader::Bind(duckdb::MultiFileOptions& options, duckdb::MultiFileList&,
                        duckdb::vector<duckdb::LogicalType>& types, duckdb::vector<std::string>& names,
                        duckdb::MultiFileReaderBindData& bind_data) {
  options.auto_detect_hive_partitioning = false;
  options.hive_partitioning = false;
  for (size_t slot = 0; slot < target_->visible_count(); ++slot) {
    types.push_back(target_->type(slot));
    names.push_back(target_->fields()[slot].name);
    bind_data.schema.push_back(definitions_[slot]);
  }
  bind_data.mapping = duckdb::MultiFileColumnMappingMode::BY_FIELD_ID;
  return true;
}

duckdb::ReaderInitializeType PinnedReader::InitializeReader(
    duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileBindData& bind_data,
    const ColumnDefinitions& global_columns, const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
    duckdb::optional_ptr<duckdb::TableFilterSet> table_filters, ClientContext& context,
    duckdb::MultiFileGlobalState& global_state) {
  auto& reader = *reader_data.reader;
  const auto& files = global_state.file_list.Cast<PinnedFileList>();
  const auto& file = files.file(reader.file_list_idx.GetIndex());
  IdentifyColumns(reader.columns, target_->fields(), target_->pinned().snapshot->column_match);
  AddConstants(*target_, file, global_column_ids, reader_data);
  if (!file.deletes.empty()) {
    auto deleted = ValueOrThrow(services_.deleted_rows->Of(context, *target_, file));
    if (!deleted->empty()) reader.deletion_filter = duckdb::make_uniq<DeletionFilter>(std::move(deleted));
  }
  if (!table_filters) {
    return MultiFileReader::InitializeReader(reader_data, bind_data, global_columns, global_column_ids, nullptr,
                                             context, global_state);
  }
  auto filters = FiltersFor(*target_, reader.columns, global_column_ids, *table_filters);
  return MultiFileReader::InitializeReader(reader_data, bind_data, global_columns, global_column_ids, &filters, context,
                                           global_state);
}

duckdb::unique_ptr<duckdb::Expression> PinnedReader::GetVirtualColumnExpression(
    ClientContext& context, duckdb::MultiFileReaderData& reader_data, const ColumnDefinitions& local_columns,
    duckdb::idx_t& column_id, const duckdb::LogicalType& type, duckdb::MultiFileLocalIndex local_index,
    duckdb::optional_ptr<duckdb::MultiFileColumnDefinition>& global_column_reference) {
  if (const auto slot = target_->Slot(column_id)) {
    global_column_reference = definitions_[*slot];
    return nullptr;
  }
  return MultiFileReader::GetVirtualColumnExpression(context, reader_data, local_columns, column_id, type, local_index,
                                                     global_column_reference);
}

duckdb::unique_ptr<MultiFileReader> PinnedReader::Copy() const {
  return duckdb::make_uniq<PinnedReader>(target_, entry_, services_);
}

}  // namespace tarn::engine
