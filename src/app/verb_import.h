// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn import`: whole files into an endpoint, each taken once however often it is sent (docs/guide/files.md). The
// sender is a parameter so that tests lose its answers.

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/outbound_client.h"

namespace tarn::app {

struct ImportCommand {
  std::string endpoint;  ///< "domain/name"
  std::vector<std::string> files;
  std::string url = "http://127.0.0.1:8080";
  std::string api_key;
  std::string ack = "bronze";
  std::string operation = "upsert";
  bool validate = true;
  /// How to read the files, as the route's parameters: format, compression, delimiter, quote, header, columns, null.
  std::vector<std::pair<std::string, std::string>> options;
};

struct ImportPorts {
  std::function<Result<net::OutboundResponse>(const net::OutboundRequest& request)> send;
  std::function<void(std::chrono::milliseconds)> pause;
  std::function<void(std::string_view text)> print;  ///< a line for each file
};

/// Sends one file, whose bytes are `body`; true when all of it was taken. A lost answer sends it once more: the server
/// knows what it has.
Result<bool> ImportFile(const ImportCommand& command, const std::string& path, std::string_view body,
                        const ImportPorts& ports);

/// Prints a line for each file; returns the exit code.
int RunImport(const ImportCommand& command);

}  // namespace tarn::app
