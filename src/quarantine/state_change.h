// SPDX-License-Identifier: Apache-2.0
#pragma once
// One entry of the log of what was done with refused records (durability.md §6). Plain value and its JSON codec
// (docs/formats/quarantine.md).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/json.h"
#include "quarantine/entry.h"

namespace tarn::quarantine {

struct StateChange {
  std::string id;  ///< random; tells our own entry after a lost answer
  Timestamp at;
  std::vector<std::string> records;
  std::string status;                   ///< what they are from now on: kReplayed or kDiscarded; empty = only edited
  std::optional<EntryObject> payloads;  ///< edited or replayed records as they are now, in the order of `records`
  uint64_t generation = 0;              ///< kReplayed: of the contract that the payloads were checked by
  uint64_t contract_version = 0;        ///< kReplayed
  /// Key of an object that an earlier entry names: `payloads` takes its place, with records erased (durability.md §6).
  std::string replaces{};
};

std::string EncodeStateChange(const StateChange& change);
Result<StateChange> DecodeStateChange(std::string_view text);

codec::Json EntryObjectToJson(const EntryObject& object);
/// Throws codec::Json::exception on a shape that does not fit.
EntryObject EntryObjectFromJson(const codec::Json& json);

}  // namespace tarn::quarantine
