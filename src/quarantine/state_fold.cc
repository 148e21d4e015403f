// SPDX-License-Identifier: Apache-2.0
#include "quarantine/state_fold.h"

#include <algorithm>

#include "codec/document.h"

namespace tarn::quarantine {
namespace {

using codec::Json;

constexpr int kVersion = 1;

/// Throws codec::Json::exception on a shape that does not fit.
void ReadStates(const Json& json, StateFold& fold) {
  for (const auto& item : json) {
    RecordState state{item.at(1), {}};
    if (item.size() > 2) state.payloads = item.at(2).get<size_t>();
    fold.states.emplace(item.at(0).get<std::string>(), std::move(state));
  }
}

bool Fits(const StateFold& fold) {
  return std::ranges::all_of(fold.states, [&](const auto& item) {
    return !item.second.payloads || *item.second.payloads < fold.objects.size();
  });
}

/// Throws Json::exception on another shape.
Result<StateFold> FoldFromJson(const Json& json) {
  StateFold fold;
  fold.head = json.at("head");
  for (const auto& object : json.at("objects")) fold.objects.push_back(EntryObjectFromJson(object));
  for (const auto& replay : json.at("replays")) {
    const size_t at = replay.at(1);
    if (at >= fold.objects.size()) return Fail(ErrorCode::kCorrupt, "quarantine checkpoint with a strange object");
    fold.replays.push_back({replay.at(0), fold.objects[at], replay.at(2), replay.at(3)});
  }
  ReadStates(json.at("states"), fold);
  if (!Fits(fold)) return Fail(ErrorCode::kCorrupt, "quarantine checkpoint with a strange object");
  return fold;
}

}  // namespace

/// What names the object by its position names what took its place.
void StateFold::Replace(const std::string& key, const EntryObject& object) {
  for (auto& one : objects) {
    if (one.key == key) one = object;
  }
  for (auto& replay : replays) {
    if (replay.payloads.key == key) replay.payloads = object;
  }
}

void StateFold::Add(const StateChange& change) {
  ++head;
  if (!change.replaces.empty() && change.payloads) return Replace(change.replaces, *change.payloads);
  if (change.payloads) objects.push_back(*change.payloads);
  for (const auto& record : change.records) {
    auto& state = states[record];
    if (!change.status.empty()) state.status = change.status;
    if (change.payloads) state.payloads = objects.size() - 1;
  }
  if (change.status == kReplayed && change.payloads) {
    replays.push_back({head, *change.payloads, change.generation, change.contract_version});
  }
}

std::string EncodeStateCheckpoint(const StateFold& fold) {
  auto objects = Json::array();
  for (const auto& object : fold.objects) objects.push_back(EntryObjectToJson(object));
  auto replays = Json::array();
  auto payloads = fold.objects.begin();  // both ascend
  for (const auto& replay : fold.replays) {
    payloads = std::find(payloads, fold.objects.end(), replay.payloads);
    replays.push_back({replay.number, payloads - fold.objects.begin(), replay.generation, replay.contract_version});
  }
  auto states = Json::array();
  for (const auto& [record, state] : fold.states) {
    auto item = Json::array({record, state.status});
    if (state.payloads) item.push_back(*state.payloads);
    states.push_back(std::move(item));
  }
  return Json{{"version", kVersion},
              {"head", fold.head},
              {"objects", std::move(objects)},
              {"replays", std::move(replays)},
              {"states", std::move(states)}}
      .dump();
}

Result<StateFold> DecodeStateCheckpoint(std::string_view text) {
  return codec::ReadDocument(text, {"quarantine checkpoint", kVersion}, FoldFromJson);
}

}  // namespace tarn::quarantine
