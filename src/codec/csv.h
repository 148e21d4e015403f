// SPDX-License-Identifier: Apache-2.0
#pragma once
// One field of a CSV row as RFC 4180 writes it. Thread-safe.

#include <string>
#include <string_view>

namespace tarn::codec {

/// Appends `text`, quoted when it holds a comma, a quote or a line break. Separators and line ends are the caller's.
void AppendCsvField(std::string& out, std::string_view text);

/// Appends `text` always quoted, so that an empty string differs from a missing value.
void AppendQuotedCsvField(std::string& out, std::string_view text);

}  // namespace tarn::codec
