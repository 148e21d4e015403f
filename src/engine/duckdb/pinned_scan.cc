// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/pinned_scan.h"

#include "engine/duckdb/file_statistics.h"
#include "engine/duckdb/pinned_file_list.h"
#include "engine/duckdb/pinned_reader.h"

namespace tarn::engine {

namespace {

using duckdb::ClientContext;

const PinnedFileList& FilesOf(const duckdb::FunctionData& bind_data) {
  return bind_data.Cast<duckdb::MultiFileBindData>().file_list->Cast<PinnedFileList>();
}

duckdb::BindInfo GetBindInfo(const duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  return duckdb::BindInfo(FilesOf(*bind_data).entry());
}

duckdb::virtual_column_map_t GetVirtualColumns(ClientContext&, duckdb::optional_ptr<duckdb::FunctionData> bind_data) {
  auto columns = FilesOf(*bind_data).target().VirtualColumns();
  bind_data->Cast<duckdb::MultiFileBindData>().virtual_columns = columns;  // where the column mapper looks
  return columns;
}

duckdb::unique_ptr<duckdb::BaseStatistics> GetStatistics(ClientContext&, const duckdb::FunctionData* bind_data,
                                                         duckdb::column_t column) {
  const auto& files = FilesOf(*bind_data);
  const auto slot = files.target().Slot(column);
  if (!slot) return nullptr;
  return files.Statistics(*slot);
}

/// All rows of a scan as the one partition that metadata answers for.
class WholeScan final : public duckdb::PartitionRowGroup {
 public:
  explicit WholeScan(const PinnedFileList& files)
      : files_(duckdb::unique_ptr_cast<duckdb::MultiFileList, PinnedFileList>(files.Copy())) {}

  duckdb::unique_ptr<duckdb::BaseStatistics> GetColumnStatistics(const duckdb::StorageIndex& index) override {
    if (index.HasChildren()) return nullptr;
    const auto slot = files_->target().Slot(index.GetPrimaryIndex());
    if (!slot || files_->size() == 0) return nullptr;
    const auto& field = files_->target().fields()[*slot];
    duckdb::unique_ptr<duckdb::BaseStatistics> merged;
    for (size_t i = 0; i < files_->size(); ++i) {
      // A deleted row may have been the least or the greatest.
      auto exact = files_->file(i).deletes.empty() ? ExactStatistics(files_->file(i), field) : nullptr;
      if (exact == nullptr) return nullptr;
      if (merged == nullptr) {
        merged = std::move(exact);
      } else {
        merged->Merge(*exact);
      }
    }
    return merged;
  }
  bool MinMaxIsExact(const duckdb::BaseStatistics&, const duckdb::StorageIndex&) override { return true; }

 private:
  duckdb::unique_ptr<PinnedFileList> files_;
};

duckdb::vector<duckdb::PartitionStatistics> GetPartitionStatistics(ClientContext&,
                                                                   duckdb::GetPartitionStatsInput& input) {
  const auto& files = FilesOf(*input.bind_data);
  duckdb::vector<duckdb::PartitionStatistics> partitions;
  if (files.size() == 0 || !files.KnowsRowCounts()) return partitions;  // count(*) has to read
  duckdb::PartitionStatistics partition;
  partition.row_start = 0;
  partition.count = static_cast<duckdb::idx_t>(files.rows());
  partition.count_type = duckdb::CountType::COUNT_EXACT;
  partition.partition_row_group = duckdb::make_shared_ptr<WholeScan>(files);
  partitions.push_back(std::move(partition));
  return partitions;
}

}  // namespace

duckdb::TableFunction MakePinnedScan(const CatalogServices& services, ScanTargetPtr target,
                                     duckdb::TableCatalogEntry& entry, ClientContext& context,
                                     duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  duckdb::TableFunction function = services.parquet_scan;
  function.name = "lake_scan";
  function.function_info = duckdb::make_shared_ptr<PinnedScanInfo>(std::move(target), entry, services);
  function.get_multi_file_reader = PinnedReader::Make;
  function.get_bind_info = GetBindInfo;
  function.get_virtual_columns = GetVirtualColumns;
  function.get_row_id_columns = nullptr;
  function.get_partition_stats = GetPartitionStatistics;
  function.statistics = GetStatistics;
  function.statistics_extended = nullptr;
  function.serialize = nullptr;
  function.deserialize = nullptr;
  function.verify_serialization = false;
  function.late_materialization = false;

  duckdb::vector<duckdb::Value> inputs{duckdb::Value("")};
  duckdb::named_parameter_map_t parameters;
  duckdb::vector<duckdb::LogicalType> input_types;
  duckdb::vector<std::string> input_names;
  const duckdb::TableFunctionRef reference;
  duckdb::TableFunctionBindInput input(inputs, parameters, input_types, input_names, function.function_info.get(),
                                       nullptr, function, reference);
  duckdb::vector<duckdb::LogicalType> types;
  duckdb::vector<std::string> names;
  bind_data = function.bind(context, input, types, names);
  return function;
}

}  // namespace tarn::engine
