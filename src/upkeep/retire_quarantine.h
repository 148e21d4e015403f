// SPDX-License-Identifier: Apache-2.0
#pragma once
// Retention of quarantine (http-api.md §3.1): refused records that were dealt with (replayed, discarded, or answered
// with a refusal at once) leave when they are older than the contract keeps them, with the payloads that reviews gave
// them; those that wait for somebody stay. Objects are written anew without them and named by a replacing entry of
// the bronze log, a commit of the table or an entry of the quarantine log, so that a killed run leaves nothing half
// done. Thread-compatible.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "bronze/bronze.h"
#include "contract/registry.h"
#include "lake/open_tables.h"
#include "quarantine/state_log.h"
#include "upkeep/endpoint_pass.h"

namespace tarn::upkeep {

struct RetireQuarantineOutcome {
  uint64_t records = 0;           ///< that went (dry run: would go)
  std::optional<Timestamp> next;  ///< when the next one will have to go, as far as that is known
};

class RetireQuarantine {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    bronze::Bronze& bronze;
    lake::OpenTables& tables;
    contract::Registry& registry;
    Clock& clock;
    Randomness& randomness;
    std::function<Status()> seat_check;
  };

  /// Objects that one run looks into at most, but those of one entry at least; the next run goes on.
  static constexpr size_t kMaxObjects = 500;

  explicit RetireQuarantine(Dependencies dependencies)
      : dependencies_(std::move(dependencies)), reviews_(dependencies_.store, dependencies_.clock) {}

  /// One run over one endpoint's quarantine.
  Result<RetireQuarantineOutcome> Run(const EndpointPass& request);

 private:
  /// What is known of an object since it was looked into.
  struct Seen {
    std::optional<Timestamp> handled;  ///< arrival of the oldest record that was dealt with
    std::optional<Timestamp> open;     ///< … and of the oldest that was not
    uint64_t head = 0;                 ///< of the quarantine log then
  };
  struct Pass;

  const Dependencies dependencies_;
  quarantine::StateLogs reviews_;
  std::map<std::string, std::map<std::string, Seen>> seen_;  ///< by endpoint, by key of the object
};

}  // namespace tarn::upkeep
