// SPDX-License-Identifier: Apache-2.0
#pragma once
// Records into the body of one bronze object, and what the log entry that names it must say of them. One use;
// thread-compatible.

#include <string>

#include "bronze/line.h"
#include "bronze/log_entry.h"
#include "codec/compression.h"
#include "contract/registry.h"
#include "contract/row_decoder.h"

namespace tarn::bronze {

class ObjectBuilder {
 public:
  ObjectBuilder(const std::string& domain, const std::string& table, const contract::EndpointPtr& endpoint)
      : writer_(domain, table), observer_(endpoint) {}

  /// `merges`: it is not quarantined, so that its fields count as columns.
  Status Append(const StoredRecord& record, bool merges);
  /// Adds the object under `key` to the entry, with the unknown fields of all records; returns its body.
  Result<std::string> Finish(const std::string& key, LogEntry& entry);

  uint64_t rows() const { return rows_; }
  const contract::FieldObserver& observer() const { return observer_; }

 private:
  Status Compress();

  LineWriter writer_;
  contract::FieldObserver observer_;
  codec::ZstdWriter zstd_;
  std::string text_;
  uint64_t rows_ = 0;
};

}  // namespace tarn::bronze
