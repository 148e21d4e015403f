// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erase.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/this_thread.h"
#include "lake/keys.h"
#include "upkeep/erase_steps.h"

namespace tarn::upkeep {
namespace {

constexpr std::string_view kErasures = "_control/erasures/";
constexpr int kSaltWords = 4;
constexpr const char* kStartKey = "start";

Erase::Dependencies Stoppable(Erase::Dependencies dependencies, std::stop_token stop) {
  dependencies.stop = std::move(stop);
  return dependencies;
}

std::string NewSalt(Randomness& randomness) {
  std::string salt;
  for (int i = 0; i < kSaltWords; ++i) salt += std::to_string(randomness.Next());
  return salt;
}

}  // namespace

Erase::Erase(Dependencies dependencies)
    : dependencies_(Stoppable(std::move(dependencies), stop_.get_token())),
      loop_({.name = "tarn-erase", .threads = 1, .niceness = kBackgroundNiceness},
            [this](const std::string& key) { return RunKey(key); }) {}

Erase::~Erase() { Stop(); }

void Erase::Start() {
  loop_.Start();
  loop_.ScheduleNow(kStartKey);
}

void Erase::Stop() {
  stop_.request_stop();
  loop_.Stop();
}

Status Erase::RunKey(const std::string& key) {
  if (key == kStartKey) return ScheduleAll();
  const auto slash = key.find('/');
  const auto domain = key.substr(0, slash);
  const auto table = key.substr(slash + 1);
  const auto endpoint = dependencies_.merge.registry.FindLast(domain, table);
  TARN_ASSIGN(auto records, LoadAll(domain, table));
  for (auto& record : records) {
    if (!record.is_open()) continue;
    const std::lock_guard turn(turn_);
    // Somebody who asked for it may have been faster.
    TARN_ASSIGN(record, Load(domain, table, record.number));
    if (!record.is_open()) continue;
    if (endpoint) {
      TARN_TRY(Do(endpoint, record));
    } else {
      ErasureReport report;
      report.not_examined.push_back({key, "the endpoint was purged before the erasure was done"});
      TARN_TRY(Close(domain, table, record, std::move(report)));
    }
    LogInfo("an erasure that was left open is done", {{"endpoint", key}, {"id", record.id}});
  }
  return {};
}

Status Erase::ScheduleAll() {
  auto& store = dependencies_.merge.store;
  TARN_ASSIGN(const auto domains, store.ListFolders(std::string(kErasures)));
  for (const auto& domain : domains) {
    TARN_ASSIGN(const auto tables, store.ListFolders(std::string(kErasures) + domain + "/"));
    for (const auto& table : tables) loop_.ScheduleNow(domain + "/" + table);
  }
  return {};
}

Result<ErasureRecord> Erase::Load(const std::string& domain, const std::string& table, uint64_t number) {
  const auto key = lake::ErasureSeries(domain, table).KeyOf(number);
  TARN_ASSIGN(const auto body, dependencies_.merge.store.Get(key));
  auto record = DecodeErasure(body);
  if (!record) return Fail(std::move(record).error().In(key));
  record->number = number;
  return record;
}

Result<std::vector<ErasureRecord>> Erase::List(const std::string& domain, const std::string& table) {
  if (!dependencies_.merge.registry.FindLast(domain, table)) {
    return Fail(ErrorCode::kNotFound, "Endpoint " + domain + "/" + table + " not found");
  }
  return LoadAll(domain, table);
}

Result<std::vector<ErasureRecord>> Erase::LoadAll(const std::string& domain, const std::string& table) {
  const auto series = lake::ErasureSeries(domain, table);
  TARN_ASSIGN(const auto objects, dependencies_.merge.store.List(series.prefix));
  std::vector<ErasureRecord> records;
  for (const auto& object : objects) {
    const auto number = series.NumberOf(object.key);
    if (!number) continue;
    TARN_ASSIGN(auto record, Load(domain, table, *number));
    records.push_back(std::move(record));
  }
  return records;
}

Result<ErasureKeys> Erase::CheckKeys(const contract::Contract& contract, const Request& request) {
  ErasureKeys keys;
  const auto columns = contract.key_columns();
  if (columns.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "the endpoint has no key to erase by: " + contract.id());
  }
  for (const auto* column : columns) keys.columns.push_back(column->name);
  if (request.keys.empty() || request.keys.size() > ErasureKeys::kMost) {
    return Fail(ErrorCode::kInvalidArgument, "an erasure names 1 to " + std::to_string(ErasureKeys::kMost) +
                                                 " keys, not " + std::to_string(request.keys.size()));
  }
  TARN_ASSIGN(const auto workspace, dependencies_.merge.engine.OpenWorkspace({}));
  for (const auto& key : request.keys) {
    if (key.size() != columns.size()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the key has " + std::to_string(columns.size()) + " columns, not " + std::to_string(key.size()));
    }
    for (size_t i = 0; i < key.size(); ++i) {
      const auto type = table::SqlTypeName(contract::StorageType(*columns[i]));
      TARN_ASSIGN(const auto rows, workspace->Query("SELECT CAST(TRY_CAST(" + engine::QuoteLiteral(key[i]) + " AS " +
                                                    type + ") IS NULL AS BIGINT)"));
      table::BatchView batch;
      TARN_ASSIGN(const bool more, rows->Next(batch));
      if (more && batch.columns[0].At<int64_t>(0) == 0) continue;
      // The value itself is not repeated: errors are kept in logs.
      return Fail(ErrorCode::kInvalidArgument, "a value does not fit the key column " + columns[i]->name);
    }
  }
  keys.values = request.keys;
  return keys;
}

