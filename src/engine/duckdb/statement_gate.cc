// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/statement_gate.h"

#include <algorithm>

#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/statement_walker.h"

namespace tarn::engine {

namespace {

constexpr const char* kOnlySelect = "Only SELECT statements are allowed, one at a time";
constexpr const char* kPivotEnumPrefix = "__pivot_enum_";

using Statements = duckdb::vector<duckdb::unique_ptr<duckdb::SQLStatement>>;

Result<Statements> Parse(const std::string& sql) {
  return CatchDuckDb([&]() -> Result<Statements> {
    duckdb::Parser parser;
    parser.ParseQuery(sql);
    return std::move(parser.statements);
  });
}

/// The query of a CREATE TYPE that the parser put before a PIVOT; null for everything else.
duckdb::QueryNode* PivotPreparation(duckdb::SQLStatement& statement) {
  if (statement.type != duckdb::StatementType::CREATE_STATEMENT) return nullptr;
  auto& info = *statement.Cast<duckdb::CreateStatement>().info;
  if (info.type != duckdb::CatalogType::TYPE_ENTRY) return nullptr;
  auto& type = info.Cast<duckdb::CreateTypeInfo>();
  const bool is_ours = type.temporary && type.name.starts_with(kPivotEnumPrefix) && type.query != nullptr &&
                       type.query->type == duckdb::StatementType::SELECT_STATEMENT;
  return is_ours ? type.query->Cast<duckdb::SelectStatement>().node.get() : nullptr;
}

/// Takes a PIVOT apart into its preparations and the SELECT; every other statement stays as it is.
Status UnpackPivot(ParsedStatement& parsed) {
  if (parsed.statement->type != duckdb::StatementType::MULTI_STATEMENT) return {};
  auto parts = std::move(parsed.statement->Cast<duckdb::MultiStatement>().statements);
  if (parts.empty()) return Fail(ErrorCode::kInvalidArgument, kOnlySelect);
  parsed.statement = std::move(parts.back());
  parts.pop_back();
  for (auto& part : parts) {
    if (PivotPreparation(*part) == nullptr) return Fail(ErrorCode::kInvalidArgument, kOnlySelect);
    parsed.preparations.push_back(std::move(part));
  }
  return {};
}

std::vector<std::string> ParameterNames(const duckdb::SQLStatement& statement) {
  std::vector<std::pair<duckdb::idx_t, std::string>> numbered;
  for (const auto& [name, index] : statement.named_param_map) numbered.emplace_back(index, name);
  std::ranges::sort(numbered);
  std::vector<std::string> names;
  for (auto& [index, name] : numbered) names.push_back(std::move(name));
  return names;
}

}  // namespace

Result<CheckedStatement> CheckSelect(const std::string& sql) {
  auto statements = Parse(sql);
  if (!statements) {
    return Fail(ErrorCode::kInvalidArgument, std::string(kOnlySelect) + ": " + statements.error().message);
  }
  if (statements->size() != 1) return Fail(ErrorCode::kInvalidArgument, kOnlySelect);
  return CatchDuckDb([&]() -> Result<CheckedStatement> {
    CheckedStatement checked;
    checked.statement = std::move(statements->front());
    TARN_TRY(UnpackPivot(checked));
    if (checked.statement->type != duckdb::StatementType::SELECT_STATEMENT) {
      return Fail(ErrorCode::kInvalidArgument, kOnlySelect);
    }
    StatementWalker walker;
    for (const auto& preparation : checked.preparations) walker.Walk(*PivotPreparation(*preparation));
    walker.Walk(*checked.statement->Cast<duckdb::SelectStatement>().node);
    if (walker.refusal()) return Fail(*walker.refusal());
    checked.info = StatementInfo{walker.tables(), ParameterNames(*checked.statement)};
    checked.references = walker.References();
    checked.lists_catalog = walker.lists_catalog();
    return checked;
  });
}

Result<ParsedStatement> ParseTrusted(const std::string& sql) {
  TARN_ASSIGN(auto statements, Parse(sql));
  if (statements.size() != 1) return Fail(ErrorCode::kInvalidArgument, "exactly one statement is expected");
  ParsedStatement parsed;
  parsed.statement = std::move(statements.front());
  TARN_TRY(CatchDuckDb([&] { return UnpackPivot(parsed); }));
  return parsed;
}

std::vector<std::string> DomainsOf(const StatementInfo& info) {
  std::vector<std::string> domains;
  for (const auto& table : info.tables) {
    if (std::ranges::find(domains, table.domain) == domains.end()) domains.push_back(table.domain);
  }
  return domains;
}

}  // namespace tarn::engine
