// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/pinned_file_list.h"

#include <numeric>

#include "engine/duckdb/object_file_system.h"

namespace tarn::engine {

namespace {

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
  if (target_->index().knows_rows()) return true;
  if (is_whole()) return false;
  for (size_t i = 0; i < kept_->size(); ++i) {
    if (file(i).LiveRecordCount() < 0) return false;
  }
  return true;
}

int64_t PinnedFileList::rows() const {
  const auto& index = target_->index();
  if (is_whole()) return index.all_rows();
  return std::accumulate(kept_->begin(), kept_->end(), int64_t{0},
                         [&](int64_t sum, uint32_t file) { return sum + index.rows(file); });
}

duckdb::unique_ptr<duckdb::NodeStatistics> PinnedFileList::GetCardinality(duckdb::ClientContext&) const {
  const auto count = static_cast<duckdb::idx_t>(rows());
  if (!KnowsRowCounts()) return duckdb::make_uniq<duckdb::NodeStatistics>(count);
  return duckdb::make_uniq<duckdb::NodeStatistics>(count, count);
}

duckdb::unique_ptr<duckdb::MultiFileList> PinnedFileList::Copy() const {
  return duckdb::unique_ptr<duckdb::MultiFileList>(new PinnedFileList(target_, entry_, kept_));
}

duckdb::unique_ptr<duckdb::BaseStatistics> PinnedFileList::Statistics(size_t slot) const {
  if (kept_->empty()) return nullptr;
  auto& column = target_->index().Of(target_->fields()[slot]);
  // Those of the whole table are true of a part of it; looking at a few files makes them tight.
  if (is_whole() || kept_->size() > kTightStatisticsFiles || column.by_file.empty()) return column.all->ToUnique();
  auto merged = column.by_file[kept_->front()].ToUnique();
  for (size_t i = 1; i < kept_->size(); ++i) merged->Merge(column.by_file[(*kept_)[i]]);
  merged->SetDistinctCount(0);
  return merged;
}

duckdb::unique_ptr<duckdb::MultiFileList> PinnedFileList::Pruned(const std::vector<SlotFilter>& filters) const {
  if (filters.empty()) return nullptr;
  auto kept = std::make_shared<Indexes>(*kept_);
  for (const auto& [slot, filter] : filters) {
    auto& statistics = target_->index().Of(target_->fields()[slot]).by_file;
    if (statistics.empty()) continue;
    std::erase_if(*kept, [&](uint32_t i) {
      return filter.CheckStatistics(statistics[i]) == duckdb::FilterPropagateResult::FILTER_ALWAYS_FALSE;
    });
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
