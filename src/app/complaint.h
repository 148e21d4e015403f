// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a verb says that it failed: one line on standard error and the exit code that fits. Pure functions but for the
// line.

#include <string_view>

#include "app/exit_codes.h"
#include "base/result.h"

namespace tarn::app {

/// Code of an error: refused for a lake or directory that is in use, belongs to somebody else or is damaged.
int ExitCodeOf(const Error& error);

/// Prints "tarn {what}: {message}" and returns ExitCodeOf.
int Complain(std::string_view what, const Error& error);

}  // namespace tarn::app
