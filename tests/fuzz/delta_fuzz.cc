// SPDX-License-Identifier: Apache-2.0
// Log entries and schemas of Delta tables that somebody else may have written.
#include <cstdint>
#include <string_view>

#include "table/delta/action_json.h"
#include "table/delta/deletion_vector.h"
#include "table/delta/log_names.h"
#include "table/delta/schema_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tarn::table;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto entry = delta::DecodeLogEntry(text)) {
    for (const auto& add : entry->adds) {
      if (add.deletion_vector) (void)delta::ToDeleteFile(*add.deletion_vector, "/lake/t");
    }
  }
  (void)delta::DecodeSchema(text);
  (void)delta::ParseLogFileName(text);
  (void)delta::DecodePath(text, "/lake/t");
  return 0;
}
