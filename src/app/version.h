// SPDX-License-Identifier: Apache-2.0
#pragma once
// The program's version.

#include <string_view>

namespace tarn::app {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace tarn::app
