// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lake's tables as a database of Glue's shows them: each under a name of its own, with the place of the metadata
// that a query is about to read. Made and brought forward before that query, never back. Thread-safe.

#include <mutex>
#include <span>
#include <string>

#include "aws/json_client.h"
#include "base/result.h"
#include "engine/remote_engine.h"

namespace tarn::engine {

/// "shop_silver_orders_1c0ffee5": what Glue may call it, told apart by the end from others that would be called so.
std::string GlueNameOf(const TableName& name);

class GlueTables {
 public:
  /// The client outlives this object.
  GlueTables(aws::JsonClient& glue, std::string database) : glue_(glue), database_(std::move(database)) {}

  /// Shows these tables at their metadata, or at a later one. kFailedPrecondition: there is another table of that name,
  /// or no such database; else errors of JsonClient::Do.
  Status Show(std::span<const RemoteTable> tables, std::chrono::steady_clock::time_point deadline,
              const std::stop_token& stop);

 private:
  struct Limits {
    std::chrono::steady_clock::time_point deadline;
    const std::stop_token& stop;
  };
  Status ShowOne(const RemoteTable& table, const Limits& limits);
  Result<codec::Json> Call(const char* operation, codec::Json input, const Limits& limits);
  codec::Json TableInputOf(const RemoteTable& table) const;

  aws::JsonClient& glue_;
  const std::string database_;
  std::mutex turn_;  ///< one table after the other: what was read is what is replaced
};

}  // namespace tarn::engine
