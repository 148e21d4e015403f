// SPDX-License-Identifier: Apache-2.0
#include "gold/remote_queries.h"

#include "engine/query_engine.h"
#include "gold/job_words.h"
#include "lake/mirror.h"
#include "lake/mirror_publication.h"

namespace tarn::gold {
namespace {

constexpr const char* kReadable = "iceberg";
constexpr int kMaxViews = 8;  ///< one inside the other

/// A query that stands inside another can be nothing but a query there, whatever its comments hide here.
std::string Wrapped(const std::string& sql) { return "SELECT * FROM (\n" + sql + "\n) AS rows_of_job"; }

std::string EngineName(const Job& job) { return std::string(WordOf(kJobEngines, job.engine)); }

std::unexpected<Error> CannotRun(const Job& job, const std::string& why) {
  return Fail(ErrorCode::kInvalidArgument, "engine " + EngineName(job) + " cannot run this job: " + why);
}

bool IsReadableLayer(const std::string& layer) { return layer == "silver" || layer == "gold" || layer == "external"; }

Status CheckReference(const Job& job, const engine::TableReference& reference) {
  if (reference.time_travels) {
    return CannotRun(job, "AT is not for tables of engines elsewhere: " + reference.name.ToString());
  }
  if (IsReadableLayer(reference.name.layer)) return {};
  return CannotRun(job, "it reads tables of silver, gold and external only: " + reference.name.ToString());
}

}  // namespace

std::string RemoteSelect::Rows() const { return Wrapped(sql); }

std::string RemoteSelect::RowsIn(const std::string& column, const IntervalRange& range) const {
  const auto name = "rows_of_job." + engine::QuoteIdentifier(column);
  const bool with_zone = range.type == table::TypeKind::kTimestamp;
  auto where = name + " >= " + engine.TimeText(range.from, with_zone);
  if (range.to) where += " AND " + name + " < " + engine.TimeText(*range.to, with_zone);
  return Wrapped(sql) + " WHERE " + where + " OR " + name + " IS NULL";
}

std::string RemoteSelect::Columns() const { return Wrapped(sql) + " WHERE 1 = 0"; }

Result<engine::RemoteEngine*> RemoteQueries::EngineOf(const Job& job) const {
  const auto found = remotes_.by_name.find(job.engine);
  if (found != remotes_.by_name.end() && remotes_.references != nullptr) return found->second;
  return Fail(ErrorCode::kUnsupported, "engine = \"" + EngineName(job) + "\": this server is not connected to one");
}

Result<RemoteQueries::Pin> RemoteQueries::PinMirror(const engine::TableName& name, const table::PinnedTable& pinned) {
  const auto& snapshot = *pinned.snapshot;
  if (lake::MirrorFormatOf(snapshot) != kReadable) {
    return Fail(ErrorCode::kInvalidArgument, "the table's format is " + snapshot.format +
                                                 ", which engines elsewhere do not find; give it a mirror in " +
                                                 kReadable + ": " + name.ToString());
  }
  TARN_ASSIGN(const auto mirror, tables_.MirrorOf(pinned.location));
  if (mirror != nullptr) {
    TARN_ASSIGN(const auto shown, mirror->Load());
    const auto of = shown->transactions.find(lake::kMirroredSnapshot);
    const bool is_newest = of != shown->transactions.end() && of->second == snapshot.snapshot_id;
    if (lake::IsMirror(*shown) && is_newest)
      return Pin{snapshot.snapshot_id, shown->snapshot_id, MetadataUriOf(*shown)};
  }
  return Fail(ErrorCode::kUnavailable, "the table's mirror in " + std::string(kReadable) +
                                           " does not show its newest version yet: " + name.ToString());
}

Result<RemoteQueries::Pin> RemoteQueries::PinOf(const engine::TableName& name, const engine::BoundTable& bound) {
  const auto* pinned = std::get_if<table::PinnedTable>(&bound.source);
  if (pinned == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "its rows are in no table format: " + name.ToString());
  }
  const auto& snapshot = *pinned->snapshot;
  if (!snapshot.exists()) return Fail(ErrorCode::kNotFound, "the table has no version yet: " + name.ToString());
  if (snapshot.format != kReadable) return PinMirror(name, *pinned);
  const auto shown = snapshot.snapshot_id < 0 ? std::nullopt : std::optional<int64_t>(snapshot.snapshot_id);
  return Pin{snapshot.snapshot_id, shown, MetadataUriOf(snapshot)};
}

