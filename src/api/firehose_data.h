// SPDX-License-Identifier: Apache-2.0
#pragma once
// The `Data` of delivery stream records as lines of an NDJSON request. Pure functions.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::api {

/// Most bytes of one record, before its base64.
inline constexpr size_t kMaxStreamRecordBytes = 1'024'000;

/// Appends the record to `lines` and returns how many lines it became, at least one. Data that is no JSON object itself
/// but base64 text of one is decoded once more: shells do that when they encode what the client encodes again. Several
/// objects, one a line, are several records. Anything else becomes one line that ingest will send to quarantine.
/// kInvalidArgument for data that is no base64 or too large.
Result<uint32_t> AppendStreamRecord(std::string_view data, std::string& lines);

}  // namespace tarn::api
