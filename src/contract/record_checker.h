// SPDX-License-Identifier: Apache-2.0
#pragma once
// Request bodies into records, each checked against a contract (http-api.md §4): the ingest hot path. One pass of
// simdjson over the body, no allocation for valid records. A RecordChecker owns parser buffers: one a thread,
// thread-compatible.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/compiled_contract.h"
#include "contract/json_value.h"
#include "contract/operation.h"

namespace tarn::contract {

enum class BodyShape { kSingle, kBatch, kNdjson };

/// One entry of `validation_errors` (http-api.md §4.6).
struct FieldError {
  std::string field;
  std::string message;
  std::string type;
};

/// Why a body is no request at all: 422 with {type, loc, msg} (http-api.md §1.1, §4.1).
struct BodyError {
  std::string type;              ///< "json_invalid", "missing", "dict_type", "list_type" …
  std::vector<std::string> loc;  ///< {"body", "data"}; array positions as decimal text
  std::string message;
};

enum class Verdict : uint8_t {
  kValid,    ///< passed the check, or nothing is checked
  kInvalid,  ///< an error in `errors`; with validate=false: cannot be cast
};

struct CheckedRecord {
  std::string_view raw;  ///< the record's own bytes in the body (an NDJSON line that is no object: the whole line)
  uint32_t index = 0;    ///< position in the request
  Verdict verdict = Verdict::kValid;
  Operation operation = Operation::kUpsert;         ///< the request's, or what the record says (`_op`, envelope)
  bool is_object = true;                            ///< false only for bad NDJSON lines
  bool has_others = false;                          ///< a field without a column was there, be it null
  const std::vector<FieldError>* errors = nullptr;  ///< set when invalid; valid during the callback
};

struct CheckRequest {
  BodyShape shape = BodyShape::kSingle;
  Operation operation = Operation::kUpsert;
  bool validate = true;  ///< false: only what stops a cast makes a record invalid (http-api.md §4.2)
  size_t max_records = 100'000;
  size_t max_record_bytes = 8U << 20;
};

struct CheckFailure {
  enum class Kind { kBody, kTooManyRecords, kRecordTooLarge, kDeleteWithoutKey } kind = Kind::kBody;
  BodyError body;  ///< kBody
};

class RecordChecker {
 public:
  RecordChecker();
  ~RecordChecker();
  RecordChecker(RecordChecker&&) noexcept;
  RecordChecker& operator=(RecordChecker&&) noexcept;

  /// Spare bytes behind `body` that must be readable (simdjson reads past the end).
  static constexpr size_t kPadding = 64;

  /// Calls `sink` once a record, in order. `body` must be followed by kPadding readable bytes. nullopt on success; on
  /// failure nothing of the request counts (records already given to the sink are to be dropped).
  std::optional<CheckFailure> Check(std::string_view body, const CheckRequest& request,
                                    const CompiledContract& contract,
                                    const std::function<void(const CheckedRecord&)>& sink);

  /// Checks one record whose members are known, in their order; `raw` of the answer is empty, its views stay until the
  /// next check. A delete of a table without a key is not refused here.
  CheckedRecord CheckMembers(std::span<const JsonMember> members, const CheckRequest& request,
                             const CompiledContract& contract);
  /// Whether records of the contract can be checked by their members.
  static bool TakesMembers(const CompiledContract& contract);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// Errors of one record by itself, given as JSON text; empty = it would pass. `operation` is what it does unless the
/// record says it; then it is what the record says. For single records away from the hot path.
std::vector<FieldError> CheckRecord(std::string_view record, const CompiledContract& contract, Operation& operation);

}  // namespace tarn::contract
