// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which node needs which: parents, children, order. Immutable once made; thread-safe to read.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dbt/node.h"

namespace tarn::dbt {

class Graph {
 public:
  using Ids = std::set<std::string>;
  static constexpr int kAll = 1 << 20;  ///< of generations

  /// kInvalidArgument for a cycle; the message names it.
  static Result<Graph> Of(const Project& project);

  const Ids& ParentsOf(const std::string& id) const;
  const Ids& ChildrenOf(const std::string& id) const;
  /// Without the node itself.
  Ids AncestorsOf(const std::string& id, int generations = kAll) const;
  Ids DescendantsOf(const std::string& id, int generations = kAll) const;

  /// Every node, parents first; names decide among those that do not need each other.
  const std::vector<std::string>& order() const { return order_; }

  /// The graph in which a node also waits for the tests of what it needs: those whose tested nodes are all above it.
  Graph WithTestsFirst(const Project& project) const;

 private:
  static Ids Reach(const std::map<std::string, Ids>& edges, const std::string& id, int generations);
  Status Sort();

  std::map<std::string, Ids> parents_;
  std::map<std::string, Ids> children_;
  std::vector<std::string> order_;
};

}  // namespace tarn::dbt
