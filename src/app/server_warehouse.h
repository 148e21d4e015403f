// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where a dbt project's tables are when it works over HTTP: models are jobs of the server, questions its queries
// (http-api.md §7, §8). Thread-compatible.

#include <string>

#include "codec/json.h"
#include "dbt/warehouse.h"
#include "net/client.h"

namespace tarn::app {

class ServerWarehouse final : public dbt::Warehouse {
 public:
  ServerWarehouse(std::string url, std::string api_key) : url_(std::move(url)), api_key_(std::move(api_key)) {}

  Result<dbt::QueryRows> Query(const std::string& sql) override;
  Result<std::optional<std::vector<dbt::ColumnInfo>>> ColumnsOf(const dbt::Relation& relation) override;
  Result<dbt::Built> Build(const dbt::Materialization& made) override;

 private:
  Result<net::ClientResponse> Do(const std::string& method, const std::string& path, const codec::OrderedJson& body);
  Result<std::string> Ask(const std::string& sql);
  Status Save(const dbt::Materialization& made);
  Result<codec::OrderedJson> RunToEnd(const std::string& job);

  const std::string url_;
  const std::string api_key_;
  net::Client client_;
};

}  // namespace tarn::app
