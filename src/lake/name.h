// SPDX-License-Identifier: Apache-2.0
#pragma once
// The name rule of domains, tables, columns and jobs (http-api.md §1).

#include <string_view>

namespace tarn::lake {

inline constexpr size_t kMaxNameBytes = 128;

/// ^[a-z][a-z0-9_]*$, 1–128 bytes, the whole string.
bool IsName(std::string_view text);
inline constexpr const char* kNameRule =
    "must be snake_case: a lower-case letter, then letters, digits, _ (at most 128)";  ///< said of what is none

/// tarn, system, temp, memory, main, pg_catalog, information_schema: never a domain of a user.
bool IsReservedDomain(std::string_view domain);

}  // namespace tarn::lake
