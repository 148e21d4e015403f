// SPDX-License-Identifier: Apache-2.0
#pragma once
// Property files (schema.yml, sources.yml …): what is said about models and seeds, sources, and their tests. What they
// may hold and this does not know is refused with file and line. Thread-compatible (lake.md §6.7).

#include <map>
#include <string>

#include "dbt/project_config.h"
#include "dbt/yaml_document.h"

namespace tarn::dbt {

/// Reads every property file into `project`: fills nodes that are there and adds sources and tests.
class PropertyReader {
 public:
  struct Needs {
    Project& project;
    const ProjectConfig& config;
    RenderContext& context;
  };

  explicit PropertyReader(Needs needs) : needs_(needs) {}
  Status Read(const std::string& path, const std::string& text);

 private:
  Status AddSnapshots(const codec::OrderedJson& list);
  Status ReadNodes(const codec::OrderedJson& list, const std::string& prefix);
  Status ReadNode(const codec::OrderedJson& written, const std::string& prefix);
  Status ReadSources(const codec::OrderedJson& list);
  Status ReadSource(const codec::OrderedJson& source);
  Status ReadSourceTable(const codec::OrderedJson& source, const codec::OrderedJson& table);
  Result<Relation> SourceRelation(const codec::OrderedJson& source, const codec::OrderedJson& table) const;
  Status ReadColumns(const codec::OrderedJson& written, Node& node);
  Status ReadTests(const codec::OrderedJson& written, const Node& node, const std::string& column);
  Status AddTest(Node test, const std::string& from);
  Status RefuseSections(const codec::OrderedJson& document) const;
  int LineOfName(const std::string& name) const;
  std::unexpected<Error> Bad(int line, const std::string& message) const;
  std::unexpected<Error> Unsupported(int line, const std::string& what) const;

  Needs needs_;
  std::string path_;
  std::string text_;
};

}  // namespace tarn::dbt
