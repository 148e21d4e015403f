// SPDX-License-Identifier: Apache-2.0
// Log entries and schemas of Delta tables that somebody else may have written.
#include <cstdint>
#include <string_view>

#include "table/delta/action_json.h"
#include "table/delta/log_names.h"
#include "table/delta/schema_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tarn::table;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)delta::DecodeLogEntry(text);
  (void)delta::DecodeSchema(text);
  (void)delta::ParseLogFileName(text);
  (void)delta::DecodePath(text);
  return 0;
}
