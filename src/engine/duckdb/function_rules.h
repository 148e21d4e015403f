// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which functions a user's SELECT may call (http-api.md §7.2). One list serves the gate, which judges the syntax tree,
// and the lock-down, which removes what is not on it from the engine. Names are lower case. Stateless.

#include <span>
#include <string_view>

namespace tarn::engine {

/// Table functions and table macros that only compute or that list the catalog.
bool IsAllowedTableFunction(std::string_view name);

/// Scalar functions that read settings, variables, the environment or the log, or run SQL text.
std::span<const std::string_view> RefusedScalarFunctions();
bool IsRefusedScalarFunction(std::string_view name);

/// read_*, parquet_*, *_scan, glob …: refused with the words "file access".
bool IsFileFunction(std::string_view name);

/// Table functions that show which tables there are.
bool ListsCatalog(std::string_view table_function);

}  // namespace tarn::engine
