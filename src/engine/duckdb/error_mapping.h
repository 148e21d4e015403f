// SPDX-License-Identifier: Apache-2.0
#pragma once
// The border between DuckDB's exceptions and our Result: our errors travel through DuckDB's call stacks as exceptions
// with a mark, DuckDB's errors come out as Error with paths and URLs redacted (http-api.md §7.2). Stateless.

#include <string>
#include <utility>

#include "base/result.h"
#include "engine/duckdb/duckdb_headers.h"

namespace tarn::engine {

/// Throws `error` so that FromDuckDb gives it back with its code.
[[noreturn]] void ThrowError(const Error& error);

/// The value of `result`, or its error thrown.
template <class T>
T ValueOrThrow(Result<T> result) {
  if (!result) ThrowError(result.error());
  return std::move(*result);
}
inline void OkOrThrow(const Status& status) {
  if (!status) ThrowError(status.error());
}

/// Our error for one of DuckDB's. An interrupted statement is kCancelled; the caller knows whether it was a deadline.
Error FromDuckDb(const duckdb::ErrorData& data);

/// Replaces URLs and absolute paths of two or more parts by "<redacted>".
std::string Redact(std::string_view text);

/// Runs `body` (returning Result<T>) and turns whatever it throws into an error.
template <class Body>
auto CatchDuckDb(Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& exception) {
    return std::unexpected<Error>(FromDuckDb(duckdb::ErrorData(exception)));
  }
}

}  // namespace tarn::engine
