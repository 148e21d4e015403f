// SPDX-License-Identifier: Apache-2.0
#include "table/delta/checkpoint_rows.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/assert.h"

namespace tarn::table::delta {
namespace {

constexpr size_t kBatchRows = 1024;

// Order of the columns in CheckpointSchema.
enum Column : size_t { kTxn, kAdd, kRemove, kMetaData, kProtocol, kDomainMetadata, kColumnCount };

Field Member(std::string name, DataType type) {
  return {.id = 0, .name = std::move(name), .type = std::move(type), .nullable = true};
}

DataType Text() { return Scalar(TypeKind::kString); }
DataType Long() { return Scalar(TypeKind::kInt64); }
DataType Int() { return Scalar(TypeKind::kInt32); }
DataType Flag() { return Scalar(TypeKind::kBoolean); }

DataType Struct(std::vector<Field> members) {
  DataType type = Scalar(TypeKind::kStruct);
  type.children = std::move(members);
  return type;
}

DataType TextList() {
  DataType type = Scalar(TypeKind::kList);
  type.children = {Member("element", Text())};
  return type;
}

DataType TextMap() {
  DataType type = Scalar(TypeKind::kMap);
  type.children = {Member("key", Text()), Member("value", Text())};
  type.children[0].nullable = false;
  return type;
}

DataType VectorStruct() {
  return Struct({Member("storageType", Text()), Member("pathOrInlineDv", Text()), Member("offset", Int()),
                 Member("sizeInBytes", Int()), Member("cardinality", Long())});
}

Schema MakeSchema() {
  return {
      .fields = {
          Member("txn", Struct({Member("appId", Text()), Member("version", Long()), Member("lastUpdated", Long())})),
          Member("add", Struct({Member("path", Text()), Member("partitionValues", TextMap()), Member("size", Long()),
                                Member("modificationTime", Long()), Member("dataChange", Flag()),
                                Member("stats", Text()), Member("tags", TextMap()),
                                Member("deletionVector", VectorStruct()), Member("baseRowId", Long()),
                                Member("defaultRowCommitVersion", Long()), Member("clusteringProvider", Text())})),
          Member("remove",
                 Struct({Member("path", Text()), Member("deletionTimestamp", Long()), Member("dataChange", Flag()),
                         Member("extendedFileMetadata", Flag()), Member("partitionValues", TextMap()),
                         Member("size", Long()), Member("deletionVector", VectorStruct()), Member("baseRowId", Long()),
                         Member("defaultRowCommitVersion", Long())})),
          Member("metaData",
                 Struct({Member("id", Text()), Member("name", Text()), Member("description", Text()),
                         Member("format", Struct({Member("provider", Text()), Member("options", TextMap())})),
                         Member("schemaString", Text()), Member("partitionColumns", TextList()),
                         Member("createdTime", Long()), Member("configuration", TextMap())})),
          Member("protocol", Struct({Member("minReaderVersion", Int()), Member("minWriterVersion", Int()),
                                     Member("readerFeatures", TextList()), Member("writerFeatures", TextList())})),
          Member("domainMetadata",
                 Struct({Member("domain", Text()), Member("configuration", Text()), Member("removed", Flag())})),
      }};
}

std::vector<DataType> ColumnTypes() {
  std::vector<DataType> types;
  for (const Field& field : CheckpointSchema().fields) types.push_back(field.type);
  return types;
}

// Writing ------------------------------------------------------------------------------------------------------------

/// Appends the members of one struct in the order of the schema.
class StructWriter {
 public:
  explicit StructWriter(ColumnBuilder& column) : column_(column) { column.AppendStruct(); }
  ~StructWriter() { TARN_ASSERT(next_ == column_.type().children.size()); }
  StructWriter(const StructWriter&) = delete;
  StructWriter& operator=(const StructWriter&) = delete;

  StructWriter& Put(const std::string& value) { return Next().AppendString(value), *this; }
  StructWriter& Put(int64_t value) { return Next().AppendInt64(value), *this; }
  StructWriter& Put(int32_t value) { return Next().AppendInt32(value), *this; }
  StructWriter& Put(bool value) { return Next().AppendBool(value), *this; }
  StructWriter& Put(const StringMap& map) {
    ColumnBuilder& column = Next();
    for (const auto& [key, value] : map) {
      column.child(0).AppendString(key);
      column.child(1).AppendString(value);
    }
    column.AppendEntry();
    return *this;
  }
  StructWriter& Put(const PartitionValues& values) {
    ColumnBuilder& column = Next();
    for (const auto& [name, value] : values) {
      column.child(0).AppendString(name);
      if (value) {
        column.child(1).AppendString(*value);
      } else {
        column.child(1).AppendNull();
      }
    }
    column.AppendEntry();
    return *this;
  }
  StructWriter& Put(const DeletionVector& vector) {
    StructWriter(Next())
        .Put(vector.storage_type)
        .Put(vector.path_or_inline)
        .Put(vector.offset)
        .Put(vector.size_bytes)
        .Put(vector.cardinality);
    return *this;
  }
  StructWriter& Put(const std::vector<std::string>& list) {
    ColumnBuilder& column = Next();
    for (const std::string& item : list) column.child(0).AppendString(item);
    column.AppendEntry();
    return *this;
  }
  template <class T>
  StructWriter& Put(const std::optional<T>& value) {
    if (value) return Put(*value);
    Next().AppendNull();
    return *this;
  }
  ColumnBuilder& Next() { return column_.child(next_++); }

