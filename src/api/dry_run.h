// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a contract would do, told without doing it (http-api.md §3.4): the last records of bronze are read as if it were
// in force. Nothing is written. Free function; thread-safe.

#include <cstdint>

#include "api/services.h"
#include "codec/json.h"
#include "contract/registry.h"

namespace tarn::api {

/// Of the last `sample` records of bronze: how many would pass and which would not, with reasons; which columns of the
/// table would come or change, and what in gold reads those; whether stored records fit.
Result<codec::OrderedJson> DryRun(Services& services, const contract::Registry::Planned& planned, uint64_t sample);

}  // namespace tarn::api
