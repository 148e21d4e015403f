// SPDX-License-Identifier: Apache-2.0
// Metadata, manifests and manifest lists of Iceberg tables that somebody else may have written.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "table/iceberg/manifest_avro.h"
#include "table/iceberg/manifest_list_avro.h"
#include "table/iceberg/metadata_json.h"
#include "table/iceberg/name_mapping.h"
#include "table/iceberg/single_value.h"
#include "table/iceberg/transforms.h"

namespace {

using namespace tarn::table;

void ReadManifest(std::string_view bytes) {
  iceberg::ManifestFile row;
  row.first_row_id = 1;
  auto reader = iceberg::ManifestReader::Open(bytes, row);
  if (!reader) return;
  iceberg::ManifestEntry entry;
  while (true) {
    const auto more = reader->Next(entry);
    if (!more || !*more) return;
  }
}

void ReadValue(std::string_view bytes) {
  const size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return;
  const auto type = iceberg::ParsePrimitiveType(bytes.substr(0, end));
  if (!type) return;
  const auto value = iceberg::DecodeSingleValue(bytes.substr(end + 1), *type);
  if (!value) return;
  (void)iceberg::EncodeJsonValue(*value, *type);
  (void)iceberg::EncodeLowerBound(*value, *type);
  (void)iceberg::EncodeUpperBound(*value, *type);
  for (const char* name : {"bucket[7]", "truncate[3]", "year", "month", "day", "hour"}) {
    (void)iceberg::ApplyTransform(iceberg::ParseTransform(name), *type, *value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadManifest(bytes);
  (void)iceberg::DecodeManifestList(bytes);
  ReadValue(bytes);
  if (const auto metadata = iceberg::DecodeMetadata(bytes); metadata && metadata->format_version >= 2) {
    if (!iceberg::DecodeMetadata(iceberg::EncodeMetadata(*metadata))) std::abort();
  }
  Schema schema;
  (void)iceberg::ApplyNameMapping(bytes, schema);
  return 0;
}
