// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bronze line: a record's bytes with the server's members spliced in behind its last one (lake.md §3.2,
// docs/formats/bronze-line.md). Writer and parser of that one format; thread-compatible.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "lake/offset.h"

namespace tarn::bronze {

class CsvObject;

/// A record as bronze keeps it, whether it comes from a landed line or from the node's log. Views belong to the giver.
struct StoredRecord {
  std::string_view payload;  ///< JSON object text as sent; the raw line when it was no object
  CsvObject* csv = nullptr;  ///< Payloads::kMembers: has the payload instead
  bool is_object = true;
  Timestamp insert_date;
  lake::Offset offset;
  std::string_view request_id;
  uint64_t schema_version = 0;
  std::string_view operation;    ///< "upsert", "delete" or "truncate"
  std::string_view disposition;  ///< "valid", "unchecked" or "quarantined"
  std::string_view replay_of;    ///< quarantine id, mostly empty
};

/// Writes lines of one endpoint, each ended by LF.
class LineWriter {
 public:
  LineWriter(std::string_view domain, std::string_view table);
  void Append(const StoredRecord& record, std::string& out);

 private:
  const std::string names_;  ///< the _domain and _endpoint members
  Timestamp last_date_{-1};
  std::string last_date_text_;
};

/// Reads lines of one object.
class LineReader {
 public:
  LineReader() = default;
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// Reads one line (without its LF) in place: the byte behind the payload is overwritten so that the payload is a JSON
  /// object again. Views of the result point into `line` or into the reader, until it reads the next one. kCorrupt for
  /// any other text.
  Result<StoredRecord> Read(char* line, size_t length);

 private:
  Result<StoredRecord> ReadMembers(char* line, size_t length);
  std::optional<StoredRecord> ReadLikeLast(char* line, size_t length) const;
  void Remember(std::string_view line, size_t members, std::string_view offset, const StoredRecord& record);

  std::string request_id_;  ///< unescaped
  std::string raw_;         ///< unescaped
  /// Lines of one request differ in payload, `_len` and `_offset` only: what stands between these two and behind them
  /// in the line remembered, and what it says.
  std::string before_offset_;
  std::string behind_offset_;
  StoredRecord last_;
};

}  // namespace tarn::bronze
