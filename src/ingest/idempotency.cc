// SPDX-License-Identifier: Apache-2.0
#include "ingest/idempotency.h"

#include <algorithm>
#include <set>

#include "codec/json.h"
#include "lake/keys.h"

namespace tarn::ingest {
namespace {

/// Memory of an entry besides its texts.
constexpr uint64_t kEntryOverheadBytes = 320;

/// A second writer of the series can only be this process before a crash: it is met once.
constexpr int kPutAttempts = 8;

Result<IdempotencyRecord> DecodeRecord(const codec::Json& json) {
  const auto damaged = [] { return Fail(ErrorCode::kCorrupt, "idempotency record misses a member"); };
  IdempotencyRecord record;
  if (!json.is_object()) return damaged();
  const auto text = [&](const char* name, std::string& out) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_string()) return false;
    out = found->get<std::string>();
    return true;
  };
  const auto number = [&](const char* name, uint64_t& out) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number_unsigned()) return false;
    out = found->get<uint64_t>();
    return true;
  };
  std::string hash, first, at;
  uint64_t status = 0, count = 0;
  if (!text("key", record.key) || !text("body_sha256", hash) || !text("members", record.answer.members) ||
      !text("request_id", record.answer.request_id) || !text("first", first) || !text("at", at) ||
      !number("status", status) || !number("records", count)) {
    return damaged();
  }
  TARN_ASSIGN(const auto bytes, codec::Unhex(hash));
  if (bytes.size() != record.body_hash.size()) return damaged();
  std::ranges::copy(bytes, record.body_hash.begin());
  TARN_ASSIGN(record.answer.first, lake::ParseOffset(first));
  TARN_ASSIGN(record.answer.at, ParseTimestamp(at));
  record.answer.status = static_cast<uint16_t>(status);
  record.answer.record_count = static_cast<uint32_t>(count);
  return record;
}

}  // namespace

std::string EncodeIdempotencyRecords(const std::vector<IdempotencyRecord>& records) {
  auto list = codec::OrderedJson::array();
  for (const auto& record : records) {
    list.push_back({{"key", record.key},
                    {"body_sha256", codec::Hex(std::span<const uint8_t>(record.body_hash))},
                    {"status", record.answer.status},
                    {"members", record.answer.members},
                    {"request_id", record.answer.request_id},
                    {"first", record.answer.first.ToString()},
                    {"records", record.answer.record_count},
                    {"at", FormatTimestamp(record.answer.at)}});
  }
  return codec::Dump(codec::OrderedJson{{"version", 1}, {"records", std::move(list)}});
}

Result<std::vector<IdempotencyRecord>> DecodeIdempotencyRecords(std::string_view text) {
  auto json = codec::ParseJson(text);
  if (!json) return Fail(ErrorCode::kCorrupt, "idempotency object is no JSON");
  const auto version = json->is_object() ? json->find("version") : json->end();
  if (version == json->end() || *version != 1) {
    return Fail(ErrorCode::kUnsupported, "idempotency object of another version");
  }
  const auto list = json->find("records");
  if (list == json->end() || !list->is_array()) return Fail(ErrorCode::kCorrupt, "idempotency object has no records");
  std::vector<IdempotencyRecord> records;
  for (const auto& item : *list) {
    TARN_ASSIGN(auto record, DecodeRecord(item));
    records.push_back(std::move(record));
  }
  return records;
}

IdempotencyMap::IdempotencyMap(store::ObjectStore& store, Clock& clock, std::string_view node_id, Limits limits)
    : store_(store), clock_(clock), limits_(limits), series_(store, lake::IdempotencySeries(node_id), clock) {}

std::string IdempotencyMap::FullKey(std::string_view endpoint, std::string_view scope, std::string_view key) {
  std::string full;
  full.reserve(endpoint.size() + scope.size() + key.size() + 2);
  full.append(endpoint).append("\n").append(scope).append("\n").append(key);
  return full;
}

bool IdempotencyMap::expired(Timestamp at) const {
  const auto age = std::chrono::microseconds(clock_.Now().micros - at.micros);
  return age > limits_.lifetime;
}

uint64_t IdempotencyMap::CostOf(const std::string& key, const Entry& entry) {
  return kEntryOverheadBytes + 3 * key.size() + entry.answer.members.size() + entry.answer.request_id.size();
}

void IdempotencyMap::Insert(const std::string& key, Entry entry) {
  Erase(key);
  memory_bytes_ += CostOf(key, entry);
  entries_.emplace(key, std::move(entry));
}

void IdempotencyMap::Erase(const std::string& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  memory_bytes_ -= CostOf(key, found->second);
  entries_.erase(found);
}

void IdempotencyMap::ForgetOld() {
  while (!by_age_.empty() && expired(by_age_.front().first)) {
    const auto& [at, key] = by_age_.front();
    const auto found = entries_.find(key);
    if (found != entries_.end() && !found->second.in_flight && found->second.answer.at == at) Erase(key);
    by_age_.pop_front();
  }
}

Status IdempotencyMap::Load() {
  TARN_ASSIGN(const auto numbers, series_.Numbers());
  for (const auto number : numbers) {
    TARN_ASSIGN(const auto body, series_.Read(number));
    auto records = DecodeIdempotencyRecords(body);
    if (!records) return Fail(std::move(records).error().In(series_.name().KeyOf(number)));
    StoredObject object{number, {}};
    const std::lock_guard lock(mutex_);
    for (auto& record : *records) {
      object.newest = std::max(object.newest, record.answer.at);
      if (expired(record.answer.at)) continue;
      by_age_.emplace_back(record.answer.at, record.key);
      Insert(record.key, {record.body_hash, false, std::move(record.answer)});
    }
    objects_.push_back(object);
  }
  return {};
}

