// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the demo posts: orders as an online shop sends them, events and users as a web site does, with everything that
// goes wrong in practice (invalid values, missing keys, corrections, deletes, retries, explicit nulls). The same seed
// gives the same bytes. Plain values.

#include <cstdint>
#include <string>
#include <vector>

namespace tarn::app {

/// How the records of one request are laid out (http-api.md §4).
enum class DemoShape {
  kSingle,   ///< {"data": {…}}
  kArray,    ///< [{…}, …]
  kRecords,  ///< {"records": [{…}, …]}
  kLines,    ///< NDJSON
};

struct DemoRequest {
  std::string endpoint;  ///< "sales/orders"
  DemoShape shape = DemoShape::kArray;
  bool deletes = false;
  bool gzip = false;  ///< how it travels; `body` is what the server gets to see
  uint64_t records = 0;
  std::string body;
};

struct DemoInput {
  std::vector<DemoRequest> orders;
  std::vector<DemoRequest> users;
  std::vector<DemoRequest> events;
};

DemoInput MakeDemoInput(uint64_t seed);

}  // namespace tarn::app
