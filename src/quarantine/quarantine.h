// SPDX-License-Identifier: Apache-2.0
#pragma once
// Refused records of all endpoints, readable by SQL (`d.quarantine.t`) and by GET (http-api.md §6). Entries come from
// feeds: the bronze log with the node's synced tail, and side manifests of merges. What was done with them later is in
// the StateLog. Owned by app; thread-safe once the feeds are added.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "contract/registry.h"
#include "lake/catalog.h"
#include "quarantine/entry.h"
#include "quarantine/state_log.h"

namespace tarn::quarantine {

/// A piece of the quarantine of one endpoint, pinned.
struct EntryUnit {
  uint64_t entries = 0;
  std::function<Result<std::vector<Entry>>()> load;
};

/// Gives the units of one endpoint, oldest first. Thread-safe.
using EntryFeed = std::function<Result<std::vector<EntryUnit>>(const std::string& domain, const std::string& table)>;

struct ListRequest {
  std::string status = std::string(kPending);  ///< or "all"
  size_t limit = 100;
  size_t skip = 0;  ///< entries of that status before the page
};

struct Page {
  std::vector<Entry> entries;
  uint64_t total = 0;  ///< with the status asked for
};

struct Counts {
  std::string domain;
  std::string name;
  uint64_t pending = 0;
  uint64_t total = 0;
};

/// Which records to send in again.
struct ReplayRequest {
  std::vector<std::string> ids;
  bool all = false;                    ///< every pending one instead
  std::optional<std::string> payload;  ///< takes the place of the stored one; for one id
  std::string request_id;
};

/// Why one of them was not.
struct ReplayFailure {
  std::string id;
  ErrorCode code = ErrorCode::kInvalidArgument;  ///< kNotFound, kConflict: it was replayed or discarded before
  std::vector<contract::FieldError> errors;
};

struct ReplayOutcome {
  uint64_t total = 0;
  uint64_t replayed = 0;
  std::vector<ReplayFailure> failures;
};

class Quarantine final : public lake::LayerTables {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    const contract::Registry& registry;
    StateLogs& states;
    Clock& clock;
    Randomness& randomness;
    std::function<Status()> seat_check;  ///< before every change (durability.md §2.1)
  };

  explicit Quarantine(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  /// Before the first request only.
  void AddFeed(EntryFeed feed) { feeds_.push_back(std::move(feed)); }
  /// Brings decided replays of an endpoint into bronze. Before the first request only.
  using Replayer = std::function<Status(const std::string& domain, const std::string& table)>;
  void SetReplayer(Replayer replayer) { replayer_ = std::move(replayer); }

  /// Oldest first; kNotFound for an endpoint that never was.
  Result<Page> List(const std::string& domain, const std::string& table, const ListRequest& request);
  /// kNotFound.
  Result<Entry> Get(const std::string& domain, const std::string& table, const std::string& id);
  /// One line for every endpoint with entries; of one domain when given.
  Result<std::vector<Counts>> Count(const std::string& domain);

  /// Gives the record another payload, which is a JSON object's text, and the errors it would have now. kConflict
  /// when the record was replayed or discarded.
  Result<Entry> Edit(const std::string& domain, const std::string& table, const std::string& id, std::string payload);
  /// The record counts as dealt with from now on. kConflict when it was replayed.
  Status Discard(const std::string& domain, const std::string& table, const std::string& id);
  /// Sends records in again as new arrivals under the latest contract; those that are still invalid stay. Decided once,
  /// whatever is retried or run side by side; in bronze when it returns. kNotFound: no such endpoint.
  Result<ReplayOutcome> Replay(const std::string& domain, const std::string& table, const ReplayRequest& request);

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain) override;

 private:
  Result<std::vector<EntryUnit>> Units(const std::string& domain, const std::string& table);
  /// Shows what was done to entries.
  Status ApplyStates(const StateFold& now, std::vector<Entry>& entries) const;
  Result<EntryObject> PutPayloads(const std::string& domain, const std::string& table,
                                  const std::vector<Entry>& entries) const;
  StateChange ChangeOf(const std::vector<Entry>& entries) const;
  Status ReplayEntries(const contract::CompiledContract& endpoint, std::vector<Entry> entries, ReplayOutcome& outcome);

  const Dependencies dependencies_;
  std::vector<EntryFeed> feeds_;
  Replayer replayer_;
};

}  // namespace tarn::quarantine
