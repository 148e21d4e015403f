// SPDX-License-Identifier: Apache-2.0
#pragma once
// A lake in memory for tests of the engine: a store that counts what is opened, names that tests define, row sources
// made of recorded rows, and results as text. For *_test.cc files only.

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/result_matchers.h"
#include "engine/duckdb/duckdb_engine.h"
#include "store/memory/memory_store.h"
#include "table/batch.h"

namespace tarn::engine {

/// Memory store that remembers which objects were opened for reading.
class CountingStore final : public store::ObjectStore {
 public:
  std::set<std::string> TakeOpened() {
    const std::lock_guard lock(mutex_);
    return std::exchange(opened_, {});
  }

  Result<std::string> Get(const std::string& key) override { return below_.Get(key); }
  Result<std::unique_ptr<store::ObjectReader>> OpenReader(const std::string& key) override {
    {
      const std::lock_guard lock(mutex_);
      opened_.insert(key);
    }
    return below_.OpenReader(key);
  }
  Result<store::ObjectInfo> Head(const std::string& key) override { return below_.Head(key); }
  Result<std::unique_ptr<store::ObjectWriter>> OpenWriter(const std::string& key) override {
    return below_.OpenWriter(key);
  }
  Status PutAll(std::span<const store::PutRequest> objects) override { return below_.PutAll(objects); }
  Status PutIfAbsent(const std::string& key, std::string_view body) override { return below_.PutIfAbsent(key, body); }
  Result<std::vector<store::ObjectInfo>> List(const std::string& prefix, const std::string& start_after,
                                              size_t limit) override {
    return below_.List(prefix, start_after, limit);
  }
  Result<std::vector<std::string>> ListFolders(const std::string& prefix) override {
    return below_.ListFolders(prefix);
  }
  Status Delete(const std::string& key) override { return below_.Delete(key); }
  Status MakeDurable(const std::string& key) override { return below_.MakeDurable(key); }
  std::chrono::milliseconds max_staleness() const override { return below_.max_staleness(); }
  std::string root() const override { return below_.root(); }

 private:
  store::MemoryStore below_;
  std::mutex mutex_;
  std::set<std::string> opened_;
};

/// Names that a test sets. The highest version is the newest.
class FakeLake final : public NameResolver {
 public:
  void Set(const TableName& name, BoundTablePtr table, int64_t version = 1) {
    const std::lock_guard lock(mutex_);
    tables_[name][version] = std::move(table);
  }
  void AddDomain(const std::string& domain) { extra_domains_.insert(domain); }
  int resolutions() const { return resolutions_; }

  Result<BoundTablePtr> Resolve(const TableName& name, const std::optional<TimeTravel>& at) override {
    const std::lock_guard lock(mutex_);
    ++resolutions_;
    const auto found = tables_.find(name);
    if (found == tables_.end()) return Fail(ErrorCode::kNotFound, "no such table");
    if (!at) return found->second.rbegin()->second;
    const auto version =
        std::holds_alternative<int64_t>(*at) ? std::get<int64_t>(*at) : std::get<Timestamp>(*at).micros;
    const auto pinned = found->second.find(version);
    if (pinned == found->second.end()) return Fail(ErrorCode::kInvalidArgument, "no such version");
    return pinned->second;
  }
  Result<std::vector<std::string>> Domains() override {
    const std::lock_guard lock(mutex_);
    std::set<std::string> domains = extra_domains_;
    for (const auto& [name, versions] : tables_) domains.insert(name.domain);
    return std::vector<std::string>(domains.begin(), domains.end());
  }
  Result<std::vector<std::string>> Tables(const std::string& domain, const std::string& layer) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, versions] : tables_) {
      if (name.domain == domain && name.layer == layer) names.push_back(name.table);
    }
    return names;
  }

 private:
  std::mutex mutex_;
  std::map<TableName, std::map<int64_t, BoundTablePtr>> tables_;
  std::set<std::string> extra_domains_;
  int resolutions_ = 0;
};

