// SPDX-License-Identifier: Apache-2.0
#pragma once
// A lake in memory that the tests of upkeep look through with fsck. For *_test.cc files only.

#include <string>
#include <vector>

#include "lake/keys.h"
#include "silver/lake_testing.h"
#include "upkeep/check.h"

namespace tarn::upkeep {

class CheckedLakeTest : public silver::LakeTest {
 protected:
  /// What fsck finds, with contracts and tables read anew; a lake in memory has no document of its own.
  std::vector<std::string> Findings() {
    contract::Registry registry(store_, clock_, "test", table_format_);
    EXPECT_THAT(registry.Open(), IsOk());
    lake::OpenTables tables({store_, formats_, clock_, randomness_});
    const auto report = CheckLake({store_, disk_, clock_, *engine_, tables, registry, ""});
    std::vector<std::string> findings;
    for (const auto& finding : report.findings) {
      if (finding.place != lake::kLakeDocument) findings.push_back(finding.place + ": " + finding.what);
    }
    return findings;
  }
};

}  // namespace tarn::upkeep
