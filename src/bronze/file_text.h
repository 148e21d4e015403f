// SPDX-License-Identifier: Apache-2.0
#pragma once
// The decompressed bytes of a stored file, front to back. Belongs to one thread.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "codec/compression.h"
#include "codec/gzip_reader.h"
#include "store/object_store.h"

namespace tarn::bronze {

class FileText {
 public:
  /// Begins at `offset` of the decompressed text, which a compressed file is read up to. The store outlives the text.
  /// kCorrupt when the file is gone or ends before; kInvalidArgument when it is damaged.
  static Result<std::unique_ptr<FileText>> Open(store::ObjectStore& store, const std::string& key,
                                                codec::Encoding compression, uint64_t offset);

  /// Fills the front of `out`; 0 is the end. kInvalidArgument when the compressed file is damaged.
  Result<size_t> Read(std::span<char> out);

 private:
  explicit FileText(std::unique_ptr<store::ObjectReader> object) : object_(std::move(object)) {}

  Result<size_t> ReadStored(std::span<char> out);
  Result<std::string> NextChunk();
  Status Skip(uint64_t bytes);

  const std::unique_ptr<store::ObjectReader> object_;
  uint64_t stored_at_ = 0;
  std::optional<std::variant<codec::GzipReader, codec::ZstdReader>> decoder_;
};

}  // namespace tarn::bronze
