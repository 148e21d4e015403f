// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn demo`: the main job on realistic input, over HTTP as a client would do it, checked against a plain
// recomputation (README.md, "make demo").

#include <cstdint>
#include <string>

namespace tarn::app {

struct DemoCommand {
  std::string directory = ".demo";
  uint16_t port = 0;  ///< 0 = 8080 when it is free, else any
};

/// Returns the exit code: 0 when every check passed.
int RunDemo(const DemoCommand& command);

}  // namespace tarn::app
