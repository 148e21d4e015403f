// SPDX-License-Identifier: Apache-2.0
#pragma once
// The frame: one ingest request as the node's log keeps it (durability.md §3.1, docs/formats/log.md): the body
// verbatim, where its records lie in it and what became of each, and for keyed requests the answer. Values and their
// codec; views point into the caller's bytes. Thread-compatible.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "contract/record_checker.h"
#include "lake/offset.h"

namespace tarn::ingest {

inline constexpr uint8_t kFrameVersion = 1;

/// Readable bytes behind every frame handed out, so that record texts may be parsed in place.
inline constexpr size_t kFramePadding = contract::RecordChecker::kPadding;

enum class Disposition : uint8_t {
  kValid = 0,        ///< passed the check: bronze and silver
  kUnchecked = 1,    ///< validate=false and castable: bronze and silver
  kQuarantined = 2,  ///< invalid, kept: bronze and quarantine (status pending)
  kRejected = 3,     ///< refused by strict: quarantine only (status rejected), no bronze row
};

/// "valid", "unchecked", "quarantined", "rejected".
std::string_view DispositionName(Disposition disposition);

/// One record of a frame.
struct RecordView {
  std::string_view raw;  ///< its own bytes in the body; kFramePadding readable bytes follow
  uint32_t index = 0;    ///< position in the request; its offset is first + index
  Disposition disposition = Disposition::kValid;
  contract::Operation operation = contract::Operation::kUpsert;
  bool is_object = true;    ///< false for an NDJSON line that is no JSON object
  std::string_view errors;  ///< JSON array [{"field","message","type"}] of quarantined and rejected records, else empty
};

/// What a keyed request must be answered with again (http-api.md §4, Idempotency-Key).
struct KeyedAnswer {
  std::string_view key;        ///< scope and key, as IdempotencyMap builds it
  std::string_view body_hash;  ///< SHA-256 of body and parameters, 32 bytes
  uint16_t status = 0;
  std::string_view members;  ///< the answer's members, see IngestAnswer
};

/// Everything about a frame but its records and body.
struct FrameHeader {
  lake::Offset first;  ///< of record 0; incarnation comes from the segment
  uint32_t record_count = 0;
  Timestamp insert_date;
  uint32_t generation = 0;
  uint32_t contract_version = 0;
  std::string_view domain;
  std::string_view table;
  std::string_view request_id;

  lake::Offset last() const { return {first.incarnation, first.sequence + record_count - 1}; }
};

/// A decoded frame; every view points into the bytes given to Decode.
class FrameView {
 public:
  /// `bytes` is exactly one frame. kCorrupt when its inner lengths do not fit (checksums are the group's business).
  static Result<FrameView> Decode(std::string_view bytes, uint64_t incarnation);

  const FrameHeader& header() const { return header_; }
  std::string_view body() const { return body_; }
  const std::optional<KeyedAnswer>& keyed() const { return keyed_; }

  /// Record `i` < header().record_count.
  RecordView record(uint32_t i) const;
  lake::Offset offset_of(uint32_t i) const { return {header_.first.incarnation, header_.first.sequence + i}; }

 private:
  std::string_view ErrorsOf(uint32_t i) const;

  FrameHeader header_;
  std::string_view body_;
  std::string_view records_;      ///< fixed-width entries
  std::string_view error_index_;  ///< fixed-width entries, ascending
  std::string_view error_text_;
  std::optional<KeyedAnswer> keyed_;
};

/// Builds the bytes of one frame in two pieces, so that a body is copied once, into the log's buffer: `head`
/// (everything else) and the body behind it. Reused from request to request.
class FrameBuilder {
 public:
  void Begin(std::string_view body);
  /// `errors` is a JSON array for quarantined and rejected records, empty otherwise. `record.raw` lies in the body.
  void AddRecord(const contract::CheckedRecord& record, Disposition disposition, std::string_view errors);
  /// Closes the head. Offset and insert date are set by Stamp once the log has given them.
  void Finish(const FrameHeader& header, const std::optional<KeyedAnswer>& keyed);
  void Stamp(uint64_t first_sequence, Timestamp insert_date);

  uint32_t record_count() const { return record_count_; }
  uint32_t generation() const { return generation_; }
  uint32_t contract_version() const { return contract_version_; }
  std::string_view head() const { return head_; }
  std::string_view body() const { return body_; }
  uint64_t size_bytes() const { return head_.size() + body_.size(); }
  size_t error_bytes() const { return error_text_.size(); }

 private:
  std::string_view body_;
  std::string head_;
  std::string records_;
  std::string error_index_;
  std::string error_text_;
  uint32_t record_count_ = 0;
  uint32_t generation_ = 0;
  uint32_t contract_version_ = 0;
};

}  // namespace tarn::ingest
