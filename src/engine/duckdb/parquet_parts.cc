// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/parquet_parts.h"

#include <algorithm>
#include <shared_mutex>
#include <vector>

#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/object_file_system.h"
#include "engine/duckdb/session_state.h"

namespace tarn::engine {

namespace {

using duckdb::ClientContext;
using duckdb::FunctionData;
using duckdb::GlobalFunctionData;
using duckdb::LocalFunctionData;

/// The parts of one running COPY; the last is written to.
class PartsWriter final : public GlobalFunctionData {
 public:
  explicit PartsWriter(std::shared_ptr<ParquetParts> parts) : parts_(std::move(parts)) {}

  const duckdb::CopyFunction& parquet() const { return parts_->parquet(); }

  void OpenNext(ClientContext& context, FunctionData& bind_data) {
    auto& part = parts_->Begin();
    files_.push_back(
        parquet().copy_to_initialize_global(context, bind_data, ObjectFileSystem::PathOf(parts_->KeyOf(part))));
    parquet().copy_to_get_written_statistics(context, bind_data, *files_.back(), part.statistics);
  }

  /// Goes on to the next part when the current one has its size.
  void RotateWhenFull(ClientContext& context, FunctionData& bind_data) {
    {
      const std::shared_lock lock(mutex_);
      if (!IsFull(bind_data)) return;
    }
    const std::unique_lock lock(mutex_);
    if (!IsFull(bind_data)) return;
    parquet().copy_to_finalize(context, bind_data, *files_.back());
    OpenNext(context, bind_data);
  }

  /// Calls `body` with the current part, which stays the current one meanwhile.
  template <class Body>
  void WithCurrent(const Body& body) {
    const std::shared_lock lock(mutex_);
    body(*files_.back());
  }

  /// The current part. It stays usable for preparing row groups when it is no longer the current one.
  GlobalFunctionData& Current() {
    const std::shared_lock lock(mutex_);
    return *files_.back();
  }

 private:
  bool IsFull(FunctionData& bind_data) const {
    return parquet().rotate_next_file(*files_.back(), bind_data, duckdb::optional_idx(parts_->target_size_bytes()));
  }

  const std::shared_ptr<ParquetParts> parts_;
  std::shared_mutex mutex_;  // shared: the last file is written to; exclusive: another becomes the last
  std::vector<duckdb::unique_ptr<GlobalFunctionData>> files_;
};

duckdb::unique_ptr<GlobalFunctionData> InitializeGlobal(ClientContext& context, FunctionData& bind_data,
                                                        const std::string&) {
  const auto session = SessionState::Of(context);
  auto parts = session ? session->parts() : nullptr;
  if (parts == nullptr) ThrowError(Error{ErrorCode::kInternal, "nothing is to be written in this session", {}});
  auto writer = duckdb::make_uniq<PartsWriter>(std::move(parts));
  writer->OpenNext(context, bind_data);
  return writer;
}

void Sink(duckdb::ExecutionContext& context, FunctionData& bind_data, GlobalFunctionData& global,
          LocalFunctionData& local, duckdb::DataChunk& rows) {
  auto& writer = global.Cast<PartsWriter>();
  writer.RotateWhenFull(context.client, bind_data);
  writer.WithCurrent([&](auto& file) { writer.parquet().copy_to_sink(context, bind_data, file, local, rows); });
}

void Combine(duckdb::ExecutionContext& context, FunctionData& bind_data, GlobalFunctionData& global,
             LocalFunctionData& local) {
  auto& writer = global.Cast<PartsWriter>();
  writer.WithCurrent([&](auto& file) { writer.parquet().copy_to_combine(context, bind_data, file, local); });
}

void Finalize(ClientContext& context, FunctionData& bind_data, GlobalFunctionData& global) {
  auto& writer = global.Cast<PartsWriter>();
  writer.WithCurrent([&](auto& file) { writer.parquet().copy_to_finalize(context, bind_data, file); });
}

duckdb::unique_ptr<duckdb::PreparedBatchData> PrepareBatch(ClientContext& context, FunctionData& bind_data,
                                                           GlobalFunctionData& global,
                                                           duckdb::unique_ptr<duckdb::ColumnDataCollection> rows) {
  auto& writer = global.Cast<PartsWriter>();
  return writer.parquet().prepare_batch(context, bind_data, writer.Current(), std::move(rows));
}

void FlushBatch(ClientContext& context, FunctionData& bind_data, GlobalFunctionData& global,
                duckdb::PreparedBatchData& batch) {
  auto& writer = global.Cast<PartsWriter>();
  writer.RotateWhenFull(context, bind_data);
  writer.WithCurrent([&](auto& file) { writer.parquet().flush_batch(context, bind_data, file, batch); });
}

}  // namespace

ParquetParts::ParquetParts(const duckdb::CopyFunction& parquet, std::string location, Limits limits)
    : parquet_(parquet), location_(std::move(location)), limits_(limits) {}

void ParquetParts::Hold(const std::string& key, std::string body) {
  const std::lock_guard lock(mutex_);
  held_[key] = std::move(body);
}

std::optional<std::string> ParquetParts::TakeHeld(const std::string& key) {
  const std::lock_guard lock(mutex_);
  auto held = held_.extract(key);
  return held.empty() ? std::nullopt : std::optional(std::move(held.mapped()));
}

ParquetPart& ParquetParts::Begin() {
  const std::lock_guard lock(mutex_);
  parts_.emplace_back().path = "data/" + NewUuid(randomness_) + ".parquet";
  return parts_.back();
}

bool ParquetParts::Owns(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(parts_, [&](const ParquetPart& part) { return KeyOf(part) == key; });
}

duckdb::CopyFunction MakePartsFunction(const duckdb::CopyFunction& parquet) {
  duckdb::CopyFunction function = parquet;
  function.name = kPartsFormat;
  function.copy_to_initialize_global = InitializeGlobal;
  function.copy_to_get_written_statistics = nullptr;
  function.copy_to_sink = Sink;
  function.copy_to_combine = Combine;
  function.copy_to_finalize = Finalize;
  function.prepare_batch = PrepareBatch;
  function.flush_batch = FlushBatch;
  function.initialize_operator = nullptr;
  function.rotate_files = nullptr;
  function.rotate_next_file = nullptr;
  function.serialize = nullptr;
  function.deserialize = nullptr;
  function.copy_from_bind = nullptr;
  return function;
}

}  // namespace tarn::engine
