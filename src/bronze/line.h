// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bronze line: a record's bytes with the server's members spliced in behind its last one (lake.md §3.2,
// docs/formats/bronze-line.md). Writer and parser of that one format; thread-compatible.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "lake/offset.h"

namespace tarn::bronze {

/// A record as bronze keeps it, whether it comes from a landed line or from the node's log. Views belong to the giver.
struct StoredRecord {
  std::string_view payload;  ///< JSON object text as sent; the raw line when it was no object
  bool is_object = true;
  Timestamp insert_date;
  lake::Offset offset;
  std::string_view request_id;
  uint64_t schema_version = 0;
  std::string_view operation;    ///< "upsert" or "delete"
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

/// Unescaped texts of the line read last; reused from line to line.
struct LineScratch {
  std::string request_id;
  std::string raw;
};

/// Reads one line (without its LF) in place: the byte behind the payload is overwritten so that the payload is a JSON
/// object again. Views of the result point into `line` or into `scratch`. kCorrupt for any other text.
Result<StoredRecord> ParseLine(char* line, size_t length, LineScratch& scratch);

}  // namespace tarn::bronze
