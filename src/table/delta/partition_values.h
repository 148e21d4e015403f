// SPDX-License-Identifier: Apache-2.0
#pragma once
// Partition values of add actions (Delta protocol, "Partition Value Serialization") <-> constants of data files. The
// partition columns of a Delta table are in no data file. Immutable after construction.

#include <string>
#include <vector>

#include "base/result.h"
#include "table/delta/actions.h"
#include "table/snapshot.h"

namespace tarn::table::delta {

class PartitionColumns {
 public:
  /// kCorrupt when a partition column is not in the schema, kUnsupported when its type has no text form.
  static Result<PartitionColumns> Of(const Metadata& metadata, const Schema& schema);

  /// Sets the file's constants. An absent value and an empty text are NULL. kCorrupt for a text that is no value.
  Status Decode(const PartitionValues& values, DataFile& file) const;

  /// kInvalidArgument when the file has no constant for a partition column, or one without a text form.
  Result<PartitionValues> Encode(const DataFile& file) const;

 private:
  struct Column {
    int32_t id = 0;
    std::string name;
    std::string stored_name;
    DataType type;
  };
  std::vector<Column> columns_;
};

}  // namespace tarn::table::delta
