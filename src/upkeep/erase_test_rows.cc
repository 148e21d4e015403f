// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erase_test_rows.h"

#include <algorithm>
#include <cctype>

#include "base/crash_point.h"
#include "upkeep/await_runs.h"

namespace tarn::upkeep {
namespace {

std::string Lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Names that the SQL of a test would have in it if its rows were of the endpoint or of what was made of it.
std::vector<std::string> WordsOf(const TestRowErasure& erasure) {
  std::vector<std::string> words{Lower(erasure.contract.name)};
  for (const auto& name : erasure.downstream) words.push_back(Lower(name.substr(name.rfind('.') + 1)));
  return words;
}

bool Mentions(const std::string& sql, const std::vector<std::string>& words) {
  const auto text = Lower(sql);
  return std::ranges::any_of(words, [&](const auto& word) { return text.find(word) != std::string::npos; });
}

}  // namespace

Status EraseTestRows(const TestRowErasure& erasure, ErasedLayer& layer) {
  const auto& dependencies = erasure.dependencies;
  std::set<std::string> others;  // tables whose jobs read something else
  for (const auto& job : dependencies.jobs.List()) {
    const auto name = job->table().ToString();
    if (erasure.downstream.contains(name)) continue;
    others.insert(name);
    if (!job->tests.empty()) TARN_TRY(AwaitRunsUnderWay(dependencies.runs, *job, dependencies.stop));
  }
  const auto words = WordsOf(erasure);
  TARN_ASSIGN(const auto tables, dependencies.test_results.Tables());
  for (const auto& [domain, table] : tables) {
    const bool other = others.contains(engine::TableName{domain, "gold", table}.ToString());
    const auto holds = [&](const quality::TestResult& result) { return !other || Mentions(result.sql, words); };
    TARN_TRY(dependencies.merge.seat_check());
    TARN_ASSIGN(const auto done, dependencies.test_results.ForgetRows(domain, table, holds));
    layer.records += done.rows;
    layer.rewritten += done.rewritten.size();
    layer.Name(done.rewritten);
    TARN_CRASH_POINT("upkeep.erase.test_rows_forgotten");
  }
  return {};
}

}  // namespace tarn::upkeep
