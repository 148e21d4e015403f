// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn register`: names an Iceberg table whose files lie in the lake already, through the server's catalog
// (openapi/iceberg-rest.md); or makes a table of others an endpoint's own.

#include <string>

namespace tarn::app {

struct RegisterCommand {
  std::string url = "http://127.0.0.1:8080";
  std::string api_key;
  std::string table;  ///< namespace and name, joined by dots
  std::string
      source;  ///< location of the newest metadata file; of the silver table of an endpoint also a folder or name
  bool overwrites = false;
};

/// Prints where the table is found; returns the exit code.
int RunRegister(const RegisterCommand& command);

}  // namespace tarn::app
