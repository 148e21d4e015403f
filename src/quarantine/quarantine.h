// SPDX-License-Identifier: Apache-2.0
#pragma once
// Refused records of all endpoints, readable by SQL (`d.quarantine.t`) and by GET (http-api.md §6). Entries come from
// feeds: the bronze log with the node's synced tail, and side manifests of merges. Owned by app; thread-safe once the
// feeds are added. Edit, replay and discard change states through quarantine/{d}/{t}/_log and come with that work.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "contract/registry.h"
#include "lake/catalog.h"
#include "quarantine/entry.h"

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

class Quarantine final : public lake::LayerTables {
 public:
  explicit Quarantine(const contract::Registry& registry) : registry_(registry) {}

  /// Before the first request only.
  void AddFeed(EntryFeed feed) { feeds_.push_back(std::move(feed)); }

  /// Oldest first; kNotFound for an endpoint that never was.
  Result<Page> List(const std::string& domain, const std::string& table, const ListRequest& request);
  /// kNotFound.
  Result<Entry> Get(const std::string& domain, const std::string& table, const std::string& id);
  /// One line for every endpoint with entries; of one domain when given.
  Result<std::vector<Counts>> Count(const std::string& domain);

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain) override;

 private:
  Result<std::vector<EntryUnit>> Units(const std::string& domain, const std::string& table);

  const contract::Registry& registry_;
  std::vector<EntryFeed> feeds_;
};

}  // namespace tarn::quarantine
