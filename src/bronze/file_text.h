// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text of a stored file, front to back: its decompressed bytes, or the rows of a Parquet file as JSON. Belongs to
// one thread.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "bronze/file_format.h"
#include "bronze/parquet_text.h"
#include "codec/compression.h"
#include "codec/gzip_reader.h"
#include "store/object_store.h"

namespace tarn::bronze {

/// What dropped files are read with; outlives what it opens.
struct FileSources {
  store::ObjectStore& store;
  engine::ParquetFiles* parquet = nullptr;  ///< of that store; nullptr: Parquet files are refused
};

/// Between two records of a file.
struct FilePlace {
  uint64_t offset = 0;  ///< in the text
  uint64_t rows = 0;    ///< before it
};

class FileText {
 public:
  /// As the format says. kUnsupported for Parquet without the means to read it.
  static Result<std::unique_ptr<FileText>> OpenAs(const FileSources& sources, const std::string& key,
                                                  const FileFormat& format, const FilePlace& place);

  /// Begins at `offset` of the decompressed text, which a compressed file is read up to. The store outlives the text.
  /// kCorrupt when the file is gone or ends before; kInvalidArgument when it is damaged.
  static Result<std::unique_ptr<FileText>> Open(store::ObjectStore& store, const std::string& key,
                                                codec::Encoding compression, uint64_t offset);

  /// Fills the front of `out`; 0 is the end. kInvalidArgument when the compressed file is damaged.
  Result<size_t> Read(std::span<char> out);

 private:
  explicit FileText(std::unique_ptr<store::ObjectReader> object) : object_(std::move(object)) {}
  explicit FileText(ParquetText rows) : rows_(std::move(rows)) {}

  Result<size_t> ReadStored(std::span<char> out);
  Result<std::string> NextChunk();
  Status Skip(uint64_t bytes);

  const std::unique_ptr<store::ObjectReader> object_;
  std::optional<ParquetText> rows_;  ///< instead of the object's bytes
  uint64_t stored_at_ = 0;
  std::optional<std::variant<codec::GzipReader, codec::ZstdReader>> decoder_;
};

}  // namespace tarn::bronze
