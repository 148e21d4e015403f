// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn trace`: what became of one record, through a server (docs/guide/ledger.md).

#include <string>
#include <vector>

namespace tarn::app {

struct TraceCommand {
  std::string url = "http://127.0.0.1:8080";
  std::string api_key;
  std::string what;              ///< a receipt, "7-1234", or an endpoint, "sales/orders" or "sales.orders"
  std::vector<std::string> key;  ///< values of the endpoint's key columns; empty with a receipt
  bool json = false;             ///< the server's answer as it is
};

/// Prints the record's way line by line; returns the exit code.
int RunTrace(const TraceCommand& command);

}  // namespace tarn::app
