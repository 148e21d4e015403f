// SPDX-License-Identifier: Apache-2.0
#include "lake/seat.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "lake/data_dir.h"
#include "lake/keys.h"

namespace tarn::lake {
namespace {

/// Starts that race for a number before the seat is given up.
constexpr int kTakeAttempts = 16;

/// Earlier incarnations a data directory remembers.
constexpr size_t kMaxPrevious = 1'000;

/// Numbers of a series may be collected a day after they were superseded; a look this old is renewed by a LIST.
constexpr auto kListInterval = std::chrono::hours(1);

struct Found {
  uint64_t number = 0;
  NodeEntry entry;
};

/// One try to take the seat after another node or process was faster.
class Taking {
 public:
  Taking(store::Series& series, store::Disk& disk, Clock& clock, Randomness& randomness, const SeatRequest& request)
      : series_(series), disk_(disk), clock_(clock), randomness_(randomness), request_(request) {}

  Result<NodeIdentity> Identify() {
    auto identity = ReadNodeIdentity(disk_, request_.data_dir);
    if (!identity && identity.error().code == ErrorCode::kNotFound) {
      TARN_ASSIGN(const auto has_log, disk_.Exists(request_.data_dir + "/log"));
      if (has_log) {
        return Fail(ErrorCode::kCorrupt, "the data directory has a log but no node.json: " + request_.data_dir);
      }
      identity = NodeIdentity{request_.lake_id, NewUuid(randomness_)};
      TARN_TRY(WriteNodeIdentity(disk_, request_.data_dir, *identity));
    }
    if (!identity) return identity;
    if (identity->lake_id != request_.lake_id) {
      return Fail(ErrorCode::kFailedPrecondition, "the data directory belongs to lake " + identity->lake_id +
                                                      ", not to " + request_.lake_id + ": " + request_.data_dir);
    }
    node_id_ = identity->node_id;
    TARN_ASSIGN(journal_, ReadIncarnations(disk_, request_.data_dir));
    return identity;
  }

  /// The new incarnation; nullopt when somebody else took its number.
  Result<std::optional<uint64_t>> Try() {
    TARN_ASSIGN(const auto head, series_.Head());
    if (head) TARN_TRY(CheckHead(*head));
    const uint64_t n = head.value_or(series_.name().first_number - 1) + 1;
    const NodeEntry entry{node_id_, NewUuid(randomness_), clock_.Now()};
    journal_.intents.push_back({n, entry.random_id});
    TARN_TRY(WriteIncarnations(disk_, request_.data_dir, journal_));
    TARN_CRASH_POINT("seat.intent_written");
    const auto put = series_.Put(n, EncodeNodeEntry(entry));
    if (!put && put.error().code == ErrorCode::kConflict) return std::optional<uint64_t>();
    if (!put) return Fail(put.error());
    TARN_CRASH_POINT("seat.taken");
    return std::optional(n);
  }

  const std::vector<uint64_t>& previous() const { return journal_.previous; }

 private:
  Status CheckHead(uint64_t head) {
    TARN_ASSIGN(const auto last, ReadEntry(head));
    if (last.node_id != node_id_ && !request_.take_over) {
      return Fail(ErrorCode::kFailedPrecondition,
                  "the lake was last served by node " + last.node_id + " (incarnation " + std::to_string(head) +
                      ", since " + FormatTimestamp(last.started_at) +
                      "), whose records that are not landed live on its own disk; stop it, land them there with `tarn "
                      "recover` if it is gone for good, then start with --take-over");
    }
    TARN_ASSIGN(const auto mine, NewestOfMine(head, last));
    if (!mine) return {};
    const auto known = std::ranges::find_if(journal_.intents, [&](const IncarnationIntent& intent) {
      return intent.number == mine->number && intent.random_id == mine->entry.random_id;
    });
    if (known == journal_.intents.end()) {
      return Fail(ErrorCode::kFailedPrecondition, "the data directory is a copy or an older state of node " + node_id_ +
                                                      ": incarnation " + std::to_string(mine->number) +
                                                      " was started from another directory: " + request_.data_dir);
    }
    Confirm(mine->number);
    return {};
  }

