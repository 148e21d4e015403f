// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/session_state.h"

namespace tarn::engine {

duckdb::shared_ptr<SessionState> SessionState::Of(duckdb::ClientContext& context) {
  return context.registered_state->Get<SessionState>(kName);
}

void SessionState::AddInput(const std::string& name, BoundTablePtr table) {
  const std::lock_guard lock(mutex_);
  inputs_[name] = std::move(table);
}

BoundTablePtr SessionState::FindInput(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = inputs_.find(name);
  return found == inputs_.end() ? nullptr : found->second;
}

std::vector<std::string> SessionState::InputNames() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, table] : inputs_) names.push_back(name);
  return names;
}

void SessionState::set_parts(std::shared_ptr<ParquetParts> parts) {
  const std::lock_guard lock(mutex_);
  parts_ = std::move(parts);
}

std::shared_ptr<ParquetParts> SessionState::parts() const {
  const std::lock_guard lock(mutex_);
  return parts_;
}

void SessionState::set_export_key(const std::string& key) {
  const std::lock_guard lock(mutex_);
  export_key_ = key;
}

bool SessionState::Exports(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  return !key.empty() && export_key_ == key;
}

bool SessionState::MayWrite(const std::string& key) const {
  const auto writing = parts();
  return writing != nullptr && writing->Owns(key);
}

}  // namespace tarn::engine
