// SPDX-License-Identifier: Apache-2.0
#pragma once
// The SQL of a node: its file rendered, the macro of a generic test called, ephemeral models put in front. Thread-
// compatible; lives as long as a run (lake.md §6.7).

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "dbt/render_context.h"

namespace tarn::dbt {

/// What the node's file or test macro makes in this context, ephemeral models still by name.
Result<std::string> RenderCode(RenderContext& context, const Node& node);

struct Compiled {
  std::string sql;
  codec::OrderedJson config;  ///< the node's, with what the file itself says while it is executed
  bool incremental = false;   ///< is_incremental() was true
};

class Compiler {
 public:
  /// `warehouse` may be null: then no table exists, and queries of templates give none.
  Compiler(RenderContext::Needs needs, Warehouse* warehouse) : needs_(needs), warehouse_(warehouse) {}

  Result<Compiled> Compile(const Node& node);

 private:
  Result<bool> IsIncremental(const Node& node);
  /// Common table expressions of the ephemeral models that the node needs, those needed first in front.
  Status AddEphemerals(const Node& node, std::vector<std::pair<std::string, std::string>>& tables);

  RenderContext::Needs needs_;
  Warehouse* warehouse_;
  std::map<std::string, std::string> ephemerals_;  ///< SQL by unique id
};

/// The statement that counts what a test finds: one row of failures, should_warn, should_error.
std::string TestStatement(const Compiled& compiled);

}  // namespace tarn::dbt
