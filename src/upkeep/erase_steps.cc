// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erase_steps.h"

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <utility>

#include "base/crash_point.h"
#include "lake/keys.h"
#include "upkeep/bronze_references.h"
#include "upkeep/erase_bronze.h"
#include "upkeep/erase_exports.h"
#include "upkeep/erase_gold.h"
#include "upkeep/erase_reviews.h"
#include "upkeep/erase_silver.h"
#include "upkeep/erase_test_rows.h"

namespace tarn::upkeep {
namespace {

ExpireOptions AtOnce() {
  ExpireOptions options;
  options.keep = {.last = 1, .minutes_for = std::chrono::seconds(0), .hours_for = std::chrono::seconds(0)};
  options.objects_after = std::chrono::milliseconds(0);
  options.numbers_after = std::chrono::milliseconds(0);
  return options;
}

/// Waits until `begin` has called what it was given.
template <class T, class Begin>
Result<T> Await(const std::stop_token& stop, const Begin& begin, const char* what) {
  constexpr std::chrono::milliseconds kLook{100};
  const auto promise = std::make_shared<std::promise<T>>();
  auto reached = promise->get_future();
  begin([promise](T value) { promise->set_value(value); });
  const auto until = std::chrono::steady_clock::now() + ErasureSteps::kPatience;
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < until) {
    if (reached.wait_for(kLook) == std::future_status::ready) return reached.get();
  }
  return Fail(ErrorCode::kUnavailable, what);
}

constexpr std::string_view kUploads = "_files/";
constexpr std::string_view kAnswers = "_control/idempotency/";
/// What this process puts is named sooner, or was given up.
constexpr std::chrono::minutes kNamedWithin{10};

Result<std::map<std::string, uint64_t>> SizesOf(store::ObjectStore& store, const std::string& prefix) {
  TARN_ASSIGN(const auto objects, store.List(prefix));
  std::map<std::string, uint64_t> sizes;
  for (const auto& object : objects) sizes[object.key] = object.size_bytes;
  return sizes;
}

}  // namespace

Status CheckNoRebuild(const ErasureDependencies& dependencies, const contract::Contract& contract) {
  const auto location = lake::SilverLocation(contract.domain, contract.name, contract.folder_generation);
  TARN_ASSIGN(const auto snapshot, dependencies.merge.tables.Get(location)->Load());
  TARN_ASSIGN(const auto rebuild, dependencies.silver.FindRebuild(contract.domain, contract.name, std::nullopt));
  TARN_ASSIGN(const auto staged,
              dependencies.merge.store.List(lake::RebuildStagingFolder(contract.domain, contract.name), "", 1));
  const bool open = rebuild && !rebuild->end;
  if (!open && staged.empty() && !silver::WaitsForRebuild(contract, *snapshot)) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              "the table is being rebuilt from bronze; erase when that has ended: " + contract.id());
}

ErasureSteps::ErasureSteps(const ErasureDependencies& dependencies, contract::EndpointPtr endpoint,
                           const ErasureKeys& keys, Timestamp requested_at)
    : dependencies_(dependencies),
      endpoint_(std::move(endpoint)),
      contract_(endpoint_->contract()),
      location_(lake::SilverLocation(contract_.domain, contract_.name, contract_.folder_generation)),
      keys_(keys),
      requested_at_(requested_at),
      expire_({dependencies.merge.store, dependencies.merge.tables, dependencies.merge.clock,
               dependencies.merge.randomness, dependencies.merge.seat_check},
              AtOnce()) {}

ErasedLayer& ErasureSteps::Layer(const std::string& name) {
  const auto found = std::ranges::find(report_.layers, name, &ErasedLayer::name);
  if (found != report_.layers.end()) return *found;
  report_.layers.push_back({name});
  return report_.layers.back();
}

void ErasureSteps::Note(std::string what, std::string why, uint64_t records) {
  report_.not_examined.push_back({std::move(what), std::move(why), records});
}

/// Brings what was acknowledged so far into silver.
Status ErasureSteps::Settle() {
  const ingest::EndpointKey endpoint{contract_.domain, contract_.name};
  TARN_TRY(dependencies_.landing.AppendReplays(endpoint));
  const auto tail = dependencies_.tail.StateOf(contract_.domain, contract_.name);
  if (tail.frames > 0) {
    TARN_TRY(Await<uint64_t>(
        dependencies_.stop, [&](auto done) { dependencies_.landing.WhenLanded(endpoint, tail.last, std::move(done)); },
        "records that are to be erased do not land"));
  }
  return WaitForMerges();
}