 private:
  ColumnBuilder& column_;
  size_t next_ = 0;
};

std::optional<std::string> UnlessEmpty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}
std::optional<StringMap> UnlessEmpty(const StringMap& map) { return map.empty() ? std::nullopt : std::optional(map); }

void Write(ColumnBuilder& column, const Txn& txn) {
  StructWriter(column).Put(txn.app_id).Put(txn.version).Put(txn.last_updated_ms);
}

void Write(ColumnBuilder& column, const Add& add) {
  // A checkpoint changes nothing: its adds only rearrange.
  StructWriter(column)
      .Put(add.path)
      .Put(add.partition_values)
      .Put(add.size_bytes)
      .Put(add.modification_time_ms)
      .Put(false)
      .Put(UnlessEmpty(add.stats))
      .Put(UnlessEmpty(add.tags))
      .Put(add.deletion_vector)
      .Put(add.base_row_id)
      .Put(add.default_row_commit_version)
      .Put(add.clustering_provider);
}

void Write(ColumnBuilder& column, const Remove& remove) {
  StructWriter(column)
      .Put(remove.path)
      .Put(remove.deletion_timestamp_ms)
      .Put(false)
      .Put(remove.extended_file_metadata)
      .Put(remove.extended_file_metadata ? std::optional(remove.partition_values) : std::nullopt)
      .Put(remove.size_bytes)
      .Put(remove.deletion_vector)
      .Put(remove.base_row_id)
      .Put(remove.default_row_commit_version);
}

void Write(ColumnBuilder& column, const Metadata& metadata) {
  StructWriter writer(column);
  writer.Put(metadata.id).Put(metadata.name).Put(metadata.description);
  StructWriter(writer.Next()).Put(metadata.format_provider).Put(metadata.format_options);
  writer.Put(metadata.schema_string).Put(metadata.partition_columns).Put(metadata.created_time_ms);
  writer.Put(metadata.configuration);
}

void Write(ColumnBuilder& column, const Protocol& protocol) {
  StructWriter(column)
      .Put(protocol.min_reader_version)
      .Put(protocol.min_writer_version)
      .Put(protocol.reader_features)
      .Put(protocol.writer_features);
}

void Write(ColumnBuilder& column, const DomainMetadata& domain) {
  StructWriter(column).Put(domain.domain).Put(domain.configuration).Put(domain.removed);
}

// Reading ------------------------------------------------------------------------------------------------------------

/// One row of a struct column, members found by name. A required member that is NULL is remembered and fails the row.
class StructReader {
 public:
  StructReader(const ColumnView& column, size_t row, std::string_view action)
      : column_(column), row_(row), action_(action) {}

