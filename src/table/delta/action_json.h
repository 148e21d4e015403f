// SPDX-License-Identifier: Apache-2.0
#pragma once
// Delta log entries: one JSON object a line, one action an object (Delta protocol, "Delta Log Entries"). Stateless;
// format page: docs/formats/delta.md.

#include <string>
#include <string_view>

#include "base/result.h"
#include "table/delta/actions.h"

namespace tarn::table::delta {

/// Lines in the order commitInfo, protocol, metaData, txn, domainMetadata, remove, add; members in a fixed order.
std::string EncodeLogEntry(const ActionSet& actions);

/// Unknown actions and members are skipped. kCorrupt names the line that is no action or lacks a required member, or an
/// entry with two actions that reconcile with each other.
Result<ActionSet> DecodeLogEntry(std::string_view body);

}  // namespace tarn::table::delta
