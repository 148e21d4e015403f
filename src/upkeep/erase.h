// SPDX-License-Identifier: Apache-2.0
#pragma once
// Erasure by key (docs/adr/0024-erasure.md, docs/guide/erasure.md): a request is recorded, then every layer is
// rewritten without the records of its keys, what still names them expires, and the report takes the place of the keys.
// Every step may be killed and done again; what an earlier process left open goes on when this one starts. One erasure
// at a time. Owned by app; thread-safe.

#include <chrono>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "base/keyed_loop.h"
#include "upkeep/erase_steps.h"
#include "upkeep/erasure_record.h"

namespace tarn::upkeep {

class Erase {
 public:
  using Dependencies = ErasureDependencies;

  /// Before an erasure that failed is tried again.
  static constexpr std::chrono::seconds kPause{5};

  explicit Erase(Dependencies dependencies);
  ~Erase();

  /// Goes on with what earlier processes left open.
  void Start();
  /// Finishes what is being written; what an erasure waits for is left to the next process. Idempotent.
  void Stop();

  struct Request {
    std::string domain;
    std::string table;
    std::vector<std::vector<std::string>> keys;  ///< values of the key columns in their order, as text
    bool dry_run = false;
  };
  /// Records the request and does it; a dry run only counts. kNotFound: no such endpoint; kInvalidArgument: it has no
  /// key, or values do not fit; kFailedPrecondition: its table is being rebuilt. After any other error the erasure is
  /// recorded and tried again later.
  Result<ErasureRecord> Run(const Request& request);

  /// Of the endpoint, oldest first; kNotFound: no such endpoint.
  Result<std::vector<ErasureRecord>> List(const std::string& domain, const std::string& table);

 private:
  Status RunKey(const std::string& key);
  Status ScheduleAll();
  Result<std::vector<ErasureRecord>> LoadAll(const std::string& domain, const std::string& table);
  Result<ErasureRecord> Load(const std::string& domain, const std::string& table, uint64_t number);
  Result<ErasureKeys> CheckKeys(const contract::Contract& contract, const Request& request);
  Result<ErasureRecord> Record(const Request& request, ErasureKeys keys);
  Status Do(const contract::EndpointPtr& endpoint, ErasureRecord& record);
  Status Close(const std::string& domain, const std::string& table, ErasureRecord& record, ErasureReport report);

  std::stop_source stop_;
  const ErasureDependencies dependencies_;
  std::mutex turn_;  ///< held by the one erasure in flight
  KeyedLoop loop_;
};

}  // namespace tarn::upkeep
