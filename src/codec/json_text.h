// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON text written piece by piece, and UTF-8 checks, without the cost of a document library. What is appended is
// always valid JSON in valid UTF-8. Thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::codec {

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD; non-ASCII stays as it is.
void AppendJsonString(std::string& out, std::string_view text);

/// Appends the shortest text that reads back to the same double, always with a fraction or an exponent; NaN and
/// infinities become null.
void AppendJsonDouble(std::string& out, double value);

void AppendJsonInteger(std::string& out, int64_t value);

/// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool IsValidUtf8(std::string_view text);

/// Length in bytes of the well-formed UTF-8 sequence at the front of `text`, 0 when there is none.
size_t Utf8SequenceSize(std::string_view text);

}  // namespace tarn::codec
