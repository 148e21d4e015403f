// SPDX-License-Identifier: Apache-2.0
#include "engine/lazy_workspace.h"

namespace tarn::engine {

Status LazyWorkspace::Open() {
  if (opened_) return {};
  TARN_ASSIGN(auto opened, engine_.OpenWorkspace({}));
  for (auto& [name, table] : inputs_) TARN_TRY(opened->AddInput(name, std::move(table)));
  inputs_.clear();
  opened_ = std::move(opened);
  return {};
}

Status LazyWorkspace::AddInput(const std::string& name, BoundTablePtr table) {
  if (opened_) return opened_->AddInput(name, std::move(table));
  inputs_.emplace_back(name, std::move(table));
  return {};
}

Result<uint64_t> LazyWorkspace::Execute(const std::string& sql) {
  TARN_TRY(Open());
  return opened_->Execute(sql);
}

Result<std::unique_ptr<ResultStream>> LazyWorkspace::Query(const std::string& sql) {
  TARN_TRY(Open());
  return opened_->Query(sql);
}

Result<table::Schema> LazyWorkspace::Describe(const std::string& select) {
  TARN_TRY(Open());
  return opened_->Describe(select);
}

Result<std::vector<table::DataFile>> LazyWorkspace::WriteParquet(const WriteRequest& request) {
  TARN_TRY(Open());
  return opened_->WriteParquet(request);
}

Result<PreparedParquet> LazyWorkspace::PrepareParquet(const WriteRequest& request) {
  TARN_TRY(Open());
  return opened_->PrepareParquet(request);
}

Result<uint64_t> LazyWorkspace::Export(const ExportRequest& request) {
  TARN_TRY(Open());
  return opened_->Export(request);
}

}  // namespace tarn::engine