Status ErasureSteps::WaitForMerges() {
  uint64_t others = 0;
  TARN_ASSIGN(const auto entries,
              EntriesOfFolder(dependencies_.merge.bronze, dependencies_.merge.registry, contract_, others));
  uint64_t last = 0;
  for (const auto& entry : entries) last = std::max(last, entry.last_position());
  TARN_ASSIGN(const auto snapshot, dependencies_.merge.tables.Get(location_)->Load());
  TARN_ASSIGN(const auto position, silver::PositionOf(*snapshot));
  if (position >= last) return {};
  TARN_TRY(Await<bool>(
      dependencies_.stop,
      [&](auto done) {
        dependencies_.silver.WhenMerged(contract_.domain, contract_.name, last, [done] { done(true); });
      },
      "records that are to be erased are not merged"));
  return {};
}

/// Refused records lie in bronze, too, as lines that were never merged.
void ErasureSteps::AddLinesOfRefused(const std::vector<bronze::NumberedEntry>& entries, FoundRecords& found) const {
  for (const auto& id : found.refused) {
    const auto offset = lake::ParseOffset(id);
    if (!offset) continue;
    for (const auto& entry : entries) {
      const bool covers = std::ranges::any_of(entry.entry->sources, [&](const bronze::SourceRange& range) {
        return range.first <= *offset && *offset <= range.last;
      });
      if (covers && entry.rows() > 0) found.lines[entry.number].insert(*offset);
    }
  }
}

Result<FoundRecords> ErasureSteps::Search() {
  auto& merge = dependencies_.merge;
  const RecordSearch search{merge.engine, merge.bronze, endpoint_, keys_};
  uint64_t others = 0;
  TARN_ASSIGN(const auto entries, EntriesOfFolder(merge.bronze, merge.registry, contract_, others));
  FoundRecords found;
  TARN_TRY(FindLines(search, entries, found));
  for (const auto& [number, offsets] : found.lines) {
    for (const auto& offset : offsets) found.refused.insert(offset.ToString());
  }
  TARN_ASSIGN(auto units, merge.bronze.QuarantineUnits(contract_.domain, contract_.name));
  TARN_ASSIGN(auto refused, dependencies_.silver.QuarantineUnits(contract_.domain, contract_.name));
  std::ranges::move(refused, std::back_inserter(units));
  TARN_ASSIGN(const auto reviewed, merge.reviews->Of(contract_.domain, contract_.name).Objects());
  for (const auto& object : reviewed) {
    auto& store = merge.store;
    units.push_back({object.entries, [&store, object] { return quarantine::ReadEntries(store, object); }});
  }
  FoundRecords in_quarantine;
  TARN_TRY(FindRefused(search, units, in_quarantine));
  FoundRecords with_lines = in_quarantine;
  AddLinesOfRefused(entries, with_lines);
  for (const auto& [number, offsets] : with_lines.lines) found.lines[number].insert(offsets.begin(), offsets.end());
  found.refused.merge(in_quarantine.refused);
  if (others > 0) {
    Note(contract_.domain + ".bronze." + contract_.name, "records of the endpoint as it was with another key", others);
  }
  if (found.undecodable > 0) Note("bronze", "records whose payload says no key", found.undecodable);
  if (in_quarantine.undecodable > 0) {
    Note("quarantine", "refused records whose payload says no key", in_quarantine.undecodable);
  }
  return found;
}

Status ErasureSteps::ForgetAnswers(const FoundRecords& found) {
  std::vector<lake::Offset> records;
  for (const auto& [number, offsets] : found.lines) records.insert(records.end(), offsets.begin(), offsets.end());
  for (const auto& id : found.refused) {
    if (const auto offset = lake::ParseOffset(id)) records.push_back(*offset);
  }
  std::ranges::sort(records);
  auto& layer = Layer("idempotent answers");
  TARN_ASSIGN(const auto before, SizesOf(dependencies_.merge.store, std::string(kAnswers)));
  TARN_ASSIGN(layer.records, dependencies_.forget_answers(records));
  TARN_ASSIGN(const auto after, SizesOf(dependencies_.merge.store, std::string(kAnswers)));
  for (const auto& [key, size_bytes] : before) {
    // Objects without some of their answers are shorter.
    const auto now = after.find(key);
    if (now == after.end() || now->second == size_bytes) continue;
    ++layer.rewritten;
    layer.Name({key});
  }
  TARN_CRASH_POINT("upkeep.erase.answers_forgotten");
  return {};
}

