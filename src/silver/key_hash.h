// SPDX-License-Identifier: Apache-2.0
#pragma once
// Keys as 64-bit numbers that are the same in every process and every later build, so that they may be stored
// (docs/formats/key-filter.md). Stateless.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/query_engine.h"
#include "table/batch.h"
#include "table/types.h"

namespace tarn::silver {

/// Hash of one row's key. Values that SQL holds for equal have one hash; no part may be NULL, nested ones do not count.
uint64_t HashKey(std::span<const table::ColumnView> key, size_t row);

/// HashKey of every row of a stream of key columns; rows where a part is NULL are left out.
Result<std::vector<uint64_t>> ReadKeyHashes(engine::ResultStream& stream);
Result<std::vector<uint64_t>> ReadKeyHashes(engine::RowReader& rows);

/// Which columns of which types `key` is made of: hashes under another fingerprint tell nothing.
uint64_t KeyFingerprint(const table::Schema& schema, const std::vector<std::string>& key);

}  // namespace tarn::silver