void IdempotencyMap::AddFrame(const FrameView& frame, uint64_t segment) {
  const auto& keyed = frame.keyed();
  const auto& header = frame.header();
  if (!keyed || expired(header.insert_date) || keyed->body_hash.size() != codec::Digest256().size()) return;
  Entry entry;
  std::ranges::copy(keyed->body_hash, entry.body_hash.begin());
  entry.in_flight = false;
  entry.answer = {keyed->status, std::string(keyed->members), std::string(header.request_id),
                  header.first,  header.record_count,         header.insert_date};
  const std::string key(keyed->key);
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(key);
  const bool stored = known != entries_.end() && known->second.answer.first >= header.first;
  if (stored) return;
  by_age_.emplace_back(header.insert_date, key);
  by_segment_[segment].push_back(key);
  Insert(key, std::move(entry));
}

IdempotencyMap::Claim IdempotencyMap::Begin(const std::string& full_key, const codec::Digest256& body_hash) {
  const std::lock_guard lock(mutex_);
  ForgetOld();
  const auto found = entries_.find(full_key);
  if (found == entries_.end()) {
    if (memory_bytes_ >= limits_.memory_bytes) return {Outcome::kFull, {}};
    Insert(full_key, {body_hash, true, {}});
    return {Outcome::kNew, {}};
  }
  const auto& entry = found->second;
  if (entry.body_hash != body_hash) return {Outcome::kOtherBody, {}};
  if (entry.in_flight) return {Outcome::kInFlight, {}};
  return {Outcome::kReplay, entry.answer};
}

void IdempotencyMap::Finish(const std::string& full_key, KeptAnswer answer, uint64_t segment) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(full_key);
  if (found == entries_.end()) return;
  const auto hash = found->second.body_hash;
  by_age_.emplace_back(answer.at, full_key);
  by_segment_[segment].push_back(full_key);
  Insert(full_key, {hash, false, std::move(answer)});
}

void IdempotencyMap::Abandon(const std::string& full_key) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(full_key);
  if (found != entries_.end() && found->second.in_flight) Erase(full_key);
}

Status IdempotencyMap::Persist(uint64_t segment) {
  std::vector<IdempotencyRecord> records;
  {
    const std::lock_guard lock(mutex_);
    const auto pending = by_segment_.find(segment);
    if (pending == by_segment_.end()) return {};
    for (const auto& key : pending->second) {
      const auto found = entries_.find(key);
      if (found == entries_.end() || found->second.in_flight || expired(found->second.answer.at)) continue;
      records.push_back({key, found->second.body_hash, found->second.answer});
    }
  }
  if (!records.empty()) {
    StoredObject object;
    for (const auto& record : records) object.newest = std::max(object.newest, record.answer.at);
    const auto body = EncodeIdempotencyRecords(records);
    for (int attempt = 1;; ++attempt) {
      TARN_ASSIGN(const auto head, series_.Head());
      object.number = head.value_or(0) + 1;
      const auto put = series_.Put(object.number, body);
      if (put) break;
      if (put.error().code != ErrorCode::kConflict || attempt == kPutAttempts) return put;
    }
    objects_.push_back(object);
  }
  {
    const std::lock_guard lock(mutex_);
    by_segment_.erase(segment);
  }
  return RemoveOldObjects();
}

Status IdempotencyMap::RemoveOldObjects() {
  // Twice the lifetime keeps a number for a day after it was superseded (durability.md §1.3); the head stays.
  while (objects_.size() > 1) {
    const auto age = std::chrono::microseconds(clock_.Now().micros - objects_.front().newest.micros);
    if (age <= 2 * limits_.lifetime) return {};
    TARN_TRY(store_.Delete(series_.name().KeyOf(objects_.front().number)));
    objects_.pop_front();
  }
  return {};
}

namespace {

/// Whether the request of the answer brought one of the records.
bool Brought(const KeptAnswer& answer, std::span<const lake::Offset> records) {
  const auto next = std::ranges::lower_bound(records, answer.first);
  if (next == records.end() || next->incarnation != answer.first.incarnation) return false;
  return next->sequence < answer.first.sequence + answer.record_count;
}

Status Overwrite(store::ObjectStore& store, const std::string& key, std::string_view body) {
  TARN_ASSIGN(const auto writer, store.OpenReplacement(key));
  TARN_TRY(writer->Append(body));
  TARN_TRY(writer->Finish());
  return {};
}

}  // namespace

Result<uint64_t> IdempotencyMap::Forget(std::span<const lake::Offset> records) {
  std::set<std::string> forgotten;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, entry] : entries_) {
      if (!entry.in_flight && Brought(entry.answer, records)) forgotten.insert(key);
    }
    for (const auto& key : forgotten) Erase(key);
  }
  TARN_ASSIGN(const auto numbers, series_.Numbers());
  for (const auto number : numbers) {
    TARN_ASSIGN(const auto body, series_.Read(number));
    TARN_ASSIGN(auto kept, DecodeIdempotencyRecords(body));
    const auto gone = std::erase_if(kept, [&](const IdempotencyRecord& record) {
      if (!Brought(record.answer, records)) return false;
      forgotten.insert(record.key);
      return true;
    });
    if (gone > 0) TARN_TRY(Overwrite(store_, series_.name().KeyOf(number), EncodeIdempotencyRecords(kept)));
  }
  return forgotten.size();
}

size_t IdempotencyMap::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace tarn::ingest
