// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/pinned_file_list.h"

#include <numeric>

#include "engine/duckdb/file_statistics.h"
#include "engine/duckdb/object_file_system.h"

namespace tarn::engine {

namespace {

// For files whose writer did not count rows; only join orders depend on it.
constexpr int64_t kGuessedBytesPerRow = 64;

// A file of more rows is taken to have several row groups, which threads read side by side.
constexpr int64_t kRowsOfOneThread = 122'880;

}  // namespace

PinnedFileList::PinnedFileList(ScanTargetPtr target, duckdb::TableCatalogEntry& entry)
    : target_(std::move(target)), entry_(entry) {
  auto all = std::make_shared<Indexes>(target_->pinned().files.size());
  std::iota(all->begin(), all->end(), 0U);
  kept_ = std::move(all);
}

PinnedFileList::PinnedFileList(ScanTargetPtr target, duckdb::TableCatalogEntry& entry,
                               std::shared_ptr<const Indexes> kept)
    : target_(std::move(target)), entry_(entry), kept_(std::move(kept)) {}

duckdb::OpenFileInfo PinnedFileList::GetFile(duckdb::idx_t i) const {
  if (i >= kept_->size()) return duckdb::OpenFileInfo();
  const auto& data_file = file(i);
  return ObjectFileSystem::Granted(target_->pinned().location + "/" + data_file.path, target_->grant(),
                                   static_cast<uint64_t>(data_file.size_bytes));
}

duckdb::vector<duckdb::OpenFileInfo> PinnedFileList::GetAllFiles() const {
  duckdb::vector<duckdb::OpenFileInfo> files;
  files.reserve(kept_->size());
  for (size_t i = 0; i < kept_->size(); ++i) files.push_back(GetFile(i));
  return files;
}

duckdb::FileExpandResult PinnedFileList::GetExpandResult() const {
  if (kept_->empty()) return duckdb::FileExpandResult::NO_FILES;
  if (kept_->size() > 1) return duckdb::FileExpandResult::MULTIPLE_FILES;
  // DuckDB gives one file as many threads as the row groups it counted when binding. Our binding opens no file, so to
  // DuckDB it has none and would be read by one thread, however large.
  const auto rows = file(0).record_count;
  return rows >= 0 && rows <= kRowsOfOneThread ? duckdb::FileExpandResult::SINGLE_FILE
                                               : duckdb::FileExpandResult::MULTIPLE_FILES;
}

bool PinnedFileList::KnowsRowCounts() const {
  for (size_t i = 0; i < kept_->size(); ++i) {
    if (file(i).record_count < 0) return false;
  }
  return true;
}

duckdb::unique_ptr<duckdb::NodeStatistics> PinnedFileList::GetCardinality(duckdb::ClientContext&) const {
  int64_t rows = 0;
  for (size_t i = 0; i < kept_->size(); ++i) {
    rows += file(i).record_count >= 0 ? file(i).record_count : file(i).size_bytes / kGuessedBytesPerRow;
  }
  const auto count = static_cast<duckdb::idx_t>(rows);
  if (!KnowsRowCounts()) return duckdb::make_uniq<duckdb::NodeStatistics>(count);
  return duckdb::make_uniq<duckdb::NodeStatistics>(count, count);
}

duckdb::unique_ptr<duckdb::MultiFileList> PinnedFileList::Copy() const {
  return duckdb::unique_ptr<duckdb::MultiFileList>(new PinnedFileList(target_, entry_, kept_));
}

bool PinnedFileList::CanMatch(const table::DataFile& data_file, const std::vector<SlotFilter>& filters) const {
  for (const auto& [slot, filter] : filters) {
    auto statistics = PruningStatistics(data_file, target_->fields()[slot]);
    if (filter.CheckStatistics(*statistics) == duckdb::FilterPropagateResult::FILTER_ALWAYS_FALSE) return false;
  }
  return true;
}

duckdb::unique_ptr<duckdb::MultiFileList> PinnedFileList::Pruned(const std::vector<SlotFilter>& filters) const {
  if (filters.empty()) return nullptr;
  auto kept = std::make_shared<Indexes>();
  for (size_t i = 0; i < kept_->size(); ++i) {
    if (CanMatch(file(i), filters)) kept->push_back((*kept_)[i]);
  }
  if (kept->size() == kept_->size()) return nullptr;
  return duckdb::unique_ptr<duckdb::MultiFileList>(new PinnedFileList(target_, entry_, std::move(kept)));
}

duckdb::unique_ptr<duckdb::MultiFileList> PinnedFileList::ComplexFilterPushdown(
    duckdb::ClientContext& context, const duckdb::MultiFileOptions&, duckdb::MultiFilePushdownInfo& info,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) const {
  duckdb::FilterCombiner combiner(context);
  for (const auto& filter : filters) combiner.AddFilter(filter->Copy());
  duckdb::vector<duckdb::FilterPushdownResult> results;
  auto set = combiner.GenerateTableScanFilters(info.column_indexes, results);
  std::vector<SlotFilter> by_slot;
  for (auto& [column, filter] : set.filters) {
    if (const auto slot = target_->Slot(column)) by_slot.push_back({*slot, *filter});
  }
  return Pruned(by_slot);
}

duckdb::unique_ptr<duckdb::MultiFileList> PinnedFileList::DynamicFilterPushdown(
    duckdb::ClientContext&, const duckdb::MultiFileOptions&, const duckdb::vector<std::string>&,
    const duckdb::vector<duckdb::LogicalType>&, const duckdb::vector<duckdb::column_t>& column_ids,
    duckdb::TableFilterSet& filters) const {
  std::vector<SlotFilter> by_slot;
  for (auto& [position, filter] : filters.filters) {
    if (const auto slot = target_->Slot(column_ids[position])) by_slot.push_back({*slot, *filter});
  }
  return Pruned(by_slot);
}

}  // namespace tarn::engine