/// Copies one value of `view` behind the values of `builder`.
inline void AppendFrom(const table::ColumnView& view, size_t row, table::ColumnBuilder& builder) {
  using table::TypeKind;
  if (!view.IsValid(row)) return builder.AppendNull();
  switch (view.type->kind) {
    case TypeKind::kBoolean:
      return builder.AppendBool(view.At<uint8_t>(row) != 0);
    case TypeKind::kInt32:
    case TypeKind::kDate:
      return builder.AppendInt32(view.At<int32_t>(row));
    case TypeKind::kInt64:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      return builder.AppendInt64(view.At<int64_t>(row));
    case TypeKind::kFloat:
      return builder.AppendFloat(view.At<float>(row));
    case TypeKind::kDouble:
      return builder.AppendDouble(view.At<double>(row));
    case TypeKind::kDecimal:
      return builder.AppendDecimal(view.At<table::Int128>(row));
    case TypeKind::kString:
    case TypeKind::kJson:
    case TypeKind::kBinary:
      return builder.AppendString(view.At<std::string_view>(row));
    case TypeKind::kStruct:
      for (size_t i = 0; i < view.children.size(); ++i) AppendFrom(view.children[i], row, builder.child(i));
      return builder.AppendStruct();
    case TypeKind::kList:
    case TypeKind::kMap: {
      const auto entry = view.At<table::ListEntry>(row);
      for (size_t i = 0; i < view.children.size(); ++i) {
        for (uint64_t at = 0; at < entry.length; ++at) {
          AppendFrom(view.children[i], entry.offset + at, builder.child(i));
        }
      }
      return builder.AppendEntry();
    }
  }
}

/// One value as text, types told apart by their form only.
inline std::string Render(const table::ColumnView& view, size_t row) {
  using table::TypeKind;
  if (!view.IsValid(row)) return "NULL";
  switch (view.type->kind) {
    case TypeKind::kBoolean:
      return view.At<uint8_t>(row) != 0 ? "true" : "false";
    case TypeKind::kInt32:
    case TypeKind::kDate:
      return std::to_string(view.At<int32_t>(row));
    case TypeKind::kInt64:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      return std::to_string(view.At<int64_t>(row));
    case TypeKind::kFloat:
      return std::to_string(view.At<float>(row));
    case TypeKind::kDouble:
      return std::to_string(view.At<double>(row));
    case TypeKind::kDecimal:
      return table::FormatDecimal(view.At<table::Int128>(row), view.type->scale);
    case TypeKind::kString:
    case TypeKind::kJson:
    case TypeKind::kBinary:
      return std::string(view.At<std::string_view>(row));
    case TypeKind::kStruct: {
      std::string text = "{";
      for (size_t i = 0; i < view.children.size(); ++i) {
        text += (i == 0 ? "" : ", ") + view.type->children[i].name + ": " + Render(view.children[i], row);
      }
      return text + "}";
    }
    case TypeKind::kList:
    case TypeKind::kMap: {
      std::string text = "[";
      const auto entry = view.At<table::ListEntry>(row);
      for (uint64_t at = 0; at < entry.length; ++at) {
        text += at == 0 ? "" : ", ";
        for (size_t i = 0; i < view.children.size(); ++i) {
          text += (i == 0 ? "" : "=") + Render(view.children[i], entry.offset + at);
        }
      }
      return text + "]";
    }
  }
  return "?";
}

struct Rows {
  std::vector<std::string> names;
  std::vector<std::string> rows;  ///< values joined by '|'
  bool operator==(const Rows&) const = default;
};

inline Result<Rows> ReadAll(Result<std::unique_ptr<ResultStream>> opened) {
  if (!opened) return Fail(opened.error());
  Rows result;
  for (const auto& column : (*opened)->columns()) result.names.push_back(column.name);
  table::BatchView batch;
  while (true) {
    TARN_ASSIGN(const bool more, (*opened)->Next(batch));
    if (!more) return result;
    for (size_t row = 0; row < batch.rows; ++row) {
      std::string text;
      for (const auto& column : batch.columns) text += (text.empty() ? "" : "|") + Render(column, row);
      result.rows.push_back(std::move(text));
    }
  }
}

/// Rows that were recorded from a stream; each unit is a list of batches.
class RecordedRows final : public RowSource {
 public:
  explicit RecordedRows(table::Schema schema, bool knows_count = true)
      : schema_(std::move(schema)), knows_count_(knows_count) {}

