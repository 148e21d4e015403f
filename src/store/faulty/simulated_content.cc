// SPDX-License-Identifier: Apache-2.0
#include "store/faulty/simulated_content.h"

#include <algorithm>

namespace tarn::store {
namespace {

/// What a disk writes whole or not at all, mostly.
constexpr uint64_t kSectorBytes = 512;

/// How a crash treats one file: most crashes hit all of it or none, the nasty ones pick sectors.
enum class Mood { kKeepsAll, kLosesAll, kMixes };

Mood MoodOf(uint64_t random) {
  switch (random % 4) {
    case 0:
      return Mood::kKeepsAll;
    case 1:
      return Mood::kLosesAll;
    default:
      return Mood::kMixes;
  }
}

/// Leading bytes of a sector that reach the medium.
uint64_t KeptBytes(Mood mood, uint64_t sector_bytes, Randomness& randomness) {
  if (mood == Mood::kKeepsAll) return sector_bytes;
  if (mood == Mood::kLosesAll) return 0;
  const auto random = randomness.Next();
  if (random % 8 == 0) return random / 8 % sector_bytes;  // torn
  return random % 2 == 0 ? sector_bytes : 0;
}

/// A size change that was not synced: before, after, or on the way.
uint64_t SizeAfterCrash(uint64_t durable, uint64_t visible, Randomness& randomness) {
  const auto [low, high] = std::minmax(durable, visible);
  if (low == high) return low;
  const auto random = randomness.Next();
  switch (random % 4) {
    case 0:
      return durable;
    case 1:
      return low + random / 4 % (high - low + 1);
    default:
      return visible;
  }
}

}  // namespace

void SimulatedContent::Grow(uint64_t size_bytes) {
  if (size_bytes <= visible_.size()) return;
  const auto old_size = visible_.size();
  visible_.resize(size_bytes, '\0');
  unsynced_.Add(old_size, size_bytes);
}

void SimulatedContent::Write(uint64_t offset, std::string_view data) {
  if (data.empty()) return;
  const auto end = offset + data.size();
  Grow(end);
  visible_.replace(offset, data.size(), data);
  unsynced_.Add(offset, end);
  doomed_.Remove(offset, end);
}

void SimulatedContent::Preallocate(uint64_t size_bytes) {
  Grow(size_bytes);
  std::fill_n(visible_.begin(), size_bytes, '\0');
  unsynced_.Add(0, size_bytes);
  doomed_.Remove(0, size_bytes);
  zero_backed_bytes_ = std::max(zero_backed_bytes_, size_bytes);
}

void SimulatedContent::Truncate(uint64_t size_bytes) {
  Grow(size_bytes);
  unsynced_.Remove(size_bytes, visible_.size());
  doomed_.Remove(size_bytes, visible_.size());
  visible_.resize(size_bytes);
  zero_backed_bytes_ = std::min(zero_backed_bytes_, size_bytes);
}

void SimulatedContent::Sync() {
  durable_.resize(visible_.size(), '\0');
  for (const auto& [begin, end] : unsynced_.ranges())
    durable_.replace(begin, end - begin, visible_, begin, end - begin);
  unsynced_.Clear();
}

void SimulatedContent::FailSync() {
  doomed_.AddAll(unsynced_);
  unsynced_.Clear();
}

std::string SimulatedContent::AfterCrash(uint64_t size_bytes, Randomness& randomness) const {
  auto after = durable_;
  after.resize(size_bytes, '\0');
  const bool garbage = randomness.Next() % 2 == 0;
  for (auto at = std::max<uint64_t>(durable_.size(), zero_backed_bytes_); garbage && at < size_bytes; ++at) {
    after[at] = static_cast<char>(randomness.Next());
  }
  auto lost = unsynced_;
  lost.AddAll(doomed_);
  const auto mood = MoodOf(randomness.Next());
  const auto limit = std::min<uint64_t>(size_bytes, visible_.size());
  for (const auto& [begin, end] : lost.ranges()) {
    const auto last = std::min(end, limit);
    for (auto at = begin; at < last;) {
      const auto sector_end = std::min(last, (at / kSectorBytes + 1) * kSectorBytes);
      const auto kept = KeptBytes(mood, sector_end - at, randomness);
      after.replace(at, kept, visible_, at, kept);
      at = sector_end;
    }
  }
  return after;
}

void SimulatedContent::Crash(Randomness& randomness) {
  const bool touched = !unsynced_.empty() || !doomed_.empty() || visible_.size() != durable_.size();
  if (touched) durable_ = AfterCrash(SizeAfterCrash(durable_.size(), visible_.size(), randomness), randomness);
  visible_ = durable_;
  unsynced_.Clear();
  doomed_.Clear();
}

}  // namespace tarn::store
