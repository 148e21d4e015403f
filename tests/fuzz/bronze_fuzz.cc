// SPDX-License-Identifier: Apache-2.0
// Landed lines and entries of the bronze log.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bronze/line.h"
#include "bronze/log_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tarn::bronze;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string line(text);
  LineScratch scratch;
  (void)ParseLine(line.data(), line.size(), scratch);
  if (const auto entry = DecodeLogEntry(text)) {
    const auto again = DecodeLogEntry(EncodeLogEntry(*entry));
    if (!again || !(*again == *entry)) std::abort();
  }
  (void)DecodeLogCheckpoint(text);
  return 0;
}
