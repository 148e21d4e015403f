// SPDX-License-Identifier: Apache-2.0
#pragma once
// Iceberg has no transactions and no field metadata: what the model has of both lives in table properties under
// "tarn.", set in the metadata of the same commit (durability.md §5, §7). Stateless; format page:
// docs/formats/iceberg.md.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::table::iceberg {

/// Table property in which a create or upgrade intent asks for a format version; Iceberg never stores it.
inline constexpr const char* kFormatVersionProperty = "format-version";

/// Table property of a mirror (docs/formats/iceberg.md): its data files are those of a table in another format.
inline constexpr const char* kMirrorOfProperty = "tarn.mirror-of";

/// Property of an application id's version in the table at `location` (key prefix): "tarn-bronze" is
/// "tarn.bronze-position", "tarn-side" is "tarn.side", the job that owns the table (its id ends the location) is
/// "tarn.run", anybody else "tarn.txn.{application id}".
std::string TransactionProperty(std::string_view app_id, std::string_view location);

/// Whether a property, or a member of a snapshot's summary, is a transaction's.
bool IsTransactionProperty(std::string_view name);

/// Versions by application id out of the table's properties. kCorrupt for one that is no integer.
Result<std::map<std::string, int64_t>> TransactionsOf(const StringMap& properties, std::string_view location);

/// "{version}:{commit id}" of our newest commit; says nothing of a version that somebody else made.
std::string CommitMark(int64_t version, std::string_view commit_id);
std::string CommitIdOf(const StringMap& properties, int64_t version);

/// Ids of the columns that hold JSON text.
std::set<int32_t> JsonFieldsOf(const StringMap& properties);

/// Puts mark and ids into the properties; no ids remove the property.
void SetCommitMark(int64_t version, std::string_view commit_id, StringMap& properties);
void SetJsonFields(const std::set<int32_t>& ids, StringMap& properties);

/// The properties without those above, as the model shows them.
StringMap VisibleProperties(const StringMap& properties);

}  // namespace tarn::table::iceberg
