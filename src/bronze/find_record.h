// SPDX-License-Identifier: Apache-2.0
#pragma once
// One record of an endpoint by its offset, as bronze has it, and where it lies. Plain value and a free function;
// thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "bronze/bronze.h"
#include "bronze/record_feed.h"
#include "contract/record_checker.h"
#include "lake/offset.h"

namespace tarn::bronze {

struct FoundRecord {
  lake::Offset offset;
  std::string payload;  ///< JSON object text as sent; the raw line when it was no object
  bool is_object = true;
  Timestamp received_at;
  std::string request_id;
  uint64_t generation = 0;  ///< of the contract it was checked by
  uint64_t schema_version = 0;
  std::string operation;                     ///< "upsert" or "delete"
  std::string disposition;                   ///< "valid", "unchecked", "quarantined" or "rejected"
  std::string replay_of;                     ///< quarantine id, mostly empty
  std::vector<contract::FieldError> errors;  ///< of quarantined and rejected ones

  uint64_t position = 0;  ///< number of the bronze-log entry that brought it; 0: still in the node's log
  std::string object;     ///< key of the bronze object (of a rejected one: quarantine object) that holds it
  Timestamp landed_at;    ///< when the entry that names the object was written
  RecordUnit unit;        ///< the object's records; unset when it has not landed or was rejected
};

struct FindRequest {
  Bronze& bronze;
  const ingest::Tail& tail;
  store::ObjectStore& store;
  std::string domain;
  std::string table;
};

/// nullopt: the endpoint has no such record, or it was purged. Reads the endpoint's log, then the frame or the objects
/// of the one entry whose source range covers the offset.
Result<std::optional<FoundRecord>> FindRecord(const FindRequest& request, const lake::Offset& offset);

/// Whether the endpoint's log says that records were erased (bronze/erasing_entry.h) where the offset would lie: one
/// that no endpoint has was one of them.
Result<bool> MayBeErased(Bronze& bronze, const std::string& domain, const std::string& table,
                         const lake::Offset& offset);

}  // namespace tarn::bronze
