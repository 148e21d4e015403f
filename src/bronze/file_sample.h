// SPDX-License-Identifier: Apache-2.0
#pragma once
// The beginning of a file in the store, by which its format is told. Free functions; thread-safe as the store is.

#include <string>
#include <string_view>

#include "bronze/file_text.h"

namespace tarn::bronze {

/// As CompressionOf, of the object's first bytes. Errors of the store.
Result<codec::Encoding> CompressionOfObject(store::ObjectStore& store, const std::string& key, std::string_view name,
                                            const FileHints& hints);

/// As DetectFormat, of the object at `key`; a Parquet file is looked into. kInvalidArgument when the object is damaged
/// or it cannot be told how to read it, kUnsupported as FileText::OpenAs.
Result<FileFormat> TellFormat(const FileSources& sources, const std::string& key, std::string_view name,
                              codec::Encoding compression, const FileHints& hints,
                              const contract::CompiledContract& contract);

}  // namespace tarn::bronze
