// SPDX-License-Identifier: Apache-2.0
#include "dbt/graph.h"

#include <algorithm>

namespace tarn::dbt {
namespace {

const Graph::Ids kNone;

/// The names along a cycle among `left`, as "a -> b -> a".
std::string CycleIn(const std::map<std::string, Graph::Ids>& parents, const std::set<std::string>& left) {
  std::vector<std::string> way{*left.begin()};
  for (;;) {
    const auto& above = parents.at(way.back());
    const auto next = std::ranges::find_if(above, [&](const auto& id) { return left.contains(id); });
    const auto seen = std::ranges::find(way, *next);
    if (seen == way.end()) {
      way.push_back(*next);
      continue;
    }
    std::string text;
    for (auto at = way.end(); at != seen;) text += *--at + " -> ";
    return text + way.back();
  }
}

}  // namespace

const Graph::Ids& Graph::ParentsOf(const std::string& id) const {
  const auto found = parents_.find(id);
  return found == parents_.end() ? kNone : found->second;
}

const Graph::Ids& Graph::ChildrenOf(const std::string& id) const {
  const auto found = children_.find(id);
  return found == children_.end() ? kNone : found->second;
}

Graph::Ids Graph::Reach(const std::map<std::string, Ids>& edges, const std::string& id, int generations) {
  Ids reached;
  Ids front{id};
  for (int i = 0; i < generations && !front.empty(); ++i) {
    Ids next;
    for (const auto& at : front) {
      const auto found = edges.find(at);
      if (found == edges.end()) continue;
      for (const auto& other : found->second) {
        if (reached.insert(other).second) next.insert(other);
      }
    }
    front = std::move(next);
  }
  return reached;
}

Graph::Ids Graph::AncestorsOf(const std::string& id, int generations) const { return Reach(parents_, id, generations); }
Graph::Ids Graph::DescendantsOf(const std::string& id, int generations) const {
  return Reach(children_, id, generations);
}

Status Graph::Sort() {
  std::map<std::string, size_t> waits;
  std::set<std::string> ready;
  std::set<std::string> left;
  order_.clear();
  for (const auto& [id, parents] : parents_) {
    waits[id] = parents.size();
    left.insert(id);
    if (parents.empty()) ready.insert(id);
  }
  while (!ready.empty()) {
    const auto id = *ready.begin();
    ready.erase(ready.begin());
    left.erase(id);
    order_.push_back(id);
    for (const auto& child : ChildrenOf(id)) {
      if (--waits[child] == 0) ready.insert(child);
    }
  }
  if (left.empty()) return {};
  return Fail(ErrorCode::kInvalidArgument, "these nodes need each other in a circle: " + CycleIn(parents_, left));
}

Result<Graph> Graph::Of(const Project& project) {
  Graph graph;
  for (const auto& [id, node] : project.nodes) {
    auto& parents = graph.parents_[id];
    for (const auto& needed : node.depends_on) {
      parents.insert(needed);
      graph.children_[needed].insert(id);
    }
  }
  TARN_TRY(graph.Sort());
  return graph;
}

Graph Graph::WithTestsFirst(const Project& project) const {
  auto graph = *this;
  for (const auto& [id, node] : project.nodes) {
    if (node.kind == NodeKind::kTest) continue;
    const auto above = AncestorsOf(id);
    for (const auto& needed : above) {
      for (const auto& test : ChildrenOf(needed)) {
        const auto* found = project.Find(test);
        if (found == nullptr || found->kind != NodeKind::kTest) continue;
        const auto& tested = ParentsOf(test);
        if (!std::ranges::all_of(tested, [&](const auto& one) { return above.contains(one); })) continue;
        graph.parents_[id].insert(test);
        graph.children_[test].insert(id);
      }
    }
  }
  // A test only waits for what is above the nodes that wait for it, so no circle can come of it.
  if (!graph.Sort()) return *this;
  return graph;
}

}  // namespace tarn::dbt
