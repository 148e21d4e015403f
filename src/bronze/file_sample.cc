// SPDX-License-Identifier: Apache-2.0
#include "bronze/file_sample.h"

#include <algorithm>

namespace tarn::bronze {
namespace {

/// First bytes of the decompressed text; `is_whole` when there are no more.
struct FileSample {
  std::string text;
  bool is_whole = false;
};

Result<FileSample> ReadSample(store::ObjectStore& store, const std::string& key, codec::Encoding compression) {
  constexpr size_t kSampleBytes = 256ULL << 10;
  TARN_ASSIGN(const auto text, FileText::Open(store, key, compression, 0));
  FileSample sample;
  sample.text.resize(kSampleBytes);
  size_t size = 0;
  while (size < kSampleBytes && !sample.is_whole) {
    TARN_ASSIGN(const auto got, text->Read({sample.text.data() + size, kSampleBytes - size}));
    size += got;
    sample.is_whole = got == 0;
  }
  sample.text.resize(size);
  return sample;
}

}  // namespace

Result<codec::Encoding> CompressionOfObject(store::ObjectStore& store, const std::string& key, std::string_view name,
                                            const FileHints& hints) {
  constexpr uint64_t kMagicBytes = 4;
  TARN_ASSIGN(const auto object, store.OpenReader(key));
  std::string bytes(std::min(kMagicBytes, object->size_bytes()), '\0');
  TARN_TRY(object->ReadAt(0, bytes));
  return CompressionOf(name, bytes, hints);
}

Result<FileFormat> TellFormat(const FileSources& sources, const std::string& key, std::string_view name,
                              codec::Encoding compression, const FileHints& hints,
                              const contract::CompiledContract& contract) {
  TARN_ASSIGN(const auto sample, ReadSample(sources.store, key, compression));
  TARN_ASSIGN(auto format, DetectFormat(name, sample.text, sample.is_whole, hints, contract));
  format.compression = compression;
  if (format.kind == FileKind::kParquet) TARN_TRY(FileText::OpenAs(sources, key, format, {}));
  return format;
}

}  // namespace tarn::bronze
