// SPDX-License-Identifier: Apache-2.0
#include "contract/compatibility.h"

#include "contract/row_decoder.h"

namespace tarn::contract {
namespace {

const Column* FindColumn(const Contract& contract, const std::string& name) {
  for (const auto& column : contract.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

}  // namespace

std::vector<IncompatibleChange> CompareContracts(const Contract& before, const Contract& after) {
  std::vector<IncompatibleChange> changes;
  for (const auto& old : before.columns) {
    const auto* now = FindColumn(after, old.name);
    if (old.primary_key != (now != nullptr && now->primary_key)) {
      changes.push_back({old.name, "primary_key", "stored rows are kept one per value of the present key"});
    }
    if (now == nullptr || StorageType(old) == StorageType(*now)) continue;
    if (old.primary_key || !IsWidening(StorageType(old), StorageType(*now))) {
      changes.push_back(
          {old.name, "type", TypeWord(old) + " cannot become " + TypeWord(*now) + " without losing values"});
    }
  }
  for (const auto& column : after.columns) {
    if (column.primary_key && FindColumn(before, column.name) == nullptr) {
      changes.push_back({column.name, "primary_key", "stored rows have no value for a new key column"});
    }
  }
  if (before.sequence_by != after.sequence_by) {
    changes.push_back({after.sequence_by.value_or(before.sequence_by.value_or("")), "sequence_by",
                       "stored rows and deletions are ordered by the present sequence"});
  }
  if (before.history != after.history) {
    changes.push_back({"", "history", "stored rows are kept one per key or one per version of a key, not both"});
  }
  if (before.envelope != after.envelope) {
    changes.push_back({"", "envelope", "stored records are read by the present envelope"});
  }
  if (before.soft_delete && !after.soft_delete) {
    changes.push_back({"", "soft_delete", "rows that are marked as deleted would be rows again"});
  }
  return changes;
}

}  // namespace tarn::contract
