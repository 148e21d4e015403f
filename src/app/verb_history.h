// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn history` and `tarn rollback`: versions of a silver or gold table, through a server (docs/guide/time-travel.md).

#include <cstdint>
#include <optional>
#include <string>

namespace tarn::app {

struct HistoryCommand {
  std::string url = "http://127.0.0.1:8080";
  std::string api_key;
  std::string table;  ///< "sales.silver.orders"
  uint64_t limit = 20;
  bool json = false;  ///< the server's answer as it is
};

struct RollbackCommand {
  std::string url = "http://127.0.0.1:8080";
  std::string api_key;
  std::string table;
  int64_t version = 0;              ///< to go back to
  std::optional<int64_t> expected;  ///< must be the newest
};

/// Prints the versions, newest first; returns the exit code.
int RunHistory(const HistoryCommand& command);

/// Prints what was done; returns the exit code.
int RunRollback(const RollbackCommand& command);

}  // namespace tarn::app