  /// An earlier start of this node; intents below it can no longer come true.
  void Confirm(uint64_t number) {
    std::erase_if(journal_.intents, [&](const IncarnationIntent& intent) { return intent.number < number; });
    auto& previous = journal_.previous;
    if (!previous.empty() && previous.back() == number) return;
    previous.push_back(number);
    if (previous.size() > kMaxPrevious) previous.erase(previous.begin());
  }

  Result<std::optional<Found>> NewestOfMine(uint64_t head, const NodeEntry& last) {
    if (last.node_id == node_id_) return std::optional(Found{head, last});
    // A directory that never held the seat has nothing to find among the entries of others.
    if (journal_.intents.empty()) return std::optional<Found>();
    TARN_ASSIGN(const auto numbers, series_.Numbers(journal_.intents.front().number));
    for (auto n = numbers.rbegin(); n != numbers.rend(); ++n) {
      TARN_ASSIGN(auto entry, ReadEntry(*n));
      if (entry.node_id == node_id_) return std::optional(Found{*n, std::move(entry)});
    }
    return std::optional<Found>();
  }

  Result<NodeEntry> ReadEntry(uint64_t n) {
    TARN_ASSIGN(const auto body, series_.Read(n));
    auto entry = DecodeNodeEntry(body);
    if (!entry) return Fail(std::move(entry).error().In(series_.name().KeyOf(n)));
    return entry;
  }

  store::Series& series_;
  store::Disk& disk_;
  Clock& clock_;
  Randomness& randomness_;
  const SeatRequest& request_;
  std::string node_id_;
  IncarnationJournal journal_;
};

}  // namespace

Seat::Seat(store::ObjectStore& store, Clock& clock, std::string data_dir)
    : store_(store),
      clock_(clock),
      data_dir_(std::move(data_dir)),
      series_(store, NodesSeries(), clock),
      listed_at_(clock.Steady()) {}

Result<std::unique_ptr<Seat>> Seat::Take(store::ObjectStore& store, store::Disk& disk, Clock& clock,
                                         Randomness& randomness, const SeatRequest& request) {
  std::unique_ptr<Seat> seat(new Seat(store, clock, request.data_dir));
  TARN_TRY(disk.MakeDirectories(request.data_dir));
  auto lock = disk.Lock(request.data_dir + "/lock");
  if (!lock && lock.error().code == ErrorCode::kFailedPrecondition) {
    return Fail(ErrorCode::kFailedPrecondition, "the data directory is in use by another process: " + request.data_dir);
  }
  if (!lock) return Fail(lock.error());
  seat->lock_ = *std::move(lock);
  Taking taking(seat->series_, disk, clock, randomness, request);
  TARN_ASSIGN(seat->identity_, taking.Identify());
  for (int attempt = 0; attempt < kTakeAttempts; ++attempt) {
    TARN_ASSIGN(const auto taken, taking.Try());
    if (!taken) continue;
    seat->incarnation_ = *taken;
    seat->previous_ = taking.previous();
    LogInfo("seat taken", {{"node_id", seat->node_id()}, {"incarnation", *taken}});
    return seat;
  }
  return Fail(ErrorCode::kConflict, "other nodes keep taking the seat of this lake");
}

Status Seat::CheckStillMine() {
  if (lost_.load(std::memory_order_acquire)) {
    return Fail(ErrorCode::kFailedPrecondition, "this process has lost the seat of the lake");
  }
  const auto next = store_.Head(series_.name().KeyOf(incarnation_ + 1));
  if (next) return Lose(incarnation_ + 1);
  if (next.error().code != ErrorCode::kNotFound) return Fail(next.error());
  {
    const std::lock_guard lock(mutex_);
    if (clock_.Steady() - listed_at_ < kListInterval) return {};
  }
  TARN_ASSIGN(const auto head, series_.Head());
  if (head && *head > incarnation_) return Lose(*head);
  const std::lock_guard lock(mutex_);
  listed_at_ = clock_.Steady();
  return {};
}

Status Seat::Lose(uint64_t found) {
  const Error error{ErrorCode::kFailedPrecondition,
                    "another process has taken the seat of the lake: incarnation " + std::to_string(found),
                    {}};
  if (!lost_.exchange(true) && on_lost_) on_lost_(error);
  return Fail(error);
}

}  // namespace tarn::lake
