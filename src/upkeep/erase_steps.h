// SPDX-License-Identifier: Apache-2.0
#pragma once
// The steps of one erasure, in their order (docs/adr/0024-erasure.md): what is on its way is landed and merged, the log
// is emptied, bronze, silver, quarantine and gold are rewritten, and what still named the old objects expires. Each can
// be done again after a crash. One use; thread-compatible.

#include <chrono>
#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "bronze/landing.h"
#include "gold/jobs.h"
#include "gold/runner.h"
#include "quality/test_results.h"
#include "silver/silver.h"
#include "upkeep/erasure_record.h"
#include "upkeep/erasure_search.h"
#include "upkeep/expire.h"
#include "upkeep/upkeep.h"

namespace tarn::upkeep {

struct ErasureDependencies {
  silver::MergeDependencies merge;
  const ingest::Tail& tail;
  bronze::Landing& landing;
  silver::Silver& silver;
  gold::Jobs& jobs;
  gold::Runs& runs;
  gold::Runner& runner;
  quality::TestResults& test_results;
  Upkeep& upkeep;
  uint64_t incarnation = 0;
  /// Leaves nothing of what has been appended so far on the disk of the node's log.
  std::function<Status()> scrub_log;
  /// As ingest::IdempotencyMap::Forget.
  std::function<Result<uint64_t>(std::span<const lake::Offset>)> forget_answers;
  std::function<std::vector<ExportTarget>()> exported;  ///< as Upkeep's
  /// When this process began: what is older and nothing names was left by another one.
  Timestamp started_at{};
  std::stop_token stop{};  ///< whoever waits gives up
};

/// kFailedPrecondition while the endpoint's table is being made anew from bronze, or waits for that.
Status CheckNoRebuild(const ErasureDependencies& dependencies, const contract::Contract& contract);

class ErasureSteps {
 public:
  /// How long landing and merging are waited for before the erasure is put off.
  static constexpr std::chrono::minutes kPatience{10};

  ErasureSteps(const ErasureDependencies& dependencies, contract::EndpointPtr endpoint, const ErasureKeys& keys,
               Timestamp requested_at);

  Result<ErasureReport> Run();
  /// What Run would do; looks at what has landed, changes nothing.
  Result<ErasureReport> Count();

 private:
  Status Settle();
  Status WaitForMerges();
  Result<FoundRecords> Search();
  void AddLinesOfRefused(const std::vector<bronze::NumberedEntry>& entries, FoundRecords& found) const;
  Status ForgetAnswers(const FoundRecords& found);
  Status EraseStored();
  Status EraseGold();
  Status Forget(const std::string& location, ErasedLayer& layer);
  Status DeleteGone(ErasedLayer& bronze, ErasedLayer& quarantine);
  Status DeleteUnnamed(const std::string& folder, ErasedLayer& layer);
  Status EraseExportsOf(const std::string& location);
  ErasedLayer& Layer(const std::string& name);
  void Note(std::string what, std::string why, uint64_t records = 0);
  void NoteWhatStays();

  const ErasureDependencies& dependencies_;
  const contract::EndpointPtr endpoint_;
  const contract::Contract& contract_;
  const std::string location_;  ///< of the silver table
  const ErasureKeys& keys_;
  const Timestamp requested_at_;
  Expire expire_;
  ErasureReport report_;
  std::vector<std::string> gone_;  ///< keys of objects that nothing names any more
};

}  // namespace tarn::upkeep
