// SPDX-License-Identifier: Apache-2.0
#include "dbt/selector.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tarn::dbt {
namespace {

using Ids = std::set<std::string>;

constexpr std::array<std::string_view, 6> kRefusedMethods{"state",    "result", "source_status",
                                                          "exposure", "metric", "group"};

/// One part of a word: operators around a method and a value.
struct Criterion {
  bool at = false;
  int parents = 0;   ///< generations above
  int children = 0;  ///< generations below
  std::string method;
  std::string value;
};

std::vector<std::string> Split(const std::string& text, char by) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(by, at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// * and ? as in file names.
bool Matches(std::string_view pattern, std::string_view text) {
  size_t p = 0;
  size_t t = 0;
  auto star = std::string_view::npos;
  size_t from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || (pattern[p] == text[t] && pattern[p] != '*'))) {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Result<int> Generations(const std::string& digits, const std::string& word) {
  if (digits.empty()) return Graph::kAll;
  int count = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (read.ec != std::errc() || count > Graph::kAll) {
    return Fail(ErrorCode::kInvalidArgument, "a number of generations is out of range: " + word);
  }
  return count;
}

Result<Criterion> ReadCriterion(const std::string& word) {
  Criterion criterion;
  auto rest = word;
  if (rest.starts_with('@')) {
    criterion.at = true;
    rest.erase(0, 1);
  }
  const auto lead = rest.find_first_not_of("0123456789");
  if (lead != std::string::npos && rest[lead] == '+') {
    TARN_ASSIGN(criterion.parents, Generations(rest.substr(0, lead), word));
    rest.erase(0, lead + 1);
  }
  const auto tail = rest.find_last_not_of("0123456789");
  if (tail != std::string::npos && rest[tail] == '+') {
    TARN_ASSIGN(criterion.children, Generations(rest.substr(tail + 1), word));
    rest.erase(tail);
  }
  if (criterion.at && (criterion.parents > 0 || criterion.children > 0)) {
    return Fail(ErrorCode::kInvalidArgument, "@ cannot stand together with +: " + word);
  }
  const auto colon = rest.find(':');
  if (colon != std::string::npos) {
    criterion.method = rest.substr(0, colon);
    rest.erase(0, colon + 1);
  } else if (rest.find('/') != std::string::npos || rest.ends_with(".sql") || rest.ends_with(".csv")) {
    criterion.method = "path";
  }
  criterion.value = rest;
  if (rest.empty()) return Fail(ErrorCode::kInvalidArgument, "a selector names nothing: " + word);
  return criterion;
}

bool HasName(const Node& node, const std::string& value) {
  if (node.kind == NodeKind::kSource) return false;
  if (Matches(value, node.name)) return true;
  const auto wanted = Split(value, '.');
  const auto along = [&](size_t from) {
    if (wanted.size() > node.fqn.size() - from) return false;
    for (size_t i = 0; i < wanted.size(); ++i) {
      if (!Matches(wanted[i], node.fqn[from + i])) return false;
    }
    return true;
  };
  return along(0) || (node.fqn.size() > 1 && along(1));
}

bool HasPath(const Node& node, std::string value) {
  while (value.ends_with('/')) value.pop_back();
  if (value.starts_with("./")) value.erase(0, 2);
  return node.path == value || node.path.starts_with(value + "/") || Matches(value, node.path);
}

bool HasSource(const Node& node, const std::string& value) {
  if (node.kind != NodeKind::kSource) return false;
  auto parts = Split(value, '.');
  if (parts.size() == 3) parts.erase(parts.begin());
  if (parts.empty() || parts.size() > 2 || !Matches(parts[0], node.source_name)) return false;
  return parts.size() == 1 || Matches(parts[1], node.name);
}

bool HasSetting(const Node& node, const std::string& key, const std::string& value) {
  if (key == "materialized") return node.kind != NodeKind::kSource && node.materialized() == value;
  const auto* at = &node.config;
  for (const auto& name : Split(key, '.')) {
    const auto found = at->find(name);
    if (found == at->end()) return false;
    at = &*found;
  }
  const auto text = [](const codec::OrderedJson& one) {
    return one.is_string() ? one.get<std::string>() : codec::Dump(one);
  };
  if (at->is_array()) return std::ranges::any_of(*at, [&](const auto& one) { return text(one) == value; });
  return text(*at) == value ||
         (at->is_boolean() && (value == "True" || value == "False") && at->get<bool>() == (value == "True"));
}

bool IsTestType(const Node& node, const std::string& value) {
  if (node.kind != NodeKind::kTest) return false;
  if (value == "data") return true;
  return value == (node.test.macro.empty() ? "singular" : "generic");
}

Result<bool> Fits(const Node& node, const Criterion& criterion) {
  const auto& method = criterion.method;
  const auto& value = criterion.value;
  if (method.empty() || method == "fqn") return HasName(node, value);
  if (method == "tag") return std::ranges::any_of(node.tags, [&](const auto& tag) { return Matches(value, tag); });
  if (method == "path") return HasPath(node, value);
  if (method == "file") return Matches(value, node.path.substr(node.path.rfind('/') + 1));
  if (method == "source") return HasSource(node, value);
  if (method == "package") return node.package == value || value == "this";
  if (method == "resource_type") return NodeKindName(node.kind) == value;
  if (method == "test_type") return IsTestType(node, value);
  if (method == "test_name") return node.kind == NodeKind::kTest && node.test.macro == value;
  if (method.starts_with("config.")) return HasSetting(node, method.substr(7), value);
  if (std::ranges::find(kRefusedMethods, method) != kRefusedMethods.end()) {
    return Fail(ErrorCode::kUnsupported, "not supported: selector method " + method + ":");
  }
  return Fail(ErrorCode::kInvalidArgument, "there is no selector method " + method + ":");
}

Result<Ids> Chosen(const Project& project, const Graph& graph, const std::string& word) {
  TARN_ASSIGN(const auto criterion, ReadCriterion(word));
  Ids found;
  for (const auto& [id, node] : project.nodes) {
    TARN_ASSIGN(const bool fits, Fits(node, criterion));
    if (fits) found.insert(id);
  }
  auto all = found;
  for (const auto& id : found) {
    if (criterion.parents > 0) all.merge(graph.AncestorsOf(id, criterion.parents));
    if (criterion.children > 0) all.merge(graph.DescendantsOf(id, criterion.children));
    if (!criterion.at) continue;
    auto below = graph.DescendantsOf(id);
    for (const auto& one : below) all.merge(graph.AncestorsOf(one));
    all.merge(graph.AncestorsOf(id));
    all.merge(below);
  }
  return all;
}

/// Tests join what they test: those with at least one tested node among the ids.
void AddTests(const Project& project, const Graph& graph, Ids& ids) {
  Ids tests;
  for (const auto& id : ids) {
    for (const auto& child : graph.ChildrenOf(id)) {
      const auto* node = project.Find(child);
      if (node != nullptr && node->kind == NodeKind::kTest) tests.insert(child);
    }
  }
  ids.merge(tests);
}

Result<Ids> ChosenByAll(const Project& project, const Graph& graph, const std::vector<std::string>& words) {
  Ids all;
  for (const auto& phrase : words) {
    for (const auto& word : Split(phrase, ' ')) {
      std::optional<Ids> common;
      for (const auto& part : Split(word, ',')) {
        TARN_ASSIGN(auto ids, Chosen(project, graph, part));
        AddTests(project, graph, ids);
        if (!common) {
          common = std::move(ids);
        } else {
          std::erase_if(*common, [&](const auto& id) { return !ids.contains(id); });
        }
      }
      if (common) all.merge(*common);
    }
  }
  return all;
}

}  // namespace

Result<Ids> SelectNodes(const Project& project, const Graph& graph, const Selection& selection) {
  Ids ids;
  if (selection.select.empty()) {
    for (const auto& [id, node] : project.nodes) ids.insert(id);
  } else {
    TARN_ASSIGN(ids, ChosenByAll(project, graph, selection.select));
  }
  TARN_ASSIGN(const auto excluded, ChosenByAll(project, graph, selection.exclude));
  std::erase_if(ids, [&](const auto& id) { return excluded.contains(id); });
  return ids;
}

}  // namespace tarn::dbt
