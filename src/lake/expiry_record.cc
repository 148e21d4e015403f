// SPDX-License-Identifier: Apache-2.0
#include "lake/expiry_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>
#include <utility>

#include "codec/document.h"
#include "codec/json.h"
#include "lake/keys.h"

namespace tarn::lake {
namespace {

using codec::Json;

constexpr int kVersion = 1;

/// Runs of consecutive numbers as [first, last].
Json RangesOf(const std::set<int64_t>& versions) {
  auto ranges = Json::array();
  for (const auto version : versions) {
    if (!ranges.empty() && ranges.back()[1].get<int64_t>() + 1 == version) {
      ranges.back()[1] = version;
    } else {
      ranges.push_back({version, version});
    }
  }
  return ranges;
}

Status ReadRanges(const Json& ranges, std::set<int64_t>& versions) {
  constexpr int64_t kMost = 1'000'000;  // versions of one record
  for (const auto& range : ranges) {
    const int64_t first = range.at(0);
    const int64_t last = range.at(1);
    if (first < 0 || last < first || last - first >= kMost) {
      return Fail(ErrorCode::kCorrupt, "broken expiry record: a range of versions is empty or too long");
    }
    for (int64_t version = first; version <= last; ++version) versions.insert(version);
  }
  return {};
}

/// Throws Json::exception on another shape.
Result<ExpiryRecord> FromJson(const Json& json) {
  ExpiryRecord record;
  TARN_ASSIGN(record.at, ParseTimestamp(json.at("at").get<std::string>()));
  TARN_TRY(ReadRanges(json.at("versions"), record.versions));
  record.objects = json.at("objects");
  record.numbers = json.at("numbers");
  if (json.contains("stub")) record.stub = json.at("stub").get<std::string>();
  return record;
}

}  // namespace

std::string EncodeExpiryRecord(const ExpiryRecord& record) {
  Json json = {{"version", kVersion},
               {"at", FormatTimestamp(record.at)},
               {"versions", RangesOf(record.versions)},
               {"objects", record.objects},
               {"numbers", record.numbers}};
  if (record.stub) json["stub"] = *record.stub;
  return json.dump();
}

Result<ExpiryRecord> DecodeExpiryRecord(std::string_view text) {
  return codec::ReadDocument(text, {"expiry record", kVersion}, FromJson);
}

Result<ExpiryRecords> LoadExpiryRecords(store::ObjectStore& store, const std::string& location, ExpiryRecords known) {
  TARN_ASSIGN(const auto objects, store.List(lake::ExpiryFolder(location)));
  ExpiryRecords records;
  for (const auto& object : objects) {
    if (const auto found = known.find(object.key); found != known.end()) {
      records.insert(known.extract(found));
      continue;
    }
    TARN_ASSIGN(const auto body, store.Get(object.key));
    auto record = DecodeExpiryRecord(body);
    if (!record) return Fail(std::move(record).error().In(object.key));
    records.emplace(object.key, *std::move(record));
  }
  return records;
}

std::string ExpiryRecordKey(const std::string& location, const ExpiryRecord& record, StillListed listed,
                            const std::string& id) {
  const auto folder = ExpiryFolder(location);
  if (listed == StillListed::kNo || record.versions.empty()) {
    return fmt::format("{}{:020}-{}.json", folder, record.at.micros, id);
  }
  return fmt::format("{}{:020}-{:020}-{:020}-{}.json", folder, record.at.micros, *record.versions.begin(),
                     *record.versions.rbegin(), id);
}

std::optional<std::pair<int64_t, int64_t>> VersionsInKey(const std::string& location, std::string_view key) {
  constexpr size_t kDigits = 20;
  const auto name = key.substr(std::min(key.size(), ExpiryFolder(location).size()));
  if (name.size() <= 3 * kDigits + 2) return std::nullopt;
  const auto number = [&](size_t at) {
    int64_t value = -1;
    const auto* last = name.data() + at + kDigits;
    const auto [end, error] = std::from_chars(name.data() + at, last, value);
    return error == std::errc() && end == last ? value : -1;
  };
  const auto first = number(kDigits + 1);
  const auto last = number(2 * kDigits + 2);
  if (first < 0 || last < first) return std::nullopt;
  return std::pair(first, last);
}

void DropExpired(const ExpiryRecords& records, std::vector<int64_t>& history) {
  std::unordered_set<int64_t> left;
  for (const auto& [key, record] : records) left.insert(record.versions.begin(), record.versions.end());
  std::erase_if(history, [&](int64_t version) { return left.contains(version); });
}

}  // namespace tarn::lake
