// SPDX-License-Identifier: Apache-2.0
#pragma once
// The un-landed tail: which synced frames of which endpoint lie where in the log (durability.md §3.3, §3.5). Memory
// holds the index only; frames are read back from the segments. Bronze lands from here, readers of bronze see what is
// not landed yet. Thread-safe; owned by the NodeLog (or by an abandoned log opened for recovery).

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ingest/frame.h"
#include "ingest/segment.h"
#include "lake/offset.h"

namespace tarn::ingest {

struct EndpointKey {
  std::string domain;
  std::string table;
  auto operator<=>(const EndpointKey&) const = default;
};

/// Where one frame lies and what it holds.
struct FrameRef {
  uint64_t segment = 0;
  uint32_t file_offset = 0;
  uint32_t size_bytes = 0;
  lake::Offset first;
  uint32_t record_count = 0;
  uint32_t generation = 0;
  uint32_t contract_version = 0;
  Timestamp insert_date;

  lake::Offset last() const { return {first.incarnation, first.sequence + record_count - 1}; }
};

/// What an endpoint has un-landed.
struct TailState {
  uint64_t frames = 0;
  uint64_t bytes = 0;
  std::chrono::steady_clock::time_point first_at{};  ///< when the oldest un-landed frame became visible; for cutting
  lake::Offset first;                                ///< first record; meaningful when frames > 0
  lake::Offset last;                                 ///< last record; meaningful when frames > 0
};

/// Frames of one endpoint, oldest first, pinned: their segments stay until the pin is gone. Movable.
class TailPin {
 public:
  TailPin() = default;
  TailPin(TailPin&&) noexcept = default;
  TailPin& operator=(TailPin&&) noexcept = default;

  const std::vector<FrameRef>& frames() const { return frames_; }
  uint64_t bytes() const { return bytes_; }
  bool empty() const { return frames_.empty(); }

 private:
  friend class Tail;
  friend class FrameReader;
  std::vector<FrameRef> frames_;
  std::map<uint64_t, SegmentPin> segments_;
  uint64_t bytes_ = 0;
};

/// Reads pinned frames one after the other, in few large reads. The pin outlives the reader; thread-compatible.
class FrameReader {
 public:
  /// Frames [begin, end) of the pin.
  FrameReader(const TailPin& pin, size_t begin, size_t end);
  explicit FrameReader(const TailPin& pin) : FrameReader(pin, 0, pin.frames().size()) {}

  /// The next frame, valid until the next call; nullptr at the end. kCorrupt names segment and file offset.
  Result<const FrameView*> Next();

 private:
  Status Fill();

  const TailPin& pin_;
  size_t next_ = 0;
  size_t end_ = 0;
  size_t buffered_end_ = 0;     ///< frames [next_, buffered_end_) are in buffer_
  uint64_t buffer_offset_ = 0;  ///< file offset of buffer_[0]
  std::string buffer_;
  FrameView frame_;
};

/// Hears about new frames. Called on the log's thread between a sync and its acknowledgements: must return at once.
class TailListener {
 public:
  virtual ~TailListener() = default;
  /// Once per group and endpoint that got frames.
  virtual void OnFramesSynced(const EndpointKey& endpoint, const TailState& state) = 0;
  /// Half of the un-landed bound is reached: every endpoint should be cut now (durability.md §3.5).
  virtual void OnPressure() = 0;
};

class Tail {
 public:
  /// Frames from the oldest un-landed one up to the synced mark, at most `max_bytes` of them (at least one frame).
  /// To read bronze and tail together: pin first, then read the bronze log, then skip frames it already has.
  TailPin Pin(std::string_view domain, std::string_view table, uint64_t max_bytes = UINT64_MAX) const;

  TailState StateOf(std::string_view domain, std::string_view table) const;

  /// Endpoints with un-landed frames.
  std::vector<EndpointKey> Endpoints() const;

  /// Frames whose last record is at or below `upto` are durable in bronze, quarantine objects included.
  void ReleaseLanded(std::string_view domain, std::string_view table, lake::Offset upto);

  /// At most one; set before the first frame, nullptr before it dies.
  void SetListener(TailListener* listener);

  /// Bytes of all un-landed frames.
  uint64_t unlanded_bytes() const;

  // For the log and replay:

  /// Runs after each ReleaseLanded, under no lock; set before anybody releases.
  void OnRelease(std::function<void()> on_release) { on_release_ = std::move(on_release); }

  struct SyncedFrame {
    uint32_t endpoint = 0;  ///< IdOf
    FrameRef ref;
  };
  /// A small number for an endpoint, stable for the life of the tail.
  uint32_t IdOf(std::string_view domain, std::string_view table);
  void AddSegment(std::shared_ptr<Segment> segment);
  /// Makes frames visible, in offset order.
  void AddSynced(const std::vector<SyncedFrame>& frames, std::chrono::steady_clock::time_point now);
  /// Tells the listener what AddSynced brought.
  void Announce(const std::vector<SyncedFrame>& frames);
  void AnnouncePressure();
  /// Counts a written group into its segment.
  void NoteGroup(uint64_t segment, uint64_t used_bytes);
  /// Number of the oldest segment; 0 = there is none.
  uint64_t OldestSegment() const;
  /// Number of the oldest segment when all its frames are landed and it is below `before`; nullopt otherwise.
  std::optional<uint64_t> Retirable(uint64_t before) const;
  /// Takes that segment out once nobody pins it, else nullptr.
  std::shared_ptr<Segment> TakeRetired(uint64_t segment);
  /// Bytes of groups from the oldest segment on: what landing still has to free.
  uint64_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }

 private:
  struct EndpointTail {
    EndpointKey key;
    std::deque<FrameRef> frames;
    uint64_t bytes = 0;
    /// Since when records from an offset on are visible; one mark for several frames.
    std::deque<std::pair<lake::Offset, std::chrono::steady_clock::time_point>> marks;
    uint64_t announcement = 0;
  };
  const EndpointTail* Find(std::string_view domain, std::string_view table) const;
  static TailState StateOf(const EndpointTail& endpoint);

  mutable std::mutex mutex_;
  struct KeyOrder {
    using is_transparent = void;
    using Names = std::pair<std::string_view, std::string_view>;
    static Names NamesOf(const EndpointKey& key) { return {key.domain, key.table}; }
    static Names NamesOf(const Names& names) { return names; }
    bool operator()(const auto& a, const auto& b) const { return NamesOf(a) < NamesOf(b); }
  };
  std::map<EndpointKey, uint32_t, KeyOrder> ids_;
  std::deque<EndpointTail> endpoints_;
  std::map<uint64_t, std::shared_ptr<Segment>> segments_;
  uint64_t unlanded_bytes_ = 0;
  std::atomic<uint64_t> held_bytes_{0};
  std::function<void()> on_release_;
  TailListener* listener_ = nullptr;
  uint64_t announcement_ = 0;
};

}  // namespace tarn::ingest