  std::string Text(std::string_view name) {
    auto text = MaybeText(name);
    if (!text) missing_ = name;
    return std::move(text).value_or(std::string());
  }
  int64_t Integer(std::string_view name) {
    const auto number = MaybeInteger(name);
    if (!number) missing_ = name;
    return number.value_or(0);
  }
  std::optional<std::string> MaybeText(std::string_view name) const {
    const ColumnView* member = Find(name, TypeKind::kString);
    if (member == nullptr) return std::nullopt;
    return std::string(member->At<std::string_view>(row_));
  }
  std::optional<int64_t> MaybeInteger(std::string_view name) const {
    if (const ColumnView* member = Find(name, TypeKind::kInt64)) return member->At<int64_t>(row_);
    if (const ColumnView* member = Find(name, TypeKind::kInt32)) return member->At<int32_t>(row_);
    return std::nullopt;
  }
  bool Flag(std::string_view name) const {
    const ColumnView* member = Find(name, TypeKind::kBoolean);
    return member != nullptr && member->At<uint8_t>(row_) != 0;
  }
  PartitionValues Values(std::string_view name) const {
    PartitionValues values;
    const ColumnView* member = Find(name, TypeKind::kMap);
    if (member == nullptr || member->children[0].type->kind != TypeKind::kString ||
        member->children[1].type->kind != TypeKind::kString) {
      return values;
    }
    const auto& entry = member->At<ListEntry>(row_);
    for (uint64_t i = entry.offset; i < entry.offset + entry.length; ++i) {
      auto& value = values[std::string(member->children[0].At<std::string_view>(i))];
      if (member->children[1].IsValid(i)) value = std::string(member->children[1].At<std::string_view>(i));
    }
    return values;
  }
  StringMap Map(std::string_view name) const {
    StringMap map;
    for (auto& [key, value] : Values(name)) {
      if (value) map.emplace(key, *value);
    }
    return map;
  }
  std::optional<std::vector<std::string>> MaybeList(std::string_view name) const {
    const ColumnView* member = Find(name, TypeKind::kList);
    if (member == nullptr || member->children[0].type->kind != TypeKind::kString) return std::nullopt;
    std::vector<std::string> list;
    const auto& entry = member->At<ListEntry>(row_);
    for (uint64_t i = entry.offset; i < entry.offset + entry.length; ++i) {
      list.emplace_back(member->children[0].At<std::string_view>(i));
    }
    return list;
  }
  /// The member struct when it is present.
  const ColumnView* Find(std::string_view name, TypeKind kind) const {
    for (size_t i = 0; i < column_.children.size(); ++i) {
      if (column_.type->children[i].name != name) continue;
      const ColumnView& member = column_.children[i];
      return member.type->kind == kind && member.IsValid(row_) ? &member : nullptr;
    }
    return nullptr;
  }
  Status Finish() const {
    if (missing_.empty()) return {};
    return Fail(ErrorCode::kCorrupt,
                "a " + std::string(action_) + " action in a Delta checkpoint lacks " + std::string(missing_));
  }

 private:
  const ColumnView& column_;
  const size_t row_;
  const std::string_view action_;
  std::string_view missing_;
};

Result<std::optional<DeletionVector>> ReadVector(const StructReader& row, size_t index) {
  const ColumnView* column = row.Find("deletionVector", TypeKind::kStruct);
  if (column == nullptr) return std::optional<DeletionVector>();
  StructReader member(*column, index, "deletionVector");
  DeletionVector vector;
  vector.storage_type = member.Text("storageType");
  vector.path_or_inline = member.Text("pathOrInlineDv");
  if (const auto offset = member.MaybeInteger("offset")) vector.offset = static_cast<int32_t>(*offset);
  vector.size_bytes = static_cast<int32_t>(member.Integer("sizeInBytes"));
  vector.cardinality = member.Integer("cardinality");
  TARN_TRY(member.Finish());
  return std::optional(std::move(vector));
}

/// Statistics kept only in columns: how many rows there are is what must be known.
std::string ReadStats(const StructReader& row, size_t index) {
  if (auto text = row.MaybeText("stats")) return *std::move(text);
  const ColumnView* parsed = row.Find("stats_parsed", TypeKind::kStruct);
  if (parsed == nullptr) return {};
  const auto rows = StructReader(*parsed, index, "stats_parsed").MaybeInteger("numRecords");
  return rows ? "{\"numRecords\":" + std::to_string(*rows) + "}" : std::string();
}

Status ReadTxn(StructReader row, ActionSet& actions) {
  actions.txns.push_back({.app_id = row.Text("appId"),
                          .version = row.Integer("version"),
                          .last_updated_ms = row.MaybeInteger("lastUpdated")});
  return row.Finish();
}

Status ReadAdd(StructReader row, size_t index, ActionSet& actions) {
  TARN_ASSIGN(auto vector, ReadVector(row, index));
  actions.adds.push_back({.path = row.Text("path"),
                          .partition_values = row.Values("partitionValues"),
                          .size_bytes = row.Integer("size"),
                          .modification_time_ms = row.Integer("modificationTime"),
                          .data_change = row.Flag("dataChange"),
                          .stats = ReadStats(row, index),
                          .tags = row.Map("tags"),
                          .deletion_vector = std::move(vector),
                          .base_row_id = row.MaybeInteger("baseRowId"),
                          .default_row_commit_version = row.MaybeInteger("defaultRowCommitVersion"),
                          .clustering_provider = row.MaybeText("clusteringProvider")});
  return row.Finish();
}

Status ReadRemove(StructReader row, size_t index, ActionSet& actions) {
  TARN_ASSIGN(auto vector, ReadVector(row, index));
  actions.removes.push_back({.path = row.Text("path"),
                             .deletion_timestamp_ms = row.MaybeInteger("deletionTimestamp"),
                             .data_change = row.Flag("dataChange"),
                             .extended_file_metadata = row.Flag("extendedFileMetadata"),
                             .partition_values = row.Values("partitionValues"),
                             .size_bytes = row.MaybeInteger("size"),
                             .deletion_vector = std::move(vector),
                             .base_row_id = row.MaybeInteger("baseRowId"),
                             .default_row_commit_version = row.MaybeInteger("defaultRowCommitVersion")});
  return row.Finish();
}

Status ReadMetadata(StructReader row, size_t index, ActionSet& actions) {
  Metadata& metadata = actions.metadata.emplace();
  metadata.id = row.Text("id");
  metadata.name = row.MaybeText("name");
  metadata.description = row.MaybeText("description");
  if (const ColumnView* format = row.Find("format", TypeKind::kStruct)) {
    const StructReader member(*format, index, "metaData");
    metadata.format_provider = member.MaybeText("provider").value_or("parquet");
    metadata.format_options = member.Map("options");
  }
  metadata.schema_string = row.Text("schemaString");
  metadata.partition_columns = row.MaybeList("partitionColumns").value_or(std::vector<std::string>());
  metadata.created_time_ms = row.MaybeInteger("createdTime");
  metadata.configuration = row.Map("configuration");
  return row.Finish();
}

Status ReadProtocol(StructReader row, ActionSet& actions) {
  Protocol& protocol = actions.protocol.emplace();
  protocol.min_reader_version = static_cast<int32_t>(row.Integer("minReaderVersion"));
  protocol.min_writer_version = static_cast<int32_t>(row.Integer("minWriterVersion"));
  protocol.reader_features = row.MaybeList("readerFeatures");
  protocol.writer_features = row.MaybeList("writerFeatures");
  return row.Finish();
}

Status ReadDomain(StructReader row, ActionSet& actions) {
  actions.domains.push_back({.domain = row.Text("domain"),
                             .configuration = row.MaybeText("configuration").value_or(std::string()),
                             .removed = row.Flag("removed")});
  return row.Finish();
}

Status ReadSidecar(StructReader row, ActionSet& actions) {
  actions.sidecars.push_back(row.Text("path"));
  return row.Finish();
}

Status ReadAction(const std::string& name, const ColumnView& column, size_t row, ActionSet& actions) {
  if (column.type->kind != TypeKind::kStruct || !column.IsValid(row)) return {};
  const StructReader reader(column, row, name);
  if (name == "add") return ReadAdd(reader, row, actions);
  if (name == "remove") return ReadRemove(reader, row, actions);
  if (name == "txn") return ReadTxn(reader, actions);
  if (name == "metaData") return ReadMetadata(reader, row, actions);
  if (name == "protocol") return ReadProtocol(reader, actions);
  if (name == "domainMetadata") return ReadDomain(reader, actions);
  if (name == "sidecar") return ReadSidecar(reader, actions);
  return {};
}

}  // namespace