Status ErasureSteps::EraseStored() {
  auto& merge = dependencies_.merge;
  TARN_ASSIGN(const auto found, Search());
  TARN_TRY(ForgetAnswers(found));
  EraseBronze erase_bronze({merge.store, merge.bronze, merge.tables, merge.registry, merge.randomness});
  TARN_ASSIGN(const auto stored, erase_bronze.Run(contract_.domain, contract_.name, found));
  report_.purged = stored.records;
  Layer("bronze").records = stored.records;
  Layer("bronze").rewritten = stored.rewritten;
  EraseSilver erase_silver(merge);
  TARN_ASSIGN(const auto rows, erase_silver.Run({contract_, keys_, found}));
  auto& silver = Layer("silver");
  silver.records = rows.rows.rows;
  silver.rewritten = rows.rows.files_removed + rows.side_objects;
  Layer("tombstones").records = rows.tombstones;
  TARN_ASSIGN(const auto landed, LandedReplays(merge.bronze, contract_.domain, contract_.name));
  TARN_ASSIGN(auto reviews,
              EraseFromReviews({merge.store, *merge.reviews, merge.clock, merge.randomness, merge.seat_check,
                                contract_.domain, contract_.name, found.refused, landed}));
  auto& quarantine = Layer("quarantine");
  quarantine.records = stored.refused + rows.refused + reviews.records;
  quarantine.rewritten = stored.rewritten_refused + reviews.gone.size();
  gone_ = std::move(reviews.gone);
  std::ranges::copy(rows.gone, std::back_inserter(gone_));
  return CheckNoRebuild(dependencies_, contract_);
}

/// Everything but the newest version leaves the table's history, and what only that named is deleted.
Status ErasureSteps::Forget(const std::string& location, ErasedLayer& layer) {
  constexpr int kMostRuns = 1'000;
  const auto table = dependencies_.merge.tables.Get(location);
  TARN_ASSIGN(const auto snapshot, table->Load());
  if (!snapshot->exists()) return {};
  TARN_TRY(table->Maintain());
  for (int i = 0; i < kMostRuns; ++i) {
    TARN_ASSIGN(const auto done, expire_.Run(location, false));
    layer.versions += done.versions;
    layer.removed += done.deleted;
    layer.Name(done.keys);
    if (done.versions == 0 && done.deleted == 0) break;
  }
  TARN_ASSIGN(auto left, table->History());
  TARN_ASSIGN(const auto records, lake::LoadExpiryRecords(dependencies_.merge.store, location));
  lake::DropExpired(records, left);
  uint64_t older = 0;
  for (size_t i = 0; i + 1 < left.size(); ++i) {
    TARN_ASSIGN(const auto change, table->LoadChange(left[i]));
    older += change.committed_at.micros < requested_at_.micros ? 1 : 0;
  }
  if (older > 0) Note(location, "versions that a branch, a tag or another engine's metadata keeps", older);
  return {};
}

/// Objects of the endpoint that nothing names: left by processes that died, or put in vain. What this process has just
/// put may still be named, uploads much later.
Status ErasureSteps::DeleteUnnamed(const std::string& folder, ErasedLayer& layer) {
  auto& merge = dependencies_.merge;
  TARN_ASSIGN(const auto objects, merge.store.List(folder));
  BronzeReferences references(merge.store, merge.tables, merge.clock);
  TARN_ASSIGN(const auto keeps, references.Load(folder));
  const auto before =
      std::max(dependencies_.started_at.micros, requested_at_.micros - std::chrono::microseconds(kNamedWithin).count());
  std::vector<std::string> keys;
  uint64_t young = 0;
  for (const auto& object : objects) {
    const bool upload = object.key.starts_with(folder + std::string(kUploads));
    if (upload || object.modified.micros >= requested_at_.micros || keeps(object.key)) continue;
    if (object.modified.micros < before) {
      keys.push_back(object.key);
    } else {
      ++young;
    }
  }
  if (young > 0) Note(folder, "objects that nothing names yet; they go as orphans if nothing ever does", young);
  layer.removed += keys.size();
  layer.Name(keys);
  return keys.empty() ? Status() : merge.store.DeleteAll(keys);
}

