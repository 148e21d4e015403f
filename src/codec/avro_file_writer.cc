// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "codec/avro_file.h"
#include "codec/raw_deflate.h"

namespace tarn::codec {

AvroFileWriter::AvroFileWriter(const AvroType& schema, const Options& options)
    : AvroFileWriter(AvroSchemaText(schema), options) {}

AvroFileWriter::AvroFileWriter(std::string_view schema_text, const Options& options)
    : compression_(options.compression), level_(options.level), sync_(options.sync), block_bytes_(options.block_bytes) {
  AvroEncoder header(file_);
  header.Fixed({"Obj\1", 4});
  header.Items(options.metadata.size() + 2);
  header.Bytes("avro.schema");
  header.Bytes(schema_text);
  header.Bytes("avro.codec");
  header.Bytes(compression_ == AvroCompression::kDeflate ? "deflate" : "null");
  for (const auto& [key, value] : options.metadata) {
    header.Bytes(key);
    header.Bytes(value);
  }
  header.End();
  header.Fixed({sync_.data(), sync_.size()});
}

Status AvroFileWriter::EndRecord() {
  ++records_;
  ++block_records_;
  return block_.size() >= block_bytes_ ? EndBlock() : Status();
}

Status AvroFileWriter::EndBlock() {
  if (block_records_ == 0) return {};
  AvroEncoder out(file_);
  out.Long(std::exchange(block_records_, 0));
  if (compression_ == AvroCompression::kDeflate) {
    TARN_ASSIGN(const std::string compressed, RawDeflate(block_, level_));
    out.Bytes(compressed);
  } else {
    out.Bytes(block_);
  }
  out.Fixed({sync_.data(), sync_.size()});
  block_.clear();
  return {};
}

Result<std::string> AvroFileWriter::Finish() {
  TARN_TRY(EndBlock());
  return std::move(file_);
}

}  // namespace tarn::codec
