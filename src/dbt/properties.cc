// SPDX-License-Identifier: Apache-2.0
#include "dbt/properties.h"

#include <algorithm>
#include <array>

#include "dbt/generic_tests.h"

namespace tarn::dbt {
namespace {

using codec::OrderedJson;

constexpr std::array<std::string_view, 6> kLayers{"bronze", "silver", "gold", "quarantine", "external", "system"};

std::string TextOf(const OrderedJson& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : codec::Dump(*found);
}

/// `tests` or `data_tests` of an object.
const OrderedJson* TestsOf(const OrderedJson& object) {
  for (const char* key : {"data_tests", "tests"}) {
    const auto found = object.find(key);
    if (found != object.end() && found->is_array()) return &*found;
  }
  return nullptr;
}

void AddDescription(const OrderedJson& written, Node& node) {
  node.description = TextOf(written, "description");
  if (const auto meta = written.find("meta"); meta != written.end() && meta->is_object()) node.meta.update(*meta);
}

OrderedJson ConfigOf(const OrderedJson& written) {
  auto config = OrderedJson::object();
  for (const char* key : {"tags", "meta"}) {
    if (const auto found = written.find(key); found != written.end()) config[key] = *found;
  }
  if (const auto found = written.find("config"); found != written.end() && found->is_object())
    MergeSettings(config, *found);
  return config;
}

}  // namespace

std::unexpected<Error> PropertyReader::Bad(int line, const std::string& message) const {
  return Fail(ErrorCode::kInvalidArgument, jinja::AtLine(path_, line, message));
}

std::unexpected<Error> PropertyReader::Unsupported(int line, const std::string& what) const {
  return Fail(ErrorCode::kUnsupported, jinja::AtLine(path_, line, "not supported: " + what));
}

int PropertyReader::LineOfName(const std::string& name) const {
  for (const auto& written :
       {"name: " + name + "\n", "name: \"" + name + "\"", "name: '" + name + "'", "name: " + name}) {
    if (text_.find(written) != std::string::npos) return LineOf(text_, written);
  }
  return LineOf(text_, name);
}

Status PropertyReader::RefuseSections(const OrderedJson& document) const {
  for (const char* key : {"unit_tests"}) {
    const auto found = document.find(key);
    if (found == document.end() || found->empty()) continue;
    return Unsupported(LineOf(text_, key), std::string(key) + " in property files");
  }
  for (const char* key : {"semantic_models", "metrics", "saved_queries"}) {
    if (document.contains(key)) needs_.project.warnings.push_back(path_ + ": " + key + " are not looked at");
  }
  return {};
}

Status PropertyReader::Read(const std::string& path, const std::string& text) {
  path_ = path;
  text_ = text;
  TARN_ASSIGN(auto document, ReadYamlFile(path, text));
  TARN_TRY(RefuseSections(document));
  TARN_TRY(RenderStrings(needs_.context, path, document));
  const auto list = [&](const char* key) {
    const auto found = document.find(key);
    return found != document.end() && found->is_array() ? *found : OrderedJson::array();
  };
  TARN_TRY(ReadSources(list("sources")));
  TARN_TRY(ReadNodes(list("models"), "model."));
  TARN_TRY(ReadNodes(list("seeds"), "seed."));
  TARN_TRY(AddSnapshots(list("snapshots")));
  TARN_TRY(ReadNodes(list("snapshots"), "snapshot."));
  for (const auto& exposure : list("exposures")) needs_.project.exposures.push_back(exposure);
  return {};
}

/// Snapshots that have no file of their own: all rows of a relation.
Status PropertyReader::AddSnapshots(const OrderedJson& list) {
  for (const auto& written : list) {
    const auto relation = written.is_object() ? TextOf(written, "relation") : std::string();
    if (relation.empty()) continue;
    Node node;
    node.kind = NodeKind::kSnapshot;
    node.package = needs_.project.name;
    node.name = TextOf(written, "name");
    node.path = path_;
    node.line = LineOfName(node.name);
    node.fqn = {node.package, node.name};
    node.unique_id = "snapshot." + node.package + "." + node.name;
    node.raw_code = std::string(static_cast<size_t>(node.line - 1), '\n') + "select * from {{ " + relation + " }}";
    node.config = SettingsAt(needs_.config.snapshots, node.fqn);
    const auto id = node.unique_id;
    const auto line = node.line;
    if (!needs_.project.nodes.emplace(id, std::move(node)).second) {
      return Bad(line, "the same snapshot is written twice: " + id);
    }
  }
  return {};
}

Status PropertyReader::ReadNodes(const OrderedJson& list, const std::string& prefix) {
  for (const auto& written : list) {
    if (!written.is_object() || TextOf(written, "name").empty()) return Bad(1, "what is described needs a name");
    TARN_TRY(ReadNode(written, prefix));
  }
  return {};
}

Status PropertyReader::ReadNode(const OrderedJson& written, const std::string& prefix) {
  const auto name = TextOf(written, "name");
  const auto line = LineOfName(name);
  if (written.contains("versions")) return Unsupported(line, "versions of model " + name);
  const auto found = needs_.project.nodes.find(prefix + needs_.project.name + "." + name);
  if (found == needs_.project.nodes.end()) {
    if (!needs_.project.disabled.contains(name)) {
      needs_.project.warnings.push_back(jinja::AtLine(path_, line, "there is no such model or seed: " + name));
    }
    return {};
  }
  auto& node = found->second;
  AddDescription(written, node);
  const auto config = ConfigOf(written);
  const auto contract = config.find("contract");
  if (contract != config.end() && contract->is_object() && contract->value("enforced", false)) {
    return Unsupported(line, "enforced contract of model " + name);
  }
  MergeSettings(node.config, config);
  TARN_TRY(ReadColumns(written, node));
  const auto* tests = TestsOf(written);
  return tests == nullptr ? Status() : ReadTests(*tests, node, "");
}

Status PropertyReader::ReadColumns(const OrderedJson& written, Node& node) {
  const auto columns = written.find("columns");
  if (columns == written.end() || !columns->is_array()) return {};
  for (const auto& column : *columns) {
    const auto name = TextOf(column, "name");
    if (name.empty()) return Bad(LineOfName(node.name), "a column of " + node.name + " needs a name");
    auto& kept = node.columns[name];
    kept = {{"name", name}, {"description", TextOf(column, "description")}};
    kept["data_type"] = column.contains("data_type") ? column["data_type"] : OrderedJson(nullptr);
    kept["meta"] = column.contains("meta") ? column["meta"] : OrderedJson::object();
    kept["tags"] = column.contains("tags") ? column["tags"] : OrderedJson::array();
    if (const auto* tests = TestsOf(column)) TARN_TRY(ReadTests(*tests, node, name));
  }
  return {};
}

Status PropertyReader::ReadTests(const OrderedJson& written, const Node& node, const std::string& column) {
  const auto from = text_.find("name: " + node.name);
  const auto line =
      column.empty() ? LineOfName(node.name) : LineOf(text_, "name: " + column, from == std::string::npos ? 0 : from);
  for (const auto& one : written) {
    TARN_ASSIGN(auto test, ReadGenericTest(one, {node, column, path_, line}, needs_.project.name));
    TARN_TRY(AddTest(std::move(test), node.unique_id));
  }
  return {};
}

Status PropertyReader::AddTest(Node test, const std::string&) {
  const auto stem = path_.substr(path_.rfind('/') + 1);
  test.fqn = {needs_.project.name};
  for (size_t at = path_.find('/'); at != std::string::npos;) {
    const auto next = path_.find('/', at + 1);
    if (next != std::string::npos) test.fqn.push_back(path_.substr(at + 1, next - at - 1));
    at = next;
  }
  test.fqn.push_back(test.name);
  auto config = SettingsAt(needs_.config.tests, test.fqn);
  MergeSettings(config, test.config);
  test.config = std::move(config);
  if (!test.Flag("enabled", true)) return {};
  const auto id = test.unique_id;
  const auto line = test.line;
  if (!needs_.project.nodes.emplace(id, std::move(test)).second) {
    return Bad(line, "the same test is written twice: " + id + " in " + stem);
  }
  return {};
}

Status PropertyReader::ReadSources(const OrderedJson& list) {
  for (const auto& source : list) {
    if (!source.is_object() || TextOf(source, "name").empty()) return Bad(1, "a source needs a name");
    TARN_TRY(ReadSource(source));
  }
  return {};
}

Status PropertyReader::ReadSource(const OrderedJson& source) {
  const auto tables = source.find("tables");
  if (tables == source.end() || !tables->is_array()) return {};
  for (const auto& table : *tables) TARN_TRY(ReadSourceTable(source, table));
  return {};
}

Result<Relation> PropertyReader::SourceRelation(const OrderedJson& source, const OrderedJson& table) const {
  Relation relation;
  const auto name = TextOf(source, "name");
  auto schema = TextOf(source, "schema");
  if (schema.empty()) schema = name;
  relation.domain = TextOf(source, "database");
  if (relation.domain.empty()) relation.domain = needs_.context.needs().settings.domain;
  if (const auto dot = schema.find('.'); dot != std::string::npos) {
    relation.domain = schema.substr(0, dot);
    schema = schema.substr(dot + 1);
  }
  if (std::ranges::find(kLayers, schema) == kLayers.end()) {
    return Bad(LineOfName(name), "the schema of source " + name +
                                     " must be bronze or silver (or gold, quarantine, external), not " + schema);
  }
  relation.layer = schema;
  relation.table = TextOf(table, "identifier");
  if (relation.table.empty()) relation.table = TextOf(table, "name");
  return relation;
}

Status PropertyReader::ReadSourceTable(const OrderedJson& source, const OrderedJson& table) {
  Node node;
  node.kind = NodeKind::kSource;
  node.package = needs_.project.name;
  node.source_name = TextOf(source, "name");
  node.name = TextOf(table, "name");
  node.path = path_;
  if (node.name.empty())
    return Bad(LineOfName(node.source_name), "a table of source " + node.source_name + " needs a name");
  node.line = LineOf(text_, "name: " + node.name, text_.find("name: " + node.source_name));
  node.unique_id = "source." + node.package + "." + node.source_name + "." + node.name;
  node.fqn = {node.package, node.source_name, node.name};
  node.config = SettingsAt(needs_.config.sources, node.fqn);
  MergeSettings(node.config, ConfigOf(source));
  MergeSettings(node.config, ConfigOf(table));
  if (!node.Flag("enabled", true)) return {};
  TARN_ASSIGN(node.relation, SourceRelation(source, table));
  AddDescription(table, node);
  const auto [at, is_new] = needs_.project.nodes.emplace(node.unique_id, node);
  if (!is_new) return Bad(node.line, "the same source table is written twice: " + node.source_name + "." + node.name);
  TARN_TRY(ReadColumns(table, at->second));
  const auto* tests = TestsOf(table);
  return tests == nullptr ? Status() : ReadTests(*tests, at->second, "");
}

}  // namespace tarn::dbt
