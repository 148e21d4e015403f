// SPDX-License-Identifier: Apache-2.0
#include "contract/compatibility.h"

#include <algorithm>

#include "contract/row_decoder.h"

namespace tarn::contract {
namespace {

const Column* FindColumn(const Contract& contract, const std::string& name) {
  for (const auto& column : contract.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

const Column* FindField(const Column& column, const std::string& name) {
  const auto found = std::ranges::find(column.children, name, &Column::name);
  return found == column.children.end() ? nullptr : &*found;
}

/// What keeps one list or struct from taking the values of the other; empty = nothing. `path` leads to both.
std::string WhyNotNested(const Column& old, const Column& now, const std::string& path) {
  if (old.type != now.type || !old.is_nested()) {
    const bool same = StorageType(old) == StorageType(now);
    return same ? "" : path + " is " + TypeWord(old) + ": a type inside a list or struct does not change";
  }
  for (const auto& child : old.children) {
    const auto* kept = FindField(now, child.name);
    const auto below = path + "." + child.name;
    if (kept == nullptr) return below + " is a field that stored rows have: fields are only added";
    if (auto why = WhyNotNested(child, *kept, below); !why.empty()) return why;
  }
  return "";
}

std::string WhyNotType(const Column& old, const Column& now) {
  const auto change = TypeWord(old) + " cannot become " + TypeWord(now);
  if (!old.is_nested() || old.type != now.type) return change + " without losing values";
  return change + ": " + WhyNotNested(old, now, old.name);
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
      changes.push_back({old.name, "type", WhyNotType(old, *now)});
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
