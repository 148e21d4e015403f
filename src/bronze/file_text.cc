// SPDX-License-Identifier: Apache-2.0
#include "bronze/file_text.h"

#include <algorithm>
#include <vector>

namespace tarn::bronze {
namespace {

constexpr size_t kChunkBytes = 256ULL << 10;

std::unexpected<Error> Gone(const std::string& key) {
  return Fail(ErrorCode::kCorrupt, "a file that bronze names is gone: " + key);
}

}  // namespace

Result<std::unique_ptr<FileText>> FileText::OpenAs(const FileSources& sources, const std::string& key,
                                                   const FileFormat& format, const FilePlace& place) {
  if (format.kind != FileKind::kParquet) return Open(sources.store, key, format.compression, place.offset);
  if (format.compression != codec::Encoding::kIdentity) {
    return Fail(ErrorCode::kInvalidArgument, "a Parquet file within gzip or zstd is not read: send it as it is");
  }
  if (sources.parquet == nullptr) return Fail(ErrorCode::kUnsupported, "Parquet files are not read here");
  auto rows = ParquetText::Open(*sources.parquet, key, place.rows);
  if (!rows && rows.error().code == ErrorCode::kNotFound) return Gone(key);
  if (!rows) return Fail(std::move(rows).error());
  return std::unique_ptr<FileText>(new FileText(*std::move(rows)));
}

Result<std::unique_ptr<FileText>> FileText::Open(store::ObjectStore& store, const std::string& key,
                                                 codec::Encoding compression, uint64_t offset) {
  auto object = store.OpenReader(key);
  if (!object) {
    if (object.error().code != ErrorCode::kNotFound) return Fail(std::move(object).error());
    return Gone(key);
  }
  std::unique_ptr<FileText> text(new FileText(*std::move(object)));
  const auto source = [at = text.get()] { return at->NextChunk(); };
  if (compression == codec::Encoding::kGzip) text->decoder_.emplace(codec::GzipReader(source));
  if (compression == codec::Encoding::kZstd)
    text->decoder_.emplace(codec::ZstdReader(codec::ZstdReader::Source(source)));
  if (text->decoder_) {
    TARN_TRY(text->Skip(offset));
  } else if (offset > text->object_->size_bytes()) {
    return Fail(ErrorCode::kCorrupt, "a file is shorter than bronze knows it: " + key);
  } else {
    text->stored_at_ = offset;
  }
  return text;
}

Status FileText::Skip(uint64_t bytes) {
  std::vector<char> scratch(std::min<uint64_t>(bytes, kChunkBytes));
  while (bytes > 0) {
    TARN_ASSIGN(const auto got, Read({scratch.data(), std::min<uint64_t>(bytes, scratch.size())}));
    if (got == 0) return Fail(ErrorCode::kCorrupt, "a file is shorter than bronze knows it");
    bytes -= got;
  }
  return {};
}

Result<size_t> FileText::ReadStored(std::span<char> out) {
  const auto got = std::min<uint64_t>(out.size(), object_->size_bytes() - stored_at_);
  if (got == 0) return size_t{0};
  TARN_TRY(object_->ReadAt(stored_at_, out.first(got)));
  stored_at_ += got;
  return static_cast<size_t>(got);
}

Result<std::string> FileText::NextChunk() {
  std::string chunk(kChunkBytes, '\0');
  TARN_ASSIGN(const auto got, ReadStored(chunk));
  chunk.resize(got);
  return chunk;
}

Result<size_t> FileText::Read(std::span<char> out) {
  if (rows_) return rows_->Read(out);
  if (!decoder_) return ReadStored(out);
  return std::visit([&](auto& decoder) { return decoder.Read(out); }, *decoder_);
}

}  // namespace tarn::bronze