const Schema& CheckpointSchema() {
  static const Schema schema = MakeSchema();
  return schema;
}

std::span<const std::string> CheckpointColumns() {
  static const std::array<std::string, 7> names{"txn",    "add", "remove", "metaData", "protocol", "domainMetadata",
                                                "sidecar"};
  return names;
}

CheckpointRows::CheckpointRows(const ActionSet& actions)
    : actions_(actions),
      size_((actions.protocol ? 1U : 0U) + (actions.metadata ? 1U : 0U) + actions.txns.size() + actions.domains.size() +
            actions.removes.size() + actions.adds.size()),
      builder_(ColumnTypes()) {}

bool CheckpointRows::Next(BatchView& batch) {
  builder_.Clear();
  for (; next_ < size_ && builder_.rows() < kBatchRows; ++next_) AppendRow(next_);
  if (builder_.rows() == 0) return false;
  batch = builder_.View();
  return true;
}

void CheckpointRows::AppendRow(size_t row) {
  const auto put = [&](Column column, const auto& action) {
    for (size_t i = 0; i < kColumnCount; ++i) {
      if (i != column) builder_.column(i).AppendNull();
    }
    Write(builder_.column(column), action);
  };
  // The rows are the kinds one behind the other; `row` is counted down to the one it falls into.
  const auto take = [&](Column column, const auto& list) {
    if (row >= list.size()) {
      row -= list.size();
      return false;
    }
    put(column, list[row]);
    return true;
  };
  if (actions_.protocol && row-- == 0) return put(kProtocol, *actions_.protocol);
  if (actions_.metadata && row-- == 0) return put(kMetaData, *actions_.metadata);
  if (take(kTxn, actions_.txns)) return;
  if (take(kDomainMetadata, actions_.domains)) return;
  if (take(kRemove, actions_.removes)) return;
  const bool taken = take(kAdd, actions_.adds);
  TARN_ASSERT(taken);
}

Status DecodeCheckpointRows(const Schema& schema, const BatchView& batch, ActionSet& actions) {
  for (size_t row = 0; row < batch.rows; ++row) {
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      TARN_TRY(ReadAction(schema.fields[i].name, batch.columns[i], row, actions));
    }
  }
  return {};
}

}  // namespace tarn::table::delta