  Status AddUnit(ResultStream& stream) {
    std::vector<table::DataType> types;
    for (const auto& field : schema_.fields) types.push_back(field.type);
    auto& unit = units_.emplace_back();
    table::BatchView batch;
    while (true) {
      TARN_ASSIGN(const bool more, stream.Next(batch));
      if (!more) return {};
      auto& builder = unit.emplace_back(types);
      for (size_t column = 0; column < types.size(); ++column) {
        for (size_t row = 0; row < batch.rows; ++row) AppendFrom(batch.columns[column], row, builder.column(column));
      }
      rows_ += batch.rows;
    }
  }

  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return units_.size(); }
  std::optional<uint64_t> row_count() const override {
    return knows_count_ ? std::optional<uint64_t>(rows_) : std::nullopt;
  }
  Result<std::unique_ptr<RowReader>> Open(size_t unit, std::span<const size_t> columns) override {
    return std::make_unique<Reader>(units_[unit], columns);
  }

 private:
  class Reader final : public RowReader {
   public:
    Reader(const std::deque<table::BatchBuilder>& unit, std::span<const size_t> columns)
        : unit_(unit), columns_(columns.begin(), columns.end()) {}
    Result<bool> Next(table::BatchView& batch) override {
      if (at_ == unit_.size()) return false;
      const auto all = unit_[at_++].View();
      batch.rows = all.rows;
      batch.columns.clear();
      for (const size_t column : columns_) batch.columns.push_back(all.columns[column]);
      return true;
    }

   private:
    const std::deque<table::BatchBuilder>& unit_;
    std::vector<size_t> columns_;
    size_t at_ = 0;
  };

  table::Schema schema_;
  bool knows_count_;
  uint64_t rows_ = 0;
  std::deque<std::deque<table::BatchBuilder>> units_;
};

inline table::Field MakeField(int32_t id, std::string name, table::DataType type) {
  return table::Field{id, std::move(name), std::move(type), true};
}

inline table::Schema MakeSchema(std::vector<table::Field> fields) { return table::Schema{std::move(fields)}; }

class EngineTest : public testing::Test {
 protected:
  void SetUp() override { Open({}); }

  void Open(EngineConfig config) {
    if (config.temp_directory.empty()) config.temp_directory = testing::TempDir() + "tarn_engine_spill";
    auto opened = DuckDbEngine::Open(config, store_, lake_);
    ASSERT_TRUE(opened.has_value()) << opened.error().ToString();
    engine_ = std::move(*opened);
  }

  Result<Rows> Query(const std::string& sql) {
    QueryRequest request;
    request.sql = sql;
    return ReadAll(engine_->Query(request));
  }

  /// The one value of the one row.
  std::string Scalar(const std::string& sql) {
    const auto result = Query(sql);
    if (!result) return result.error().ToString();
    return result->rows.size() == 1 ? result->rows[0] : std::to_string(result->rows.size()) + " rows";
  }

  std::unique_ptr<Workspace> NewWorkspace() {
    auto opened = engine_->OpenWorkspace({});
    EXPECT_TRUE(opened.has_value()) << opened.error().ToString();
    return std::move(*opened);
  }

  /// Makes `name` a table of the files that `selects` write.
  BoundTablePtr WriteTable(const TableName& name, const table::Schema& visible, const table::Schema& hidden,
                           const std::vector<std::string>& selects, Workspace* with = nullptr) {
    auto own = with == nullptr ? NewWorkspace() : nullptr;
    auto& workspace = with == nullptr ? *own : *with;
    table::Schema all = visible;
    all.fields.insert(all.fields.end(), hidden.fields.begin(), hidden.fields.end());
    table::PinnedTable pinned;
    pinned.location = name.layer + "/" + name.domain + "/" + name.table;
    for (const auto& select : selects) {
      WriteRequest request;
      request.select = select;
      request.schema = all;
      request.location = pinned.location;
      auto files = workspace.WriteParquet(request);
      EXPECT_TRUE(files.has_value()) << files.error().ToString();
      if (!files) continue;
      for (auto& file : *files) pinned.files.push_back(std::make_shared<const table::DataFile>(std::move(file)));
    }
    auto snapshot = std::make_shared<table::Snapshot>();
    snapshot->version = 1;
    snapshot->schema = all;
    snapshot->files = pinned.files;
    pinned.snapshot = std::move(snapshot);
    auto bound = std::make_shared<const BoundTable>(BoundTable{visible, hidden, std::move(pinned)});
    lake_.Set(name, bound);
    return bound;
  }

  CountingStore store_;
  FakeLake lake_;
  std::unique_ptr<DuckDbEngine> engine_;
};

}  // namespace tarn::engine
