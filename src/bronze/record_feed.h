// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stored records one after the other, from a landed object or from the node's log, behind one small shape.
// A feed belongs to one thread.

#include <cstdint>
#include <functional>
#include <memory>

#include "bronze/line.h"
#include "bronze/log_entry.h"
#include "store/object_store.h"

namespace tarn::bronze {

/// Sets the next record, whose views stay valid until the next call and whose payload has
/// RecordChecker::kPadding readable bytes behind it; false at the end.
using RecordFeed = std::function<Result<bool>(StoredRecord& record)>;

/// How records bring their payloads.
enum class Payloads {
  kText,    ///< as text
  kMembers  ///< as StoredRecord::csv where they are no text yet
};

/// A piece of bronze that can be read by itself.
struct RecordUnit {
  uint64_t rows = 0;
  std::function<Result<RecordFeed>(Payloads payloads)> open;
};

/// Lines of one landed object behind the first `skip_rows`; the store outlives the unit. Reading checks size and
/// CRC32C: kCorrupt names the object.
RecordUnit ObjectUnit(store::ObjectStore& store, const LandedObject& object, uint64_t skip_rows = 0);

/// Whole text of a landed object, checked and decompressed.
Result<std::string> ReadLandedObject(store::ObjectStore& store, const LandedObject& object);

}  // namespace tarn::bronze
