// SPDX-License-Identifier: Apache-2.0
// JSON and YAML documents: whatever is read is written so that it reads back as the same document.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/json.h"
#include "codec/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tarn::codec;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto json = ParseOrderedJson(text)) {
    const auto again = ParseOrderedJson(Dump(*json));
    if (!again || Dump(*again) != Dump(*json)) std::abort();
  }
  if (const auto yaml = ParseYaml(text)) {
    const auto again = ParseYaml(WriteYaml(*yaml));
    if (!again || Dump(*again) != Dump(*yaml)) std::abort();
  }
  return 0;
}
