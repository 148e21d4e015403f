// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check.h"

#include <map>
#include <set>

#include "lake/keys.h"
#include "lake/lake_document.h"
#include "upkeep/check_bronze.h"
#include "upkeep/check_catalog.h"
#include "upkeep/check_contracts.h"
#include "upkeep/check_gold.h"
#include "upkeep/check_history.h"
#include "upkeep/check_log.h"
#include "upkeep/check_mirror.h"
#include "upkeep/check_monitors.h"
#include "upkeep/check_pipelines.h"
#include "upkeep/check_quarantine.h"
#include "upkeep/check_silver.h"
#include "upkeep/lake_tables.h"

namespace tarn::upkeep {
namespace {

class Pass {
 public:
  explicit Pass(const LakeCheck& check) : check_(check) {}

  CheckReport Run() {
    const auto document = lake::OpenLake(check_.store, check_.clock);
    if (!document) report_.Add(std::string(lake::kLakeDocument), document.error());
    CheckContracts(check_.store, check_.clock, report_);
    if (const auto done = CheckEndpoints(); !done) report_.Add("bronze/", done.error());
    CheckGold({check_.store, check_.clock, check_.engine, check_.tables}, report_);
    CheckPipelines(check_.store, check_.clock, report_);
    CheckMonitors(check_.store, check_.clock, report_);
    CheckCatalog(check_.store, check_.clock, report_);
    if (!check_.data_dir.empty()) {
      CheckNodeLog(check_.disk, check_.data_dir, document ? document->id : std::string(), report_);
    }
    return std::move(report_);
  }

 private:
  using Name = std::pair<std::string, std::string>;

  Status CheckEndpoints() {
    TARN_ASSIGN(const auto silver, SilverFolders());
    std::set<Name> names;
    TARN_ASSIGN(const auto domains, check_.store.ListFolders("bronze/"));
    for (const auto& domain : domains) {
      TARN_ASSIGN(const auto tables, check_.store.ListFolders("bronze/" + domain + "/"));
      for (const auto& table : tables) names.emplace(domain, table);
    }
    for (const auto& [name, generations] : silver) names.insert(name);
    uint64_t done = 0;
    for (const auto& name : names) {
      Tell(name.first + "." + name.second, done++, names.size() + 1);
      const auto figures =
          CheckBronze({check_.store, check_.clock, check_.registry, name.first, name.second, check_.parquet}, report_);
      CheckReviews(check_.store, check_.clock, name.first, name.second, report_);
      const auto found = silver.find(name);
      if (found == silver.end()) continue;
      for (const auto& [generation, snapshot] : found->second) CheckSilverFolder(name, generation, snapshot, figures);
    }
    Tell("gold", done, names.size() + 1);
    return {};
  }

  void Tell(const std::string& at, uint64_t done, uint64_t total) const {
    if (check_.progress) check_.progress(at, done, total);
  }

  using Generations = std::map<uint64_t, table::SnapshotPtr>;

  Result<std::map<Name, Generations>> SilverFolders() {
    std::map<Name, Generations> folders;
    TARN_ASSIGN(const auto domains, check_.store.ListFolders("silver/"));
    for (const auto& domain : domains) {
      TARN_ASSIGN(const auto names, check_.store.ListFolders("silver/" + domain + "/"));
      for (const auto& name : names) {
        const auto folder = ReadSilverFolder(name);
        if (folder.generation == 0) continue;
        const auto location = lake::SilverLocation(domain, folder.table, folder.generation);
        auto snapshot = check_.tables.Get(location)->Load();
        if (!snapshot) {
          report_.Add(location, snapshot.error());
        } else if ((*snapshot)->exists()) {
          folders[{domain, folder.table}][folder.generation] = *std::move(snapshot);
        }
      }
    }
    return folders;
  }

  void CheckSilverFolder(const Name& name, uint64_t generation, const table::SnapshotPtr& snapshot,
                         const BronzeFigures& figures) {
    const auto endpoint = check_.registry.FindLast(name.first, name.second);
    const bool current = endpoint && endpoint->contract().folder_generation == generation;
    SilverCheck silver{check_.store, check_.engine, lake::SilverLocation(name.first, name.second, generation),
                       snapshot,     generation,    current ? &endpoint->contract() : nullptr,
                       figures};
    CheckSilver(silver, report_);
    CheckHistory(check_.store, check_.tables, silver.location, report_);
    CheckMirror({check_.engine, check_.tables, silver.location}, report_);
  }

  const LakeCheck& check_;
  CheckReport report_;
};

}  // namespace

CheckReport CheckLake(const LakeCheck& check) { return Pass(check).Run(); }

}  // namespace tarn::upkeep
