// SPDX-License-Identifier: Apache-2.0
#pragma once
// The beginning of a file in the store, by which its format is told. Free functions; thread-safe as the store is.

#include <string>
#include <string_view>

#include "bronze/file_format.h"
#include "store/object_store.h"

namespace tarn::bronze {

/// As CompressionOf, of the object's first bytes. Errors of the store.
Result<codec::Encoding> CompressionOfObject(store::ObjectStore& store, const std::string& key, std::string_view name,
                                            const FileHints& hints);

/// First bytes of the decompressed text; `is_whole` when there are no more.
struct FileSample {
  std::string text;
  bool is_whole = false;
};

/// kInvalidArgument when the object is damaged.
Result<FileSample> ReadSample(store::ObjectStore& store, const std::string& key, codec::Encoding compression);

}  // namespace tarn::bronze