Status ErasureSteps::DeleteGone(ErasedLayer& bronze, ErasedLayer& quarantine) {
  auto& merge = dependencies_.merge;
  TARN_TRY(merge.seat_check());
  TARN_ASSIGN(const auto replaced, merge.bronze.LogOf(contract_.domain, contract_.name).Unswept());
  std::vector<std::string> keys;
  for (const auto& entry : replaced) std::ranges::copy(entry.entry->replacement->gone, std::back_inserter(keys));
  TARN_TRY(merge.store.DeleteAll(keys));
  TARN_TRY(merge.store.DeleteAll(gone_));
  bronze.removed += keys.size();
  bronze.Name(keys);
  quarantine.removed += gone_.size();
  quarantine.Name(gone_);
  const auto folder = "/" + contract_.domain + "/" + contract_.name + "/";
  TARN_TRY(DeleteUnnamed("bronze" + folder, bronze));
  TARN_TRY(DeleteUnnamed("quarantine" + folder, quarantine));
  TARN_CRASH_POINT("upkeep.erase.objects_deleted");
  return {};
}

Status ErasureSteps::EraseGold() {
  TARN_ASSIGN(auto done, EraseFromGold({dependencies_, contract_, keys_}));
  for (auto& one : done.not_examined) report_.not_examined.push_back(std::move(one));
  for (const auto& table : done.tables) {
    auto& layer = Layer(table.name);
    layer.records = table.rows;
    layer.rewritten = table.rewritten;
    TARN_TRY(dependencies_.upkeep.Alone([&] { return Forget(table.location, layer); }));
  }
  auto& staged = Layer("staged results");
  staged.removed = done.staged.size();
  staged.Name(done.staged);
  TARN_TRY(EraseTestRows({dependencies_, contract_, done.downstream}, Layer("test results")));
  TARN_TRY(EraseExportsOf(location_));
  for (const auto& table : done.tables) TARN_TRY(EraseExportsOf(table.location));
  return {};
}

/// Files that show tables for others still show them as they were.
Status ErasureSteps::EraseExportsOf(const std::string& location) {
  const auto& merge = dependencies_.merge;
  return EraseExports({merge.store, dependencies_.upkeep, dependencies_.exported, merge.seat_check}, TableAt(location),
                      Layer("exports"), report_.not_examined);
}

void ErasureSteps::NoteWhatStays() {
  if (contract_.folder_generation > 1) {
    Note("earlier tables of " + contract_.domain + "." + contract_.name, "they were made with another key");
  }
}

Result<ErasureReport> ErasureSteps::Run() {
  auto& upkeep = dependencies_.upkeep;
  TARN_TRY(Settle());
  TARN_TRY(dependencies_.scrub_log());
  TARN_CRASH_POINT("upkeep.erase.log_scrubbed");
  TARN_TRY(upkeep.Alone([&] { return EraseStored(); }));
  TARN_CRASH_POINT("upkeep.erase.stored_erased");
  TARN_TRY(EraseGold());
  TARN_CRASH_POINT("upkeep.erase.gold_erased");
  const auto let_go = [&]() -> Status {
    auto silver = Layer("silver");
    auto bronze = Layer("bronze");
    auto quarantine = Layer("quarantine");
    TARN_TRY(Forget(location_, silver));
    TARN_TRY(DeleteGone(bronze, quarantine));
    Layer("silver") = silver;
    Layer("bronze") = bronze;
    Layer("quarantine") = quarantine;
    return {};
  };
  TARN_TRY(upkeep.Alone(let_go));
  NoteWhatStays();
  return std::move(report_);
}

Result<ErasureReport> ErasureSteps::Count() {
  TARN_ASSIGN(const auto found, Search());
  for (const auto& [number, offsets] : found.lines) Layer("bronze").records += offsets.size();
  EraseSilver erase_silver(dependencies_.merge);
  TARN_ASSIGN(const auto rows, erase_silver.Run({contract_, keys_, found, true}));
  Layer("silver").records = rows.rows.rows;
  Layer("silver").rewritten = rows.rows.files_removed + rows.side_objects;
  Layer("tombstones").records = rows.tombstones;
  TARN_ASSIGN(auto gold, EraseFromGold({dependencies_, contract_, keys_, true}));
  for (auto& one : gold.not_examined) report_.not_examined.push_back(std::move(one));
  for (const auto& table : gold.tables) {
    Layer(table.name).records = table.rows;
    Layer(table.name).rewritten = table.rewritten;
  }
  const auto tail = dependencies_.tail.StateOf(contract_.domain, contract_.name);
  if (tail.frames > 0) Note("the node's log", "requests that have not landed yet", tail.frames);
  report_.purged = Layer("bronze").records;
  NoteWhatStays();
  return std::move(report_);
}

}  // namespace tarn::upkeep
