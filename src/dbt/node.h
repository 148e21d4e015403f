// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a dbt project is made of: models, seeds, tests, sources and where each of them lies in the lake. Plain values;
// immutable once the project is loaded (lake.md §6.7).

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "codec/json.h"
#include "dbt/jinja/syntax.h"

namespace tarn::dbt {

enum class NodeKind { kModel, kSeed, kTest, kSource, kSnapshot };

/// "model", "seed", "test", "source", "snapshot", as in unique ids and manifests.
std::string NodeKindName(NodeKind kind);

/// `domain.layer.table` of the lake; dbt calls the parts database, schema and identifier.
struct Relation {
  std::string domain;
  std::string layer;
  std::string table;
  bool ephemeral = false;  ///< has no table: printed as the name of a common table expression

  /// "shop"."gold"."orders", or __dbt__cte__orders.
  std::string ToSql() const;
  bool operator==(const Relation&) const = default;
};

/// ref('package', 'name'); the package may be empty.
struct Reference {
  std::string package;
  std::string name;
  auto operator<=>(const Reference&) const = default;
};

/// What is tested, and how a failure counts.
struct TestSpec {
  std::string macro;    ///< "not_null", "expression_is_true"; empty for a singular test
  std::string package;  ///< of the macro when the project says so: "dbt_utils"
  codec::OrderedJson arguments = codec::OrderedJson::object();  ///< without model; strings not rendered yet
  std::string column;                                           ///< empty: of the whole table
  std::string attached;                                         ///< unique id of what is tested
  std::string short_name;                                       ///< at most 63 characters, for files
};

struct Node {
  std::string unique_id;  ///< "model.shop.orders"
  NodeKind kind = NodeKind::kModel;
  std::string package;
  std::string name;
  std::string path;  ///< of its file, from the project's root
  int line = 1;
  std::vector<std::string> fqn;  ///< package, folders, name
  std::string raw_code;
  codec::OrderedJson config = codec::OrderedJson::object();
  std::vector<std::string> tags;
  std::string description;
  codec::OrderedJson columns = codec::OrderedJson::object();  ///< name → {name, description, data_type, meta, tags}
  codec::OrderedJson meta = codec::OrderedJson::object();
  std::set<Reference> refs;
  std::set<Reference> sources;          ///< source(package = its source's name, name = its table's)
  std::vector<std::string> depends_on;  ///< unique ids, in order, each once
  Relation relation;
  TestSpec test;            ///< of kTest
  std::string source_name;  ///< of kSource

  /// "view", "table", "incremental", "ephemeral", "seed", "test", "snapshot"
  std::string materialized() const;
  bool has_table() const { return kind == NodeKind::kModel || kind == NodeKind::kSeed || kind == NodeKind::kSnapshot; }
  /// A setting as text; empty when it is not there or null.
  std::string Setting(const std::string& key) const;
  bool Flag(const std::string& key, bool fallback) const;
};

struct Project {
  std::string name;
  std::string version;
  std::map<std::string, Node> nodes;  ///< by unique id; disabled ones are not there
  std::set<std::string> disabled;     ///< names of disabled models and seeds
  codec::OrderedJson exposures = codec::OrderedJson::array();
  codec::OrderedJson vars = codec::OrderedJson::object();  ///< of dbt_project.yml: of the project and by package
  std::vector<std::string> warnings;

  const Node* Find(const std::string& unique_id) const;
  /// nullptr when there is none; the package may be empty.
  const Node* FindReferenced(const Reference& reference) const;
  const Node* FindSource(const Reference& reference) const;
};

}  // namespace tarn::dbt
