// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which versions have left a table's history although its log still has their entries: their files may be gone an hour
// later, their numbers a day (docs/formats/expiry.md). Answers for single versions without reading all records.
// Thread-compatible.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lake/expiry_record.h"
#include "table/table.h"

namespace tarn::lake {

class ExpiredVersions {
 public:
  /// Knows the records there are at its first answer.
  explicit ExpiredVersions(const table::Table& table) : store_(table.store()), location_(table.location()) {}

  /// Whether a record says that the version left.
  Result<bool> Has(int64_t version);

 private:
  struct Range {
    std::string key;
    int64_t first = 0;
    int64_t last = 0;
    std::optional<ExpiryRecord> record{};  ///< once it was read
  };
  Status List();

  store::ObjectStore& store_;
  const std::string location_;
  std::optional<std::vector<Range>> ranges_;
};

}  // namespace tarn::lake
