// SPDX-License-Identifier: Apache-2.0
// Avro files and schemas that somebody else may have written: read whole, once by value and once by skipping.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "codec/avro_file.h"

namespace {

using namespace tarn::codec;

constexpr size_t kMaxBlockBytes = size_t{1} << 20;

// Reads what Skip passes over.
void Walk(AvroCursor& in, const AvroType& type) {
  if (!in.ok()) return;
  switch (type.kind) {
    case AvroKind::kRecord:
      for (const AvroField& field : type.fields) Walk(in, *field.type);
      return;
    case AvroKind::kArray:
      for (int64_t left = 0; in.NextItem(left, *type.children[0]);) Walk(in, *type.children[0]);
      return;
    case AvroKind::kMap:
      for (int64_t left = 0; in.NextPair(left, *type.children[0]);) {
        in.Bytes();
        Walk(in, *type.children[0]);
      }
      return;
    case AvroKind::kUnion:
      if (const auto slot = SlotOf(type)) {
        if (in.Present(*slot)) Walk(in, *slot->type);
        return;
      }
      break;
    default:
      break;
  }
  in.Skip(type);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto schema = ParseAvroSchema(bytes)) {
    const std::string text = AvroSchemaText(**schema);
    const auto again = ParseAvroSchema(text);
    if (!again || AvroSchemaText(**again) != text) std::abort();
  }
  auto reader = AvroFileReader::Open(bytes, kMaxBlockBytes);
  if (!reader) return 0;
  for (bool skips = false;; skips = !skips) {
    const auto more = reader->NextRecord();
    if (!more || !*more) return 0;
    if (skips) {
      reader->cursor().Skip(reader->schema());
    } else {
      Walk(reader->cursor(), reader->schema());
    }
  }
}
