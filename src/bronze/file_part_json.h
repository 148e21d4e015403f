// SPDX-License-Identifier: Apache-2.0
#pragma once
// What bronze log entries say in JSON of dropped files, and the row numbers that they and others name
// (docs/formats/bronze-log.md). Pure; the readers throw codec::Json::exception on a shape that does not fit.

#include "bronze/log_entry.h"
#include "codec/json.h"

namespace tarn::bronze {

codec::Json RangesToJson(const NumberRanges& ranges);
NumberRanges RangesFromJson(const codec::Json& array);

codec::Json FilePartToJson(const FilePart& part);
FilePart FilePartFromJson(const codec::Json& json);

}  // namespace tarn::bronze
