// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/pinned_scan.h"

#include "engine/duckdb/file_statistics.h"
#include "engine/duckdb/pinned_file_list.h"

namespace tarn::engine {

namespace {

using duckdb::ClientContext;
using duckdb::MultiFileColumnDefinition;
using duckdb::MultiFileReader;

struct PinnedScanInfo final : duckdb::TableFunctionInfo {
  PinnedScanInfo(ScanTargetPtr scan_target, duckdb::TableCatalogEntry& table_entry)
      : target(std::move(scan_target)), entry(table_entry) {}
  ScanTargetPtr target;
  duckdb::TableCatalogEntry& entry;
};

MultiFileColumnDefinition Definition(const ScanTarget& target, size_t slot) {
  auto definition = MultiFileColumnDefinition::CreateFromNameAndType(target.fields()[slot].name, target.type(slot));
  definition.default_expression = duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(target.type(slot)));
  return definition;
}

class PinnedTableReader final : public MultiFileReader {
 public:
  PinnedTableReader(ScanTargetPtr target, duckdb::TableCatalogEntry& entry)
      : target_(std::move(target)), entry_(entry) {
    for (size_t slot = 0; slot < target_->fields().size(); ++slot) definitions_.push_back(Definition(*target_, slot));
  }

  static duckdb::unique_ptr<MultiFileReader> Make(const duckdb::TableFunction& function) {
    const auto& info = function.function_info->Cast<PinnedScanInfo>();
    return duckdb::make_uniq<PinnedTableReader>(info.target, info.entry);
  }

  duckdb::shared_ptr<duckdb::MultiFileList> CreateFileList(ClientContext&, const duckdb::vector<std::string>&,
                                                           const duckdb::FileGlobInput&) override {
    return duckdb::make_shared_ptr<PinnedFileList>(target_, entry_);
  }

  bool Bind(duckdb::MultiFileOptions& options, duckdb::MultiFileList&, duckdb::vector<duckdb::LogicalType>& types,
            duckdb::vector<std::string>& names, duckdb::MultiFileReaderBindData& bind_data) override {
    options.auto_detect_hive_partitioning = false;
    options.hive_partitioning = false;
    for (size_t slot = 0; slot < target_->visible_count(); ++slot) {
      types.push_back(target_->type(slot));
      names.push_back(target_->fields()[slot].name);
      bind_data.schema.push_back(definitions_[slot]);
    }
    bind_data.mapping = duckdb::MultiFileColumnMappingMode::BY_NAME;
    return true;
  }

  duckdb::ReaderInitializeType InitializeReader(duckdb::MultiFileReaderData& reader_data,
                                                const duckdb::MultiFileBindData& bind_data,
                                                const duckdb::vector<MultiFileColumnDefinition>& global_columns,
                                                const duckdb::vector<duckdb::ColumnIndex>& global_column_ids,
                                                duckdb::optional_ptr<duckdb::TableFilterSet> table_filters,
                                                ClientContext& context,
                                                duckdb::MultiFileGlobalState& global_state) override {
    DeclareJson(*reader_data.reader);
    return MultiFileReader::InitializeReader(reader_data, bind_data, global_columns, global_column_ids, table_filters,
                                             context, global_state);
  }

  duckdb::unique_ptr<duckdb::Expression> GetVirtualColumnExpression(
      ClientContext& context, duckdb::MultiFileReaderData& reader_data,
      const duckdb::vector<MultiFileColumnDefinition>& local_columns, duckdb::idx_t& column_id,
      const duckdb::LogicalType& type, duckdb::MultiFileLocalIndex local_index,
      duckdb::optional_ptr<MultiFileColumnDefinition>& global_column_reference) override {
    if (const auto slot = target_->Slot(column_id)) {
      global_column_reference = definitions_[*slot];
      return nullptr;
    }
    return MultiFileReader::GetVirtualColumnExpression(context, reader_data, local_columns, column_id, type,
                                                       local_index, global_column_reference);
  }

  duckdb::unique_ptr<MultiFileReader> Copy() const override {
    return duckdb::make_uniq<PinnedTableReader>(target_, entry_);
  }

 private:
  /// JSON is text in the file. Saying so before the columns are matched saves a cast, which would parse every value.
  void DeclareJson(duckdb::BaseFileReader& reader) const {
    for (auto& column : reader.columns) {
      if (column.type != duckdb::LogicalType::VARCHAR) continue;
      for (const auto& definition : definitions_) {
        if (definition.type.IsJSONType() && duckdb::StringUtil::CIEquals(definition.name, column.name)) {
          column.type = definition.type;
        }
      }
    }
  }

  ScanTargetPtr target_;
  duckdb::TableCatalogEntry& entry_;
  duckdb::vector<MultiFileColumnDefinition> definitions_;  // by slot
};

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
  if (!slot || files.size() == 0) return nullptr;
  const auto& field = files.target().fields()[*slot];
  auto merged = PruningStatistics(files.file(0), field);
  for (size_t i = 1; i < files.size(); ++i) merged->Merge(*PruningStatistics(files.file(i), field));
  // The join order optimizer looks a column with a distinct count up by position, where hidden ones are not.
  merged->SetDistinctCount(0);
  return merged;
}

class FilePartition final : public duckdb::PartitionRowGroup {
 public:
  FilePartition(ScanTargetPtr target, table::DataFilePtr file) : target_(std::move(target)), file_(std::move(file)) {}

  duckdb::unique_ptr<duckdb::BaseStatistics> GetColumnStatistics(const duckdb::StorageIndex& index) override {
    if (index.HasChildren()) return nullptr;
    const auto slot = target_->Slot(index.GetPrimaryIndex());
    return slot ? ExactStatistics(*file_, target_->fields()[*slot]) : nullptr;
  }
  bool MinMaxIsExact(const duckdb::BaseStatistics&, const duckdb::StorageIndex&) override { return true; }

 private:
  ScanTargetPtr target_;
  table::DataFilePtr file_;
};

duckdb::vector<duckdb::PartitionStatistics> GetPartitionStatistics(ClientContext&,
                                                                   duckdb::GetPartitionStatsInput& input) {
  const auto& files = FilesOf(*input.bind_data);
  duckdb::vector<duckdb::PartitionStatistics> partitions;
  if (!files.KnowsRowCounts()) return partitions;  // count(*) has to read
  duckdb::idx_t row_start = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    duckdb::PartitionStatistics partition;
    partition.row_start = row_start;
    partition.count = static_cast<duckdb::idx_t>(files.file(i).record_count);
    partition.count_type = duckdb::CountType::COUNT_EXACT;
    partition.partition_row_group = duckdb::make_shared_ptr<FilePartition>(files.shared_target(), files.shared_file(i));
    row_start += partition.count;
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

}  // namespace

duckdb::TableFunction MakePinnedScan(const duckdb::TableFunction& parquet_scan, ScanTargetPtr target,
                                     duckdb::TableCatalogEntry& entry, ClientContext& context,
                                     duckdb::unique_ptr<duckdb::FunctionData>& bind_data) {
  duckdb::TableFunction function = parquet_scan;
  function.name = "lake_scan";
  function.function_info = duckdb::make_shared_ptr<PinnedScanInfo>(std::move(target), entry);
  function.get_multi_file_reader = PinnedTableReader::Make;
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
