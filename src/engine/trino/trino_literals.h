// SPDX-License-Identifier: Apache-2.0
#pragma once
// Literals of Trino's SQL, which is Athena's as well. Pure functions.

#include <string>

#include "base/time.h"

namespace tarn::engine {

/// TIMESTAMP '2026-01-31 10:00:00', with " UTC" behind it or naive.
std::string TrinoTimeLiteral(Timestamp at, bool with_zone);

}  // namespace tarn::engine
