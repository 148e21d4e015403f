// SPDX-License-Identifier: Apache-2.0
// Deletion vectors and Puffin files that somebody else may have written: what is read is written so that it reads back
// as the same set.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/deletion_vector_blob.h"
#include "codec/puffin.h"
#include "codec/z85.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tarn::codec;
  constexpr uint64_t kListed = 1U << 20;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto rows = Bitmap64::Decode(text)) {
    const auto again = Bitmap64::Decode(rows->Encode());
    if (!again || !(*again == *rows)) std::abort();
    const uint64_t count = rows->Cardinality();
    if (count <= kListed && rows->Values().size() != count) std::abort();
  }
  (void)DecodeDeletionVector(text);
  (void)UnframeDeletionVector(text);
  (void)DecodePuffinFooter(text);
  if (const auto bytes = Z85Decode(text)) {
    if (Z85Encode(*bytes) != text) std::abort();
  }
  return 0;
}
