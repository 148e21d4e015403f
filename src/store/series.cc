// SPDX-License-Identifier: Apache-2.0
#include "store/series.h"

#include <algorithm>
#include <charconv>

namespace tarn::store {
namespace {

/// Knowledge older than this may be behind collected numbers (durability.md §1.2, §1.3).
constexpr auto kProbeHorizon = std::chrono::hours(1);

/// Present numbers probed one by one before a LIST is cheaper.
constexpr int kMaxProbes = 64;

/// Lost puts remembered per series.
constexpr size_t kMaxUnresolved = 64;

}  // namespace

std::string SeriesName::KeyOf(uint64_t n) const {
  auto number = std::to_string(n);
  const auto width = static_cast<size_t>(std::max(digits, 0));
  if (number.size() < width) number.insert(0, width - number.size(), '0');
  return prefix + number + suffix;
}

std::optional<uint64_t> SeriesName::NumberOf(std::string_view key) const {
  if (key.size() <= prefix.size() + suffix.size() || !key.starts_with(prefix) || !key.ends_with(suffix)) {
    return std::nullopt;
  }
  const auto text = key.substr(prefix.size(), key.size() - prefix.size() - suffix.size());
  uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (n < first_number || KeyOf(n) != key) return std::nullopt;
  return n;
}

Series::Series(ObjectStore& store, SeriesName name, Clock& clock)
    : store_(store), name_(std::move(name)), clock_(clock) {}

Series::Knowledge Series::Know() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

bool Series::IsRecent(const Knowledge& known) const {
  return known.looked_at && clock_.Steady() - *known.looked_at <= kProbeHorizon;
}

void Series::Learn(std::optional<uint64_t> head, Instant looked_at) {
  const std::lock_guard lock(mutex_);
  known_.seen = std::max(known_.seen, head);
  known_.looked_at = std::max(known_.looked_at, std::optional(looked_at));
}

void Series::LearnExists(uint64_t n) {
  const std::lock_guard lock(mutex_);
  known_.seen = std::max(known_.seen, std::optional(n));
}

Result<std::optional<uint64_t>> Series::Head() {
  const auto known = Know();
  const auto started = clock_.Steady();
  const bool fresh = known.looked_at && started - *known.looked_at < store_.max_staleness();
  auto head = known.seen;
  if (!fresh) {
    TARN_ASSIGN(head, FindHead(known));
    Learn(head, started);
  }
  if (head) TARN_TRY(MakeDurable(*head));
  return head;
}

Result<std::optional<uint64_t>> Series::FindHead(const Knowledge& known) {
  if (!IsRecent(known)) return ListHead(known.seen);
  auto head = known.seen;
  for (int probe = 0; probe < kMaxProbes; ++probe) {
    const auto next = head ? *head + 1 : name_.first_number;
    if (const auto info = store_.Head(name_.KeyOf(next)); !info) {
      if (info.error().code == ErrorCode::kNotFound) return head;
      return Fail(info.error());
    }
    head = next;
  }
  return ListHead(head);
}

Result<std::optional<uint64_t>> Series::ListHead(std::optional<uint64_t> seen) {
  const auto start_after = seen && name_.digits > 0 ? name_.KeyOf(*seen) : std::string();
  TARN_ASSIGN(const auto objects, store_.List(name_.prefix, start_after));
  auto head = seen;
  for (const auto& object : objects) head = std::max(head, name_.NumberOf(object.key));
  return head;
}

Status Series::MakeDurable(uint64_t n) {
  if (Know().durable >= std::optional(n)) return {};
  TARN_TRY(store_.MakeDurable(name_.KeyOf(n)));
  const std::lock_guard lock(mutex_);
  known_.durable = std::max(known_.durable, std::optional(n));
  return {};
}

Result<std::string> Series::Read(uint64_t n) {
  TARN_ASSIGN(auto body, store_.Get(name_.KeyOf(n)));
  TARN_TRY(MakeDurable(n));
  return body;
}

Status Series::Put(uint64_t n, std::string_view body) {
  if (n < name_.first_number) return Fail(ErrorCode::kInvalidArgument, "number before the first of the series");
  auto known = Know();
  if (!IsRecent(known)) {
    // Before the put: a list after it cannot tell a number that was collected from one that others built on at once.
    known.looked_at = clock_.Steady();
    TARN_ASSIGN(known.seen, ListHead(known.seen));
    Learn(known.seen, *known.looked_at);
  }
  if (known.seen >= std::optional(n)) return LoseTo(n);
  const auto started = clock_.Steady();
  auto put = store_.PutIfAbsent(name_.KeyOf(n), body);
  if (!put) {
    const auto code = put.error().code;
    bool may_be_ours = code == ErrorCode::kUnknownOutcome;
    if (code == ErrorCode::kAlreadyExists) {
      const std::lock_guard lock(mutex_);
      may_be_ours = unresolved_.contains(n);
    }
    if (may_be_ours) {
      put = ResolveLostAnswer(n, body, put.error());
    } else if (code == ErrorCode::kAlreadyExists) {
      put = LoseTo(n);
    }
  }
  if (!put) return put;
  return BelieveWin(n, started, known);
}

Status Series::LoseTo(uint64_t n) {
  LearnExists(n);
  return Fail(ErrorCode::kConflict, "the number was taken by another writer: " + name_.KeyOf(n));
}

Status Series::ResolveLostAnswer(uint64_t n, std::string_view body, const Error& lost) {
  {
    const std::lock_guard lock(mutex_);
    unresolved_.insert(n);
    if (unresolved_.size() > kMaxUnresolved) unresolved_.erase(unresolved_.begin());
  }
  const auto found = store_.Get(name_.KeyOf(n));
  if (found) return *found == body ? MakeDurable(n) : LoseTo(n);
  if (found.error().code == ErrorCode::kNotFound) {
    return Fail(
        Error{ErrorCode::kUnavailable, lost.message, lost.context}.In("nothing was written: " + name_.KeyOf(n)));
  }
  return Fail(Error{ErrorCode::kUnknownOutcome, lost.message, lost.context}.In(name_.KeyOf(n)));
}

Status Series::BelieveWin(uint64_t n, Instant started, const Knowledge& before) {
  auto head = std::optional(n);
  if (!IsRecent(before)) {  // the put itself took so long: a machine that slept
    auto listed = ListHead(n);
    if (!listed) {
      const std::lock_guard lock(mutex_);
      unresolved_.insert(n);
      return Fail(Error{ErrorCode::kUnknownOutcome, listed.error().message, listed.error().context}.In(name_.KeyOf(n)));
    }
    head = *listed;
  }
  Learn(head, started);
  if (*head != n) {
    // The number was collected long ago and only looked free: what was written there never counts.
    static_cast<void>(store_.Delete(name_.KeyOf(n)));
    return Fail(ErrorCode::kConflict, "the number was collected, the series is ahead: " + name_.KeyOf(*head));
  }
  const std::lock_guard lock(mutex_);
  unresolved_.erase(n);
  known_.durable = std::max(known_.durable, std::optional(n));
  return {};
}

Result<std::vector<uint64_t>> Series::Numbers(uint64_t from) {
  const auto start_after = from > 0 && name_.digits > 0 ? name_.KeyOf(from - 1) : std::string();
  TARN_ASSIGN(const auto objects, store_.List(name_.prefix, start_after));
  std::vector<uint64_t> numbers;
  for (const auto& object : objects) {
    if (const auto n = name_.NumberOf(object.key); n && *n >= from) numbers.push_back(*n);
  }
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace tarn::store
