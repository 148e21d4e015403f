// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which Delta tables we can read and write: protocol versions, table features and the metadata that makes a feature
// active (Delta protocol, "Table Features"). Everything else is refused by name. Stateless.

#include <optional>
#include <string>

#include "base/result.h"
#include "table/delta/actions.h"
#include "table/types.h"

namespace tarn::table::delta {

/// kUnsupported names what we cannot read: a reader feature, a partitioned table, data that is not Parquet.
Status CheckReadable(const Protocol& protocol, const Metadata& metadata);

/// The first thing that keeps us from writing a readable table, nullopt when there is none.
Result<std::optional<std::string>> FindWriteObstacle(const Protocol& protocol, const Metadata& metadata);

/// What a commit does, as far as features care.
struct ChangeKind {
  bool adds = false;
  bool removes = false;
  bool data_change = true;
};

/// kFailedPrecondition for an append-only table, kUnsupported for change data we would have to write.
Status CheckChange(const Protocol& protocol, const Metadata& metadata, ChangeKind change);

/// 1/2, or 3/7 with timestampNtz alone when the schema has a time stamp without zone.
Protocol ProtocolFor(const Schema& schema);

/// `protocol` raised to what `schema` needs; kUnsupported when the table may hold mapped columns already.
Result<Protocol> UpgradeFor(const Protocol& protocol, const Schema& schema);

}  // namespace tarn::table::delta
