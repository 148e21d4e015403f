// SPDX-License-Identifier: Apache-2.0
#include "quarantine/state_log.h"

#include <algorithm>

#include "base/crash_point.h"
#include "codec/json.h"
#include "lake/keys.h"

namespace tarn::quarantine {
namespace {

using codec::Json;

constexpr int kVersion = 1;

}  // namespace

std::string EncodeStateChange(const StateChange& change) {
  Json json{{"version", kVersion}, {"id", change.id}, {"at", change.at.micros}, {"records", change.records}};
  if (!change.status.empty()) json["status"] = change.status;
  if (change.status == kReplayed) {
    json["generation"] = change.generation;
    json["contract_version"] = change.contract_version;
  }
  if (const auto& object = change.payloads) {
    json["payloads"] = {
        {"key", object->key}, {"size", object->size_bytes}, {"crc32c", object->crc32c}, {"entries", object->entries}};
  }
  return json.dump();
}

Result<StateChange> DecodeStateChange(std::string_view text) {
  TARN_ASSIGN(const auto json, codec::ParseJson(text));
  try {
    if (const int version = json.at("version"); version != kVersion) {
      return Fail(ErrorCode::kUnsupported, "quarantine log entry has version " + std::to_string(version) +
                                               ", this build reads " + std::to_string(kVersion));
    }
    StateChange change;
    change.id = json.at("id");
    change.at.micros = json.at("at");
    change.records = json.at("records").get<std::vector<std::string>>();
    change.status = json.value("status", "");
    change.generation = json.value("generation", uint64_t{0});
    change.contract_version = json.value("contract_version", uint64_t{0});
    if (const auto object = json.find("payloads"); object != json.end()) {
      change.payloads = {object->at("key"), object->at("size"), object->at("crc32c"), object->at("entries")};
    }
    return change;
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kCorrupt, std::string("broken quarantine log entry: ") + error.what());
  }
}

StateLog::StateLog(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table)
    : series_(store, lake::QuarantineLogSeries(domain, table), clock) {}

Status StateLog::Refresh() {
  TARN_ASSIGN(const auto head, series_.Head());
  while (head_ < head.value_or(0)) {
    TARN_ASSIGN(const auto body, series_.Read(head_ + 1));
    auto change = DecodeStateChange(body);
    if (!change) return Fail(std::move(change).error().In(series_.name().KeyOf(head_ + 1)));
    Fold(head_ + 1, *change);
  }
  return {};
}

void StateLog::Fold(uint64_t number, const StateChange& change) {
  for (const auto& record : change.records) {
    auto& state = states_[record];
    if (!change.status.empty()) state.status = change.status;
    if (change.payloads) state.payloads = change.payloads;
  }
  if (change.payloads) objects_.push_back(*change.payloads);
  if (change.status == kReplayed && change.payloads) {
    replays_.push_back({number, *change.payloads, change.generation, change.contract_version});
  }
  head_ = number;
}

std::unordered_map<std::string, RecordState> StateLog::Select(const std::vector<std::string>& records) const {
  std::unordered_map<std::string, RecordState> selected;
  for (const auto& record : records) {
    if (const auto known = states_.find(record); known != states_.end()) selected.insert(*known);
  }
  return selected;
}

Result<std::unordered_map<std::string, RecordState>> StateLog::StatesOf(const std::vector<std::string>& records) {
  const std::lock_guard lock(mutex_);
  TARN_TRY(Refresh());
  return Select(records);
}

Result<bool> StateLog::Append(const std::vector<std::string>& records, const Plan& plan) {
  for (;;) {
    uint64_t number = 0;
    std::unordered_map<std::string, RecordState> states;
    {
      const std::lock_guard lock(mutex_);
      TARN_TRY(Refresh());
      number = head_ + 1;
      states = Select(records);
    }
    TARN_ASSIGN(const auto change, plan(states));
    if (!change) return false;
    TARN_CRASH_POINT("quarantine.before_state");
    const auto put = series_.Put(number, EncodeStateChange(*change));
    if (!put && put.error().code == ErrorCode::kConflict) continue;
    TARN_TRY(put);
    TARN_CRASH_POINT("quarantine.after_state");
    return true;
  }
}

Result<std::vector<Replay>> StateLog::ReplaysBehind(uint64_t after) {
  const std::lock_guard lock(mutex_);
  TARN_TRY(Refresh());
  const auto first = std::ranges::upper_bound(replays_, after, {}, &Replay::number);
  return std::vector<Replay>(first, replays_.end());
}

Result<std::unordered_set<std::string>> StateLog::Handled() {
  const std::lock_guard lock(mutex_);
  TARN_TRY(Refresh());
  std::unordered_set<std::string> handled;
  for (const auto& [record, state] : states_) {
    if (!state.status.empty()) handled.insert(record);
  }
  return handled;
}

Result<std::vector<EntryObject>> StateLog::Objects() {
  const std::lock_guard lock(mutex_);
  TARN_TRY(Refresh());
  return objects_;
}

StateLog& StateLogs::Of(const std::string& domain, const std::string& table) {
  const std::lock_guard lock(mutex_);
  auto& log = logs_[{domain, table}];
  if (!log) log = std::make_unique<StateLog>(store_, clock_, domain, table);
  return *log;
}

}  // namespace tarn::quarantine
