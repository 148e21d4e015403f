// SPDX-License-Identifier: Apache-2.0
#pragma once
// Jobs' queries on a Trino server that reads the lake through its Iceberg catalog (docs/adr/0025). Thread-safe.

#include "engine/remote_engine.h"
#include "engine/trino/trino_statement.h"
#include "net/outbound_client.h"

namespace tarn::engine {

class TrinoEngine final : public RemoteEngine {
 public:
  explicit TrinoEngine(TrinoSettings settings);

  std::string TableText(const RemoteTable& table) const override;
  std::string TimeText(Timestamp at, bool with_zone) const override;
  Result<std::shared_ptr<RowSource>> Query(const RemoteQuery& query) override;

 private:
  const TrinoSettings settings_;
  net::OutboundClient client_;
};

}  // namespace tarn::engine
