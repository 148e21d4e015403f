// SPDX-License-Identifier: Apache-2.0
#pragma once
// A command in one text, as configured, taken apart. Pure function.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tarn::app {

/// Words between blanks; what stands between " or between ' belongs together, without them. Nothing else has a meaning.
/// kInvalidArgument: a quote is left open, or there is no word.
Result<std::vector<std::string>> SplitCommand(std::string_view text);

}  // namespace tarn::app
