// SPDX-License-Identifier: Apache-2.0
#pragma once
// What was asked to be erased from an endpoint, and what was done (docs/formats/erasures.md). Recorded before anything
// is rewritten, with the keys; once all is done the report takes its place, with salted hashes instead. Plain values
// and their JSON codec.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/json.h"
#include "upkeep/erasure_keys.h"

namespace tarn::upkeep {

/// What happened in one layer.
struct ErasedLayer {
  std::string name;        ///< "bronze", "quarantine", "silver", "sales.gold.daily", …
  uint64_t records = 0;    ///< records, entries or live rows that are gone
  uint64_t rewritten = 0;  ///< objects that have others in their place, or none
  uint64_t removed = 0;    ///< objects deleted at once
  uint64_t versions = 0;   ///< that left a table's history
  /// Keys of the objects that were deleted, or written anew under the same name; at most kMostNamed.
  std::vector<std::string> objects{};

  static constexpr size_t kMostNamed = 100'000;
  void Name(const std::vector<std::string>& keys);

  bool operator==(const ErasedLayer&) const = default;
};

struct NotExamined {
  std::string what;
  std::string why;
  uint64_t records = 0;  ///< 0 = not known

  bool operator==(const NotExamined&) const = default;
};

struct ErasureReport {
  Timestamp finished_at;
  uint64_t purged = 0;   ///< records of bronze that the ledger counts as purged
  bool resumed = false;  ///< an earlier process did a part of it, which is not counted in the layers
  std::vector<ErasedLayer> layers;
  std::vector<NotExamined> not_examined;

  bool operator==(const ErasureReport&) const = default;
};

struct ErasureRecord {
  uint64_t number = 0;  ///< in the endpoint's series; not part of the document
  std::string id;
  Timestamp requested_at;
  uint64_t incarnation = 0;  ///< of the process that took the request
  ErasureKeys keys;          ///< values only while it is open
  std::string salt;          ///< once it is done
  std::vector<std::string> key_hashes;
  std::optional<ErasureReport> report;

  bool is_open() const { return !report.has_value(); }
  /// With the report in the place of the keys.
  void Close(ErasureReport done, std::string with_salt);
  bool operator==(const ErasureRecord&) const = default;
};

codec::OrderedJson ReportToJson(const ErasureReport& report);
std::string EncodeErasure(const ErasureRecord& record);
Result<ErasureRecord> DecodeErasure(std::string_view text);

}  // namespace tarn::upkeep
