// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an ingest request is answered with, as JSON text (http-api.md §1.1, §4.2, §4.3). Plain values and pure
// functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/record_checker.h"
#include "contract/registry.h"
#include "lake/offset.h"

namespace tarn::ingest {

/// What the client is told. `stored` answers carry offsets: api may wait for bronze or silver before it sends them.
struct IngestAnswer {
  int status = 200;
  std::string members;     ///< the JSON object's text without its closing brace
  std::string request_id;  ///< of the first request when replayed
  bool stored = false;     ///< a frame is durable and visible
  bool replayed = false;   ///< answer with `Idempotent-Replay: true`
  int retry_after_s = 0;   ///< > 0: answer with Retry-After
  lake::Offset first;      ///< of the first record, when stored
  lake::Offset last;
  contract::EndpointPtr endpoint;

  /// The whole body: members, request_id and, when stored with a 2xx, ack ("wal", "bronze", "silver") and receipt.
  std::string Body(std::string_view ack = "wal") const;
};

/// Errors of at most this many records are listed; all are counted.
inline constexpr uint64_t kMaxListedRecords = 1'000;

/// What the check found in one request.
struct CheckTotals {
  uint64_t records = 0;
  uint64_t valid = 0;
  uint64_t quarantined = 0;
  uint64_t rejected = 0;
  std::string single_errors;  ///< JSON array: errors of a single request's record
  std::string listed;         ///< elements {"record_index","errors"} of rejected records, comma-separated
  uint64_t listed_records = 0;
};

/// How much of a record's errors is kept.
enum class ErrorDetail { kAll, kFirst };
/// Appends [{"field","message","type"},…].
void AppendFieldErrors(std::string& out, const std::vector<contract::FieldError>& errors, ErrorDetail detail);

/// Members and status of an accepted or strictly refused request.
void ComposeSingle(std::string_view endpoint, bool validate, const CheckTotals& totals, IngestAnswer& answer);
void ComposeBatch(std::string_view endpoint, bool validate, bool strict, const CheckTotals& totals,
                  IngestAnswer& answer);

/// {"detail": text} with the status.
void ComposeDetail(int status, std::string_view detail, IngestAnswer& answer);

/// A body that is no request: 422, 413 or 400.
void ComposeFailure(const contract::CheckFailure& failure, IngestAnswer& answer);

/// The log took nothing of the request: 503 with Retry-After, or 413.
void ComposeNotStored(const Error& error, IngestAnswer& answer);

}  // namespace tarn::ingest
