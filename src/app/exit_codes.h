// SPDX-License-Identifier: Apache-2.0
#pragma once
// Exit codes of the program (docs/guide/operate.md). The supervisor restarts a serving process that ends with a code
// marked so, or by a signal.

namespace tarn::app {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;     ///< what was asked for did not work
inline constexpr int kExitUsage = 2;      ///< bad command line or configuration
inline constexpr int kExitRefused = 3;    ///< lake or data directory is in use, belongs to another node, or is damaged
inline constexpr int kExitSeatLost = 73;  ///< another node took the lake over
inline constexpr int kExitLogFailure = 74;    ///< a write or sync of the log failed (restarted)
inline constexpr int kExitStoreFailure = 75;  ///< a directory sync of the lake failed (restarted)

}  // namespace tarn::app
