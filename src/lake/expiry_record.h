// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one expiry decided: versions that left a table's history and the objects that go with them, later (durability.md
// §8, docs/formats/expiry.md). Written before anything is deleted, deleted when nothing is left to delete. Plain value
// and its JSON codec.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/object_store.h"

namespace tarn::lake {

struct ExpiryRecord {
  Timestamp at;                      ///< when the versions left
  std::set<int64_t> versions;        ///< that left
  std::vector<std::string> objects;  ///< what only they named, as the part of the key behind the table's location
  std::vector<std::string> numbers;  ///< objects that hold numbers of the table's series, likewise
  std::optional<std::string> stub;   ///< what stands for such an object once `objects` are gone

  bool operator==(const ExpiryRecord&) const = default;
};

std::string EncodeExpiryRecord(const ExpiryRecord& record);
Result<ExpiryRecord> DecodeExpiryRecord(std::string_view text);

using ExpiryRecords = std::map<std::string, ExpiryRecord>;  ///< by key, oldest first

/// Records of the table at `location`; those in `known` are not read again.
Result<ExpiryRecords> LoadExpiryRecords(store::ObjectStore& store, const std::string& location,
                                        ExpiryRecords known = {});

/// Whether the table's log goes on listing versions that left: then the key of their record says from which to which.
enum class StillListed : uint8_t { kNo, kYes };

/// Key of a new record; `id` makes it unique.
std::string ExpiryRecordKey(const std::string& location, const ExpiryRecord& record, StillListed listed,
                            const std::string& id);

/// First and last of the versions that the record at `key` of that table may name; nullopt when the key does not say.
std::optional<std::pair<int64_t, int64_t>> VersionsInKey(const std::string& location, std::string_view key);

/// Takes the versions that left out of a history.
void DropExpired(const ExpiryRecords& records, std::vector<int64_t>& history);

}  // namespace tarn::lake
