// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a POST or PUT of an endpoint gives (http-api.md §3.1). Plain value.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "contract/contract.h"

namespace tarn::contract {

/// Fields that were given; absent ones keep or default.
struct ContractDraft {
  std::string domain;
  std::string name;
  std::optional<Mode> mode;
  std::vector<Column> columns;
  std::optional<std::string> description;
  std::optional<std::string> sequence_by;
  std::optional<UnknownFields> unknown_fields;
  std::optional<MergeMode> merge_mode;
  std::optional<bool> soft_delete;
  std::optional<History> history;
  std::optional<Envelope> envelope;
  std::optional<std::string> format;
  std::optional<std::string> mirror;
  std::optional<std::chrono::milliseconds> land_interval;
  /// Given as null: by rule again.
  std::optional<std::optional<std::chrono::milliseconds>> tombstone_retention;
  std::optional<std::vector<lake::Export>> exports;
  std::optional<std::optional<std::chrono::milliseconds>> bronze_retention;
  std::optional<std::optional<std::chrono::milliseconds>> quarantine_retention;  ///< given as null: for ever
};

/// Puts the given fields into `contract`, but for its names, mode, format and mirror, which are fixed when it is
/// created.
void Apply(const ContractDraft& draft, Contract& contract);

}  // namespace tarn::contract
