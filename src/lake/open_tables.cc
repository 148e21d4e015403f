// SPDX-License-Identifier: Apache-2.0
#include "lake/open_tables.h"

namespace tarn::lake {

std::shared_ptr<table::Table> OpenTables::Get(const std::string& location) {
  const std::lock_guard lock(mutex_);
  auto& slot = tables_[location];
  if (!slot) slot = std::make_shared<table::Table>(dependencies_, location);
  return slot;
}

void OpenTables::Forget(const std::string& location) {
  const std::lock_guard lock(mutex_);
  tables_.erase(location);
}

Result<std::shared_ptr<table::Table>> OpenTables::MirrorOf(const std::string& location) {
  if (mirrors_ == nullptr) return std::shared_ptr<table::Table>();
  TARN_ASSIGN(const auto newest, Get(location)->Load());
  return mirrors_->TableOf(dependencies_.store, location, *newest);
}

std::optional<Error> OpenTables::MirrorFailure(const std::string& location) {
  return mirrors_ == nullptr ? std::nullopt : mirrors_->FailureOf(location);
}

std::vector<std::shared_ptr<table::Table>> OpenTables::All() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<table::Table>> tables;
  for (const auto& [location, table] : tables_) tables.push_back(table);
  return tables;
}

}  // namespace tarn::lake
