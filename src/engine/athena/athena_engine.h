// SPDX-License-Identifier: Apache-2.0
#pragma once
// Jobs' queries on Athena, which finds the lake's tables in Glue (docs/adr/0028). Thread-safe.

#include <string>

#include "aws/json_client.h"
#include "engine/athena/glue_tables.h"
#include "engine/remote_engine.h"
#include "engine/results/result_folders.h"

namespace tarn::engine {

struct AthenaSettings {
  std::string database;  ///< of Glue's; there already
  std::string workgroup = "primary";
  std::string region;
  std::string endpoint{};       ///< empty = AWS's own
  std::string glue_endpoint{};  ///< the same
};

class AthenaEngine final : public RemoteEngine {
 public:
  /// All of them outlive the engine and what its queries gave.
  struct Dependencies {
    net::OutboundClient& http;
    aws::CredentialChain& credentials;
    Clock& clock;
    Randomness& randomness;
    ResultFolders& folders;
  };

  AthenaEngine(Dependencies dependencies, AthenaSettings settings);

  std::string TableText(const RemoteTable& table) const override;
  /// Only what lies in a bucket.
  Status CheckTable(const RemoteTable& table) const override;
  std::string TimeText(Timestamp at, bool with_zone) const override;
  Result<std::shared_ptr<RowSource>> Query(const RemoteQuery& query) override;

 private:
  const Dependencies dependencies_;
  const AthenaSettings settings_;
  aws::JsonClient athena_;
  aws::JsonClient glue_;
  GlueTables tables_;
};

}  // namespace tarn::engine
