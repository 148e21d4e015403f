// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn erase`: takes the records of a key out of an endpoint, through a server (docs/guide/erasure.md).

#include <string>
#include <vector>

namespace tarn::app {

struct EraseCommand {
  std::string url = "http://127.0.0.1:8080";
  std::string api_key;
  std::string endpoint;          ///< "sales/orders" or "sales.orders"
  std::vector<std::string> key;  ///< values of the endpoint's key columns
  bool dry_run = false;
  bool json = false;  ///< the server's answer as it is
};

/// Prints the report; returns the exit code.
int RunErase(const EraseCommand& command);

}  // namespace tarn::app
