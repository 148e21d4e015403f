// SPDX-License-Identifier: Apache-2.0
#include "dbt/node.h"

#include "dbt/sql_text.h"

namespace tarn::dbt {

std::string NodeKindName(NodeKind kind) {
  if (kind == NodeKind::kSeed) return "seed";
  if (kind == NodeKind::kTest) return "test";
  if (kind == NodeKind::kSnapshot) return "snapshot";
  return kind == NodeKind::kSource ? "source" : "model";
}

std::string Relation::ToSql() const {
  if (ephemeral) return "__dbt__cte__" + table;
  return QuotedName(domain) + "." + QuotedName(layer) + "." + QuotedName(table);
}

std::string Node::Setting(const std::string& key) const {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : codec::Dump(*found);
}

bool Node::Flag(const std::string& key, bool fallback) const {
  const auto found = config.find(key);
  return found != config.end() && found->is_boolean() ? found->get<bool>() : fallback;
}

std::string Node::materialized() const {
  if (kind == NodeKind::kSeed) return "seed";
  if (kind == NodeKind::kTest) return "test";
  if (kind == NodeKind::kSnapshot) return "snapshot";
  const auto given = Setting("materialized");
  return given.empty() ? "view" : given;
}

const Node* Project::Find(const std::string& unique_id) const {
  const auto found = nodes.find(unique_id);
  return found == nodes.end() ? nullptr : &found->second;
}

const Node* Project::FindReferenced(const Reference& reference) const {
  const auto package = reference.package.empty() ? name : reference.package;
  if (const auto* model = Find("model." + package + "." + reference.name)) return model;
  if (const auto* seed = Find("seed." + package + "." + reference.name)) return seed;
  return Find("snapshot." + package + "." + reference.name);
}

const Node* Project::FindSource(const Reference& reference) const {
  return Find("source." + name + "." + reference.package + "." + reference.name);
}

}  // namespace tarn::dbt
