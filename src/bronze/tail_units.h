// SPDX-License-Identifier: Apache-2.0
#pragma once
// The un-landed tail as units of bronze: synced frames of the node's log, read back from its segments (lake.md §3.3).
// Units share one pin, which keeps the segments from being recycled. Thread-safe.

#include <memory>
#include <vector>

#include "bronze/record_feed.h"
#include "ingest/tail.h"
#include "quarantine/quarantine.h"

namespace tarn::bronze {

using TailPinPtr = std::shared_ptr<const ingest::TailPin>;

/// Index of the first frame of the pin behind `landed` (all of them without one).
size_t FirstUnlanded(const ingest::TailPin& pin, const std::optional<lake::Offset>& landed);

/// Record of a frame as bronze keeps it; nullopt for a rejected one, which is not in bronze.
std::optional<StoredRecord> ToStored(const ingest::FrameView& frame, uint32_t index);

/// Quarantine entry of a quarantined or rejected record; nullopt for others.
Result<std::optional<quarantine::Entry>> ToQuarantineEntry(const ingest::FrameView& frame, uint32_t index);

/// Frames from `begin` on, in pieces that several threads can read.
Result<std::vector<RecordUnit>> TailUnits(const TailPinPtr& pin, size_t begin);

/// Refused records of frames from `begin` on; no unit when there are none.
Result<std::vector<quarantine::EntryUnit>> TailQuarantine(const TailPinPtr& pin, size_t begin);

}  // namespace tarn::bronze