Result<ErasureRecord> Erase::Record(const Request& request, ErasureKeys keys) {
  ErasureRecord record;
  record.id = NewUuid(dependencies_.merge.randomness);
  record.requested_at = dependencies_.merge.clock.Now();
  record.incarnation = dependencies_.incarnation;
  record.keys = std::move(keys);
  store::Series series(dependencies_.merge.store, lake::ErasureSeries(request.domain, request.table),
                       dependencies_.merge.clock);
  constexpr int kPutAttempts = 10;
  for (int attempt = 1;; ++attempt) {
    TARN_ASSIGN(const auto head, series.Head());
    record.number = head.value_or(0) + 1;
    TARN_TRY(dependencies_.merge.seat_check());
    const auto put = series.Put(record.number, EncodeErasure(record));
    if (put) break;
    if (put.error().code != ErrorCode::kConflict || attempt == kPutAttempts) return Fail(put.error());
  }
  TARN_CRASH_POINT("upkeep.erase.recorded");
  return record;
}

Status Erase::Close(const std::string& domain, const std::string& table, ErasureRecord& record, ErasureReport report) {
  report.finished_at = dependencies_.merge.clock.Now();
  report.resumed = record.incarnation != dependencies_.incarnation;
  record.Close(std::move(report), NewSalt(dependencies_.merge.randomness));
  TARN_TRY(dependencies_.merge.seat_check());
  const auto key = lake::ErasureSeries(domain, table).KeyOf(record.number);
  TARN_ASSIGN(const auto writer, dependencies_.merge.store.OpenReplacement(key));
  TARN_TRY(writer->Append(EncodeErasure(record)));
  TARN_TRY(writer->Finish());
  TARN_CRASH_POINT("upkeep.erase.closed");
  return {};
}

Status Erase::Do(const contract::EndpointPtr& endpoint, ErasureRecord& record) {
  ErasureSteps steps(dependencies_, endpoint, record.keys, record.requested_at);
  TARN_ASSIGN(auto report, steps.Run());
  const auto& contract = endpoint->contract();
  return Close(contract.domain, contract.name, record, std::move(report));
}

Result<ErasureRecord> Erase::Run(const Request& request) {
  const auto endpoint = dependencies_.merge.registry.FindLast(request.domain, request.table);
  if (!endpoint) {
    return Fail(ErrorCode::kNotFound, "Endpoint " + request.domain + "/" + request.table + " not found");
  }
  TARN_ASSIGN(auto keys, CheckKeys(endpoint->contract(), request));
  const std::lock_guard turn(turn_);
  if (request.dry_run) {
    ErasureRecord record;
    record.requested_at = dependencies_.merge.clock.Now();
    ErasureSteps steps(dependencies_, endpoint, keys, record.requested_at);
    TARN_ASSIGN(record.report, steps.Count());
    return record;
  }
  TARN_TRY(CheckNoRebuild(dependencies_, endpoint->contract()));
  TARN_ASSIGN(auto record, Record(request, std::move(keys)));
  const auto done = Do(endpoint, record);
  if (!done) {
    loop_.Schedule(request.domain + "/" + request.table, std::chrono::steady_clock::now() + kPause);
    return Fail(done.error().code, "the erasure is recorded and will be tried again: " + done.error().message);
  }
  return record;
}

}  // namespace tarn::upkeep
