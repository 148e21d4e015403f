// SPDX-License-Identifier: Apache-2.0
#include "ingest/tail.h"

#include <utility>

namespace tarn::ingest {
namespace {

/// How exactly TailState::first_at is known.
constexpr auto kMarkInterval = std::chrono::milliseconds(10);

}  // namespace

const Tail::EndpointTail* Tail::Find(std::string_view domain, std::string_view table) const {
  const auto found = ids_.find(KeyOrder::Names(domain, table));
  return found == ids_.end() ? nullptr : &endpoints_[found->second];
}

TailState Tail::StateOf(const EndpointTail& endpoint) {
  TailState state;
  state.frames = endpoint.frames.size();
  state.bytes = endpoint.bytes;
  if (!endpoint.frames.empty()) {
    state.first = endpoint.frames.front().first;
    state.last = endpoint.frames.back().last();
    state.first_at = endpoint.marks.front().second;
  }
  return state;
}

TailPin Tail::Pin(std::string_view domain, std::string_view table, uint64_t max_bytes) const {
  TailPin pin;
  const std::lock_guard lock(mutex_);
  const auto* endpoint = Find(domain, table);
  if (endpoint == nullptr) return pin;
  if (max_bytes >= endpoint->bytes) pin.frames_.reserve(endpoint->frames.size());
  for (const auto& frame : endpoint->frames) {
    if (!pin.frames_.empty() && pin.bytes_ + frame.size_bytes > max_bytes) break;
    pin.frames_.push_back(frame);
    pin.bytes_ += frame.size_bytes;
    if (!pin.segments_.contains(frame.segment)) {
      pin.segments_.emplace(frame.segment, SegmentPin(segments_.at(frame.segment)));
    }
  }
  return pin;
}

TailState Tail::StateOf(std::string_view domain, std::string_view table) const {
  const std::lock_guard lock(mutex_);
  const auto* endpoint = Find(domain, table);
  return endpoint == nullptr ? TailState() : StateOf(*endpoint);
}

std::vector<EndpointKey> Tail::Endpoints() const {
  std::vector<EndpointKey> keys;
  const std::lock_guard lock(mutex_);
  for (const auto& endpoint : endpoints_) {
    if (!endpoint.frames.empty()) keys.push_back(endpoint.key);
  }
  return keys;
}

void Tail::ReleaseLanded(std::string_view domain, std::string_view table, lake::Offset upto) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = ids_.find(KeyOrder::Names(domain, table));
    if (found == ids_.end()) return;
    auto& endpoint = endpoints_[found->second];
    while (!endpoint.frames.empty() && endpoint.frames.front().last() <= upto) {
      const auto& frame = endpoint.frames.front();
      endpoint.bytes -= frame.size_bytes;
      unlanded_bytes_ -= frame.size_bytes;
      --segments_.at(frame.segment)->unlanded_frames;
      endpoint.frames.pop_front();
    }
    auto& marks = endpoint.marks;
    if (endpoint.frames.empty()) {
      endpoint.frames.shrink_to_fit();
      marks.clear();
    }
    while (marks.size() > 1 && marks[1].first <= endpoint.frames.front().first) marks.pop_front();
  }
  if (on_release_) on_release_();
}

void Tail::SetListener(TailListener* listener) {
  const std::lock_guard lock(mutex_);
  listener_ = listener;
}

uint64_t Tail::unlanded_bytes() const {
  const std::lock_guard lock(mutex_);
  return unlanded_bytes_;
}

uint32_t Tail::IdOf(std::string_view domain, std::string_view table) {
  const std::lock_guard lock(mutex_);
  const auto found = ids_.find(KeyOrder::Names(domain, table));
  if (found != ids_.end()) return found->second;
  const auto id = static_cast<uint32_t>(endpoints_.size());
  auto& endpoint = endpoints_.emplace_back();
  endpoint.key = {std::string(domain), std::string(table)};
  ids_.emplace(endpoint.key, id);
  return id;
}

void Tail::AddSegment(std::shared_ptr<Segment> segment) {
  const std::lock_guard lock(mutex_);
  const auto number = segment->number();
  held_bytes_ += segment->used_bytes;
  segments_.emplace(number, std::move(segment));
}

void Tail::AddSynced(const std::vector<SyncedFrame>& frames, std::chrono::steady_clock::time_point now) {
  const std::lock_guard lock(mutex_);
  Segment* segment = nullptr;
  for (const auto& [id, frame] : frames) {
    if (segment == nullptr || segment->number() != frame.segment) segment = segments_.at(frame.segment).get();
    ++segment->unlanded_frames;
    auto& endpoint = endpoints_[id];
    auto& marks = endpoint.marks;
    if (marks.empty() || now - marks.back().second >= kMarkInterval) marks.emplace_back(frame.first, now);
    endpoint.frames.push_back(frame);
    endpoint.bytes += frame.size_bytes;
    unlanded_bytes_ += frame.size_bytes;
  }
}

void Tail::Announce(const std::vector<SyncedFrame>& frames) {
  TailListener* listener = nullptr;
  std::vector<std::pair<EndpointKey, TailState>> news;
  {
    const std::lock_guard lock(mutex_);
    listener = listener_;
    if (listener == nullptr) return;
    ++announcement_;
    for (const auto& [id, frame] : frames) {
      auto& endpoint = endpoints_[id];
      if (std::exchange(endpoint.announcement, announcement_) == announcement_) continue;
      news.emplace_back(endpoint.key, StateOf(endpoint));
    }
  }
  for (const auto& [key, state] : news) listener->OnFramesSynced(key, state);
}

void Tail::AnnouncePressure() {
  TailListener* listener = nullptr;
  {
    const std::lock_guard lock(mutex_);
    listener = listener_;
  }
  if (listener != nullptr) listener->OnPressure();
}

void Tail::NoteGroup(uint64_t segment, uint64_t used_bytes) {
  const std::lock_guard lock(mutex_);
  auto& written = *segments_.at(segment);
  held_bytes_ += used_bytes - written.used_bytes;
  written.used_bytes = used_bytes;
}

uint64_t Tail::OldestSegment() const {
  const std::lock_guard lock(mutex_);
  return segments_.empty() ? 0 : segments_.begin()->first;
}

std::optional<uint64_t> Tail::Retirable(uint64_t before) const {
  const std::lock_guard lock(mutex_);
  if (segments_.empty()) return std::nullopt;
  const auto& [number, segment] = *segments_.begin();
  if (number >= before || segment->unlanded_frames > 0) return std::nullopt;
  return number;
}

std::shared_ptr<Segment> Tail::TakeRetired(uint64_t segment) {
  const std::lock_guard lock(mutex_);
  const auto found = segments_.find(segment);
  if (found == segments_.end() || found->second->unlanded_frames > 0 || found->second->pinned()) return nullptr;
  held_bytes_ -= found->second->used_bytes;
  auto taken = std::move(found->second);
  segments_.erase(found);
  return taken;
}

}  // namespace tarn::ingest
