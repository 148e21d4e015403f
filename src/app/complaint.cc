// SPDX-License-Identifier: Apache-2.0
#include "app/complaint.h"

#include <cstdio>

namespace tarn::app {

int ExitCodeOf(const Error& error) {
  const bool refused = error.code == ErrorCode::kFailedPrecondition || error.code == ErrorCode::kCorrupt;
  return refused ? kExitRefused : kExitFailed;
}

int Complain(std::string_view what, const Error& error) {
  std::fprintf(stderr, "tarn %.*s: %s%s%s%s\n", static_cast<int>(what.size()), what.data(), error.message.c_str(),
               error.context.empty() ? "" : " (", error.context.c_str(), error.context.empty() ? "" : ")");
  return ExitCodeOf(error);
}

}  // namespace tarn::app