std::string RemoteQueries::MetadataUriOf(const table::Snapshot& snapshot) const {
  return remotes_.metadata_uri_of ? remotes_.metadata_uri_of(snapshot) : "";
}

Result<std::string> RemoteQueries::TableText(const Binding& binding, const engine::TableReference& reference,
                                             const Pin& pin) const {
  const engine::RemoteTable table{reference.name, pin.shown_id, reference.has_alias, pin.metadata_uri};
  const auto checked = binding.engine.CheckTable(table);
  if (checked) return binding.engine.TableText(table);
  if (checked.error().code != ErrorCode::kInvalidArgument) return std::unexpected(checked.error());
  return CannotRun(binding.job, checked.error().message + ": " + reference.name.ToString());
}

Result<std::string> RemoteQueries::TextOf(const engine::TableReference& reference, Binding& binding, int depth) {
  const auto& name = reference.name;
  TARN_TRY(CheckReference(binding.job, reference));
  if (const auto known = binding.pins.find(name); known != binding.pins.end()) {
    return TableText(binding, reference, known->second);
  }
  const auto bound = names_.Resolve(name, std::nullopt);
  if (bound && std::holds_alternative<engine::View>((*bound)->source)) {
    TARN_ASSIGN(const auto select, Rewrite(std::get<engine::View>((*bound)->source).sql, binding, depth + 1));
    return "(\n" + select + "\n)" + (reference.has_alias ? "" : " AS " + engine::QuoteIdentifier(name.table));
  }
  const auto pin = bound ? PinOf(name, **bound) : Fail(bound.error());
  if (pin) {
    binding.pins.emplace(name, *pin);
    return TableText(binding, reference, *pin);
  }
  const auto code = pin.error().code;
  if (code == ErrorCode::kInvalidArgument) return CannotRun(binding.job, pin.error().message);
  if (binding.is_draft) return binding.engine.TableText({name, std::nullopt, reference.has_alias});
  if (code != ErrorCode::kNotFound) return std::unexpected(pin.error());
  return Fail(ErrorCode::kInvalidArgument, "Table " + name.ToString() + " does not exist");
}

/// Views are written out where they are named.
Result<std::string> RemoteQueries::Rewrite(const std::string& sql, Binding& binding, int depth) {
  if (depth > kMaxViews) return CannotRun(binding.job, "its views name each other too deep");
  TARN_ASSIGN(const auto references, remotes_.references->References(sql));
  return engine::ReplaceReferences(sql, references,
                                   [&](const engine::TableReference& one) { return TextOf(one, binding, depth); });
}

Status RemoteQueries::CheckSaved(const Job& job) {
  if (job.engine == JobEngine::kDuckDb) return {};
  TARN_ASSIGN(auto* const engine, EngineOf(job));
  if (job.is_view()) return CannotRun(job, "a view runs where it is named");
  Binding binding{job, *engine, true};
  TARN_TRY(Rewrite(job.query, binding, 0));
  if (!remotes_.references->References(Wrapped(job.query))) return CannotRun(job, "leave out the semicolon at the end");
  return {};
}

Result<std::optional<RemoteSelect>> RemoteQueries::Bind(const Job& job, std::map<std::string, int64_t>& upstreams) {
  if (job.engine == JobEngine::kDuckDb) return std::optional<RemoteSelect>();
  TARN_ASSIGN(auto* const engine, EngineOf(job));
  Binding binding{job, *engine};
  TARN_ASSIGN(auto sql, Rewrite(job.query, binding, 0));
  RemoteSelect select{*engine, std::move(sql)};
  upstreams.clear();
  for (const auto& [name, pin] : binding.pins) {
    upstreams[name.ToString()] = pin.snapshot_id;
    select.tables.push_back({name, pin.shown_id, false, pin.metadata_uri});
  }
  return std::optional(std::move(select));
}

}  // namespace tarn::gold
