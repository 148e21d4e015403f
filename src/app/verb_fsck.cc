// SPDX-License-Identifier: Apache-2.0
#include "app/verb_fsck.h"

#include <cstdio>

#include "app/complaint.h"
#include "app/lake_reader.h"
#include "app/progress.h"
#include "upkeep/check.h"

namespace tarn::app {
namespace {

void PrintSummary(const upkeep::CheckReport& report, bool with_log) {
  const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "%s: %llu contracts, %llu bronze entries with %llu objects and %llu rows, %llu quarantined records, "
      "%llu tables with %llu files and %llu rows, %llu run records%s\n",
      report.findings.empty() ? "clean" : "damaged", number(report.contracts), number(report.bronze_entries),
      number(report.bronze_objects), number(report.bronze_rows), number(report.quarantine_entries),
      number(report.tables), number(report.data_files), number(report.table_rows), number(report.run_records),
      with_log ? ", and the node's log" : "");
}

}  // namespace

int RunFsck(const Config& config) {
  const auto reader = LakeReader::Open(config);
  if (!reader) {
    Complain("fsck", reader.error());
    return kExitFailed;
  }
  auto& lake = **reader;
  const auto report = [&] {
    Progress progress("fsck");
    const auto tell = [&](std::string_view at, uint64_t done, uint64_t total) {
      progress.At({std::string(at), done, total});
    };
    return upkeep::CheckLake({lake.store(), lake.disk(), lake.clock(), lake.engine(), lake.tables(), lake.registry(),
                              config.data_dir, tell, &lake.parquet_files()});
  }();
  for (const auto& finding : report.findings) std::printf("%s: %s\n", finding.place.c_str(), finding.what.c_str());
  if (!report.findings.empty()) std::printf("%zu findings\n", report.findings.size());
  PrintSummary(report, !config.data_dir.empty());
  return report.findings.empty() ? kExitOk : kExitFailed;
}

}  // namespace tarn::app
