// SPDX-License-Identifier: Apache-2.0
#include "dbt/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace tarn::dbt {
namespace {

constexpr size_t kLineWidth = 80;

std::string Described(const Node& node) {
  if (node.kind == NodeKind::kTest) return "test " + node.name;
  const auto place = node.relation.domain + "." + node.relation.layer + "." + node.relation.table;
  if (node.kind == NodeKind::kSeed) return "seed file " + place;
  if (node.kind == NodeKind::kSnapshot) return "snapshot " + place;
  return "sql " + node.materialized() + " model " + place;
}

std::string Dotted(const std::string& text, const std::string& verdict) {
  const auto dots = text.size() + 1 < kLineWidth ? kLineWidth - text.size() - 1 : 3;
  return text + " " + std::string(dots, '.') + " [" + verdict + "]";
}

std::string Numbered(Progress progress) { return fmt::format("{} of {} ", progress.number, progress.total); }

std::string KindWord(const Node& node, size_t count) {
  const std::string plural = count == 1 ? "" : "s";
  if (node.kind == NodeKind::kTest) return "data test" + plural;
  if (node.kind == NodeKind::kSeed) return "seed" + plural;
  if (node.kind == NodeKind::kSnapshot) return "snapshot" + plural;
  return node.materialized() + " model" + plural;
}

}  // namespace

std::string NodeStatusName(NodeStatus status) {
  switch (status) {
    case NodeStatus::kSuccess:
      return "success";
    case NodeStatus::kPass:
      return "pass";
    case NodeStatus::kWarn:
      return "warn";
    case NodeStatus::kFail:
      return "fail";
    case NodeStatus::kError:
      return "error";
    case NodeStatus::kSkipped:
      return "skipped";
  }
  return "error";
}

size_t RunOutcome::Count(NodeStatus status) const {
  return static_cast<size_t>(std::ranges::count(results, status, &NodeResult::status));
}

std::string StartLine(const Node& node, Progress progress) {
  return Dotted(Numbered(progress) + "START " + Described(node), "RUN");
}

std::string EndLine(const Node& node, const NodeResult& result, Progress progress) {
  const auto in = fmt::format(" in {:.2f}s", result.seconds());
  const auto failures = result.failures ? " " + std::to_string(*result.failures) : std::string();
  const auto number = Numbered(progress);
  switch (result.status) {
    case NodeStatus::kSuccess: {
      const auto done = node.kind == NodeKind::kSeed ? "OK loaded " : "OK created ";
      const auto rows = result.rows ? " " + std::to_string(*result.rows) : std::string();
      return Dotted(number + done + Described(node),
                    (node.kind == NodeKind::kSeed ? "INSERT" + rows : "OK" + rows) + in);
    }
    case NodeStatus::kPass:
      return Dotted(number + "PASS " + node.name, "PASS" + in);
    case NodeStatus::kWarn:
      return Dotted(number + "WARN" + failures + " " + node.name, "WARN" + failures + in);
    case NodeStatus::kFail:
      return Dotted(number + "FAIL" + failures + " " + node.name, "FAIL" + failures + in);
    case NodeStatus::kError:
      return Dotted(number + "ERROR " + (node.kind == NodeKind::kTest ? node.name : "creating " + Described(node)),
                    "ERROR" + in);
    case NodeStatus::kSkipped:
      return Dotted(number + "SKIP " + (node.kind == NodeKind::kTest ? node.name : Described(node)), "SKIP");
  }
  return {};
}

std::vector<std::string> SummaryLines(const Project& project, const RunOutcome& outcome) {
  std::map<std::string, std::pair<const Node*, size_t>> kinds;
  for (const auto& result : outcome.results) {
    const auto* node = project.Find(result.unique_id);
    auto& [one, count] = kinds[KindWord(*node, 1)];
    one = node;
    ++count;
  }
  std::string ran;
  for (const auto& [word, kind] : kinds)
    ran += fmt::format("{}{} {}", ran.empty() ? "" : ", ", kind.second, KindWord(*kind.first, kind.second));
  std::vector<std::string> lines{
      "", fmt::format("Finished running {} in {:.2f}s.", ran.empty() ? "nothing" : ran, outcome.seconds), ""};
  const auto errors = outcome.Count(NodeStatus::kFail) + outcome.Count(NodeStatus::kError);
  const auto warnings = outcome.Count(NodeStatus::kWarn);
  lines.push_back(errors == 0 && warnings == 0
                      ? "Completed successfully"
                      : fmt::format("Completed with {} error{} and {} warning{}:", errors, errors == 1 ? "" : "s",
                                    warnings, warnings == 1 ? "" : "s"));
  for (const auto& result : outcome.results) {
    if (result.status != NodeStatus::kFail && result.status != NodeStatus::kError && result.status != NodeStatus::kWarn)
      continue;
    const auto* node = project.Find(result.unique_id);
    const auto word = result.status == NodeStatus::kWarn   ? "Warning"
                      : result.status == NodeStatus::kFail ? "Failure"
                                                           : "Error";
    lines.push_back("");
    lines.push_back(fmt::format("{} in {} {} ({})", word, NodeKindName(node->kind), node->name, node->path));
    lines.push_back("  " + result.message);
    if (!result.compiled_path.empty()) lines.push_back("  compiled code at " + result.compiled_path);
  }
  lines.push_back("");
  lines.push_back(fmt::format("Done. PASS={} WARN={} ERROR={} SKIP={} TOTAL={}",
                              outcome.Count(NodeStatus::kSuccess) + outcome.Count(NodeStatus::kPass), warnings, errors,
                              outcome.Count(NodeStatus::kSkipped), outcome.results.size()));
  return lines;
}

}  // namespace tarn::dbt
