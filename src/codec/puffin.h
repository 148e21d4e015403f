// SPDX-License-Identifier: Apache-2.0
#pragma once
// Puffin files: blobs beside an Iceberg table, deletion vectors above all (Puffin spec, version 1). Blobs are written
// uncompressed; a compressed footer (LZ4) is refused. Thread-safe; PuffinWriter is thread-compatible.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tarn::codec {

/// Type of a blob that holds a framed deletion vector (codec/deletion_vector_blob.h).
inline constexpr std::string_view kPuffinDeletionVector = "deletion-vector-v1";

struct PuffinBlob {
  std::string type;
  std::vector<int32_t> fields;  ///< ids of the columns it is about
  int64_t snapshot_id = -1;
  int64_t sequence_number = -1;
  int64_t offset_bytes = 0;  ///< from the file's start
  int64_t length_bytes = 0;
  std::string compression;  ///< "lz4", "zstd"; empty = none
  std::map<std::string, std::string> properties;

  bool operator==(const PuffinBlob&) const = default;
};

struct PuffinFooter {
  std::vector<PuffinBlob> blobs;
  std::map<std::string, std::string> properties;

  bool operator==(const PuffinFooter&) const = default;
};

class PuffinWriter {
 public:
  PuffinWriter();
  /// Appends a blob; its offset and length are set here and are returned with it.
  PuffinBlob Add(PuffinBlob blob, std::string_view bytes);
  /// The whole file. The writer is empty afterwards.
  std::string Finish(std::map<std::string, std::string> properties);

 private:
  std::string file_;
  PuffinFooter footer_;
};

/// Reads the footer of a whole file; every blob is checked to lie between the first magic number and the footer.
/// kCorrupt when malformed, kUnsupported for a compressed footer or an unknown flag.
Result<PuffinFooter> DecodePuffinFooter(std::string_view file);

}  // namespace tarn::codec
