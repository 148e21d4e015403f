// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "codec/avro_file.h"
#include "codec/compression.h"
#include "codec/raw_deflate.h"

namespace tarn::codec {
namespace {

constexpr std::string_view kMagic{"Obj\1", 4};
constexpr size_t kSyncBytes = 16;

Status At(const Status& status, std::string_view where, size_t position) {
  if (status) return {};
  return Fail(Error(status.error()).In(std::string(where) + " at byte " + std::to_string(position)));
}

// Damaged or oversized content is a corrupt file here, whoever noticed.
Error AsCorrupt(Error error) {
  if (error.code == ErrorCode::kInvalidArgument) error.code = ErrorCode::kCorrupt;
  return error;
}

}  // namespace

Result<AvroFileReader> AvroFileReader::Open(std::string_view file, size_t max_block_bytes) {
  AvroFileReader reader(file, max_block_bytes);
  TARN_TRY(reader.ReadHeader());
  return reader;
}

Status AvroFileReader::ReadHeader() {
  if (!file_.starts_with(kMagic)) return Fail(ErrorCode::kCorrupt, "not an Avro file: its first bytes are wrong");
  static const AvroTypePtr kBytesType = AvroPrimitive(AvroKind::kBytes);
  AvroCursor header(file_.substr(kMagic.size()));
  for (int64_t left = 0; header.NextPair(left, *kBytesType);) {
    const std::string_view key = header.Bytes();
    const std::string_view value = header.Bytes();
    if (header.ok()) metadata_.insert_or_assign(std::string(key), std::string(value));
  }
  sync_ = header.Fixed(kSyncBytes);
  TARN_TRY(At(header.status(), "Avro header", kMagic.size()));
  position_ = kMagic.size() + header.position();
  const auto schema = metadata_.extract("avro.schema");
  if (schema.empty()) return Fail(ErrorCode::kCorrupt, "Avro header without a schema");
  auto parsed = ParseAvroSchema(schema.mapped());
  if (!parsed) return Fail(AsCorrupt(std::move(parsed).error()));
  schema_ = std::move(*parsed);
  const auto codec = metadata_.extract("avro.codec");
  if (codec.empty() || codec.mapped() == "null") return {};
  if (codec.mapped() == "deflate") {
    compression_ = Compression::kDeflate;
  } else if (codec.mapped() == "zstandard") {
    compression_ = Compression::kZstd;
  } else {
    return Fail(ErrorCode::kUnsupported, "compression of an Avro file: " + codec.mapped().substr(0, 64));
  }
  return {};
}

Result<bool> AvroFileReader::NextRecord() {
  if (!cursor_.ok()) TARN_TRY(At(cursor_.status(), "Avro block", block_position_));
  while (left_ == 0) {
    TARN_TRY(EndBlock());
    if (position_ == file_.size()) return false;
    TARN_TRY(ReadBlock());
  }
  --left_;
  return true;
}

Status AvroFileReader::EndBlock() {
  if (cursor_.remaining() == 0) return {};
  return At(Fail(ErrorCode::kCorrupt, "bytes follow the last record"), "Avro block", block_position_);
}

Status AvroFileReader::ReadBlock() {
  block_position_ = position_;
  AvroCursor frame(file_.substr(position_));
  left_ = frame.Long();
  const std::string_view body = frame.Bytes();
  const std::string_view sync = frame.Fixed(kSyncBytes);
  if (left_ < 0) frame.SetError("a block has too many items");
  if (frame.ok() && sync != sync_) frame.SetError("the sync marker is another");
  if (!frame.ok()) left_ = 0;
  TARN_TRY(At(frame.status(), "Avro block", block_position_));
  position_ += frame.position();
  std::string_view plain = body;
  if (compression_ != Compression::kNull) {
    auto decoded = compression_ == Compression::kDeflate ? RawInflate(body, max_block_bytes_)
                                                         : Decompress(Encoding::kZstd, body, max_block_bytes_);
    if (!decoded) {
      left_ = 0;
      return At(Fail(AsCorrupt(std::move(decoded).error())), "Avro block", block_position_);
    }
    *block_ = std::move(*decoded);
    plain = *block_;
  }
  cursor_ = AvroCursor(plain);
  // So that the number of records is bounded even where a record takes no bytes.
  if (static_cast<uint64_t>(left_) > plain.size()) {
    left_ = 0;
    return At(Fail(ErrorCode::kCorrupt, "more records than bytes"), "Avro block", block_position_);
  }
  return {};
}

}  // namespace tarn::codec
