// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which contract changes need an endpoint without records (http-api.md §3.4). Pure.

#include <vector>

#include "contract/contract.h"

namespace tarn::contract {

/// One reason why a PUT is not compatible.
struct IncompatibleChange {
  std::string column;
  std::string change;
  std::string reason;
};

/// Reasons why stored records would not fit `after`; empty = compatible.
std::vector<IncompatibleChange> CompareContracts(const Contract& before, const Contract& after);

}  // namespace tarn::contract
