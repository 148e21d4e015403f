// SPDX-License-Identifier: Apache-2.0
#include "lake/open_tables.h"

namespace tarn::lake {

std::shared_ptr<table::Table> OpenTables::Get(const std::string& location) {
  const std::lock_guard lock(mutex_);
  auto& slot = tables_[location];
  if (!slot) slot = std::make_shared<table::Table>(dependencies_, location);
  return slot;
}

}  // namespace tarn::lake
