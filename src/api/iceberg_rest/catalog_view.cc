// SPDX-License-Identifier: Apache-2.0
#include "api/iceberg_rest/catalog_view.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <variant>

#include "table/pinned_table.h"

namespace tarn::api::iceberg_rest {
namespace {

constexpr char kLevelSeparator = '\x1f';
constexpr size_t kMostLevels = 2;
constexpr std::array<std::string_view, 2> kLayers = {"gold", "silver"};
constexpr std::string_view kFormat = "iceberg";

bool IsLayer(std::string_view word) { return std::ranges::find(kLayers, word) != kLayers.end(); }

}  // namespace

std::optional<Namespace> ParseNamespace(std::string_view text) {
  Namespace levels;
  while (true) {
    const size_t end = text.find(kLevelSeparator);
    if (end == 0 || text.empty() || levels.size() == kMostLevels) return std::nullopt;
    levels.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return levels;
    text.remove_prefix(end + 1);
  }
}

std::string NamespaceName(const Namespace& name) {
  std::string joined;
  for (const std::string& level : name) joined += (joined.empty() ? "" : ".") + level;
  return joined;
}

Result<std::vector<Namespace>> CatalogView::Children(const Namespace& parent) {
  std::set<Namespace> found;
  if (parent.size() == kMostLevels) return std::vector<Namespace>();
  TARN_ASSIGN(const auto tables, catalog_.List(parent.empty() ? "" : parent.front(), ""));
  for (const engine::TableName& name : tables) {
    if (!IsLayer(name.layer)) continue;
    found.insert(parent.empty() ? Namespace{name.domain} : Namespace{name.domain, name.layer});
  }
  return std::vector<Namespace>(found.begin(), found.end());
}

Result<bool> CatalogView::Exists(const Namespace& name) {
  const Namespace parent(name.begin(), name.end() - 1);
  TARN_ASSIGN(const auto siblings, Children(parent));
  return std::ranges::find(siblings, name) != siblings.end();
}

Result<std::vector<std::string>> CatalogView::Tables(const Namespace& name) {
  std::vector<std::string> names;
  if (name.size() != kMostLevels || !IsLayer(name[1])) return names;
  TARN_ASSIGN(const auto tables, catalog_.List(name[0], name[1]));
  for (const engine::TableName& one : tables) {
    TARN_ASSIGN(const auto found, Find(name, one.table));
    if (found) names.push_back(one.table);
  }
  std::ranges::sort(names);
  return names;
}

Result<std::optional<CatalogView::Table>> CatalogView::Find(const Namespace& name, const std::string& table) {
  if (name.size() != kMostLevels || !IsLayer(name[1])) return std::nullopt;
  const auto bound = catalog_.Resolve({.domain = name[0], .layer = name[1], .table = table}, std::nullopt);
  if (!bound && bound.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!bound) return Fail(bound.error());
  const auto* pinned = std::get_if<table::PinnedTable>(&(*bound)->source);
  if (pinned == nullptr || !pinned->snapshot->exists() || pinned->snapshot->format != kFormat) return std::nullopt;
  return Table{.snapshot = pinned->snapshot, .state = &table::iceberg::StateOf(*pinned->snapshot)};
}

}  // namespace tarn::api::iceberg_rest
