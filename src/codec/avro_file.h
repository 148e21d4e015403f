// SPDX-License-Identifier: Apache-2.0
#pragma once
// Avro object container files (Avro 1.12 specification, "Object Container Files"), in memory: a header with schema and
// metadata, then blocks of records. Thread-compatible.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/avro_cursor.h"
#include "codec/avro_encoder.h"
#include "codec/avro_schema.h"

namespace tarn::codec {

enum class AvroCompression : uint8_t { kNull, kDeflate };

using AvroSyncMarker = std::array<char, 16>;

/// Most bytes of a block after decompression that are read.
inline constexpr size_t kMaxAvroBlockBytes = size_t{256} << 20;

class AvroFileWriter {
 public:
  struct Options {
    AvroCompression compression = AvroCompression::kDeflate;
    int level = 6;
    /// Unlikely in the data, e.g. random; given by the caller so that the same input makes the same file.
    AvroSyncMarker sync{};
    size_t block_bytes = size_t{64} << 10;        ///< a block ends with the record that reaches this size
    std::map<std::string, std::string> metadata;  ///< besides avro.schema and avro.codec
  };

  AvroFileWriter(const AvroType& schema, const Options& options);
  /// For a schema whose text is at hand: many small files of one schema.
  AvroFileWriter(std::string_view schema_text, const Options& options);

  /// Where the next record's values go.
  AvroEncoder encoder() { return AvroEncoder(block_); }
  /// Call after each record.
  Status EndRecord();
  /// The whole file. The writer is used up.
  Result<std::string> Finish();

  int64_t records() const { return records_; }
  /// Size of the file so far, with the open block as if it would not shrink.
  size_t size_bytes() const { return file_.size() + block_.size(); }

 private:
  Status EndBlock();

  const AvroCompression compression_;
  const int level_;
  const AvroSyncMarker sync_;
  const size_t block_bytes_;
  std::string file_;
  std::string block_;
  int64_t block_records_ = 0;
  int64_t records_ = 0;
};

/// Reads a file that outlives it. Compression: null, deflate, zstandard; others are refused by name.
///
///   TARN_ASSIGN(AvroFileReader reader, AvroFileReader::Open(bytes));
///   while (true) {
///     TARN_ASSIGN(const bool more, reader.NextRecord());
///     if (!more) break;
///     … reader.cursor() …   // exactly one record of reader.schema()
///   }
class AvroFileReader {
 public:
  static Result<AvroFileReader> Open(std::string_view file, size_t max_block_bytes = kMaxAvroBlockBytes);

  const AvroType& schema() const { return *schema_; }
  /// Without avro.schema and avro.codec.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// False at the end. kCorrupt names the position of what is wrong, in the record before as well.
  Result<bool> NextRecord();
  AvroCursor& cursor() { return cursor_; }

 private:
  enum class Compression : uint8_t { kNull, kDeflate, kZstd };

  AvroFileReader(std::string_view file, size_t max_block_bytes) : file_(file), max_block_bytes_(max_block_bytes) {}
  Status ReadHeader();
  Status ReadBlock();
  Status EndBlock();

  std::string_view file_;
  size_t max_block_bytes_;
  AvroTypePtr schema_;
  std::map<std::string, std::string> metadata_;
  Compression compression_ = Compression::kNull;
  std::string_view sync_;
  size_t position_ = 0;        ///< of the next block
  size_t block_position_ = 0;  ///< of the open one
  int64_t left_ = 0;           ///< records of the open block that were not begun
  std::unique_ptr<std::string> block_ = std::make_unique<std::string>();  ///< decompressed; the cursor points into it
  AvroCursor cursor_;
};

}  // namespace tarn::codec
