// SPDX-License-Identifier: Apache-2.0
#pragma once
// A refused record and the immutable objects that keep such records (durability.md §6, docs/formats/quarantine.md).
// Plain values and their codec.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "contract/record_checker.h"
#include "store/object_store.h"

namespace tarn::quarantine {

inline constexpr std::string_view kPending = "pending";
inline constexpr std::string_view kRejected = "rejected";
inline constexpr std::string_view kReplayed = "replayed";
inline constexpr std::string_view kDiscarded = "discarded";

struct Entry {
  std::string id;       ///< offset of the record, e.g. "7-1234"
  std::string status;   ///< kPending, or kRejected for a strict refusal; later work on it: see StateLog
  std::string payload;  ///< JSON object text as received, or the raw text when it was no object
  bool is_object = true;
  contract::Operation operation = contract::Operation::kUpsert;
  std::vector<contract::FieldError> errors;
  uint32_t record_index = 0;
  uint64_t schema_version = 0;
  std::string request_id;
  Timestamp received_at;
};

/// "field: message" of the first error; empty without errors.
std::string Reason(const Entry& entry);

/// The errors as the JSON array of http-api.md §4.6.
std::string ErrorsToJson(const std::vector<contract::FieldError>& errors);
Result<std::vector<contract::FieldError>> ErrorsFromJson(std::string_view text);

/// Reference to an object of entries.
struct EntryObject {
  std::string key;
  uint64_t size_bytes = 0;
  uint32_t crc32c = 0;
  uint64_t entries = 0;

  bool operator==(const EntryObject&) const = default;
};

/// NDJSON, zstd: the body of an entry object.
Result<std::string> EncodeEntries(const std::vector<Entry>& entries);

/// kCorrupt names the object when size, CRC32C or content do not fit.
Result<std::vector<Entry>> ReadEntries(store::ObjectStore& store, const EntryObject& object);

}  // namespace tarn::quarantine
