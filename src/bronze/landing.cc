// SPDX-License-Identifier: Apache-2.0
#include "bronze/landing.h"

#include "base/this_thread.h"

namespace tarn::bronze {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::string LoopKey(const ingest::EndpointKey& endpoint) { return endpoint.domain + "/" + endpoint.table; }

ingest::EndpointKey EndpointOfLoopKey(const std::string& key) {
  const auto slash = key.find('/');
  return {key.substr(0, slash), key.substr(slash + 1)};
}

}  // namespace

Landing::Landing(Dependencies dependencies)
    : dependencies_(dependencies),
      landing_seconds_(
          dependencies.metrics.GetHistogram("tarn_bronze_landing_seconds", "time to land one endpoint's cut")),
      landed_rows_(dependencies.metrics.GetCounter("tarn_bronze_rows_total", "rows landed in bronze")),
      loop_({.name = "tarn-landing", .niceness = kLandingNiceness},
            [this](const std::string& key) { return Land(EndpointOfLoopKey(key)); }) {}

Landing::~Landing() { Stop(); }

void Landing::Start() {
  loop_.Start();
  dependencies_.tail.SetListener(this);
  for (const auto& endpoint : dependencies_.tail.Endpoints()) ScheduleRest(endpoint);
  for (const auto& endpoint : dependencies_.bronze.Endpoints()) loop_.ScheduleNow(LoopKey(endpoint));
}

void Landing::Stop() {
  dependencies_.tail.SetListener(nullptr);
  loop_.Stop();
}

std::chrono::milliseconds Landing::IntervalOf(const ingest::EndpointKey& endpoint) const {
  const auto found = dependencies_.bronze.EndpointOf(endpoint.domain, endpoint.table);
  return found ? found->contract().land_interval.value_or(dependencies_.default_interval)
               : dependencies_.default_interval;
}

void Landing::OnFramesSynced(const ingest::EndpointKey& endpoint, const ingest::TailState& state) {
  const bool full = state.bytes >= kCutBytes;
  loop_.Schedule(LoopKey(endpoint), full ? SteadyClock::now() : state.first_at + IntervalOf(endpoint));
}

void Landing::OnPressure() { loop_.HurryAll(); }

void Landing::WhenLanded(const ingest::EndpointKey& endpoint, lake::Offset offset, Landed landed) {
  uint64_t entry = 0;
  {
    const std::lock_guard lock(mutex_);
    auto& state = endpoints_[endpoint];
    if (!state.landed_upto || *state.landed_upto < offset) {
      state.waiters.push_back({offset, std::move(landed)});
    } else {
      entry = state.entry;
    }
  }
  if (entry > 0) return landed(entry);
  loop_.ScheduleNow(LoopKey(endpoint));
}

Status Landing::AppendReplays(const ingest::EndpointKey& endpoint) {
  TARN_ASSIGN(const auto entry, dependencies_.bronze.AppendReplays(endpoint.domain, endpoint.table));
  if (!entry) return {};
  for (const auto& listener : listeners_) listener(endpoint.domain, endpoint.table, *entry);
  return {};
}

Status Landing::AppendLeftReplays(const ingest::EndpointKey& endpoint) {
  {
    const std::lock_guard lock(mutex_);
    if (endpoints_[endpoint].replays_looked_for) return {};
  }
  TARN_TRY(AppendReplays(endpoint));
  const std::lock_guard lock(mutex_);
  endpoints_[endpoint].replays_looked_for = true;
  return {};
}

Status Landing::Land(const ingest::EndpointKey& endpoint) {
  const auto started = SteadyClock::now();
  TARN_TRY(AppendLeftReplays(endpoint));
  for (bool more = true; more;) {
    TARN_ASSIGN(const auto landed, dependencies_.bronze.LandOnce(endpoint.domain, endpoint.table, kCutBytes));
    if (!landed) break;
    landed_rows_.Add(landed->rows);
    NoteLanded(endpoint, *landed);
    for (const auto& listener : listeners_) listener(endpoint.domain, endpoint.table, landed->entry);
    more = landed->more;
  }
  landing_seconds_.Observe(std::chrono::duration<double>(SteadyClock::now() - started).count());
  ScheduleRest(endpoint);
  return {};
}

void Landing::ScheduleRest(const ingest::EndpointKey& endpoint) {
  // What was scheduled meanwhile may have been for frames that this cut took along.
  loop_.Unschedule(LoopKey(endpoint));
  const auto rest = dependencies_.tail.StateOf(endpoint.domain, endpoint.table);
  bool awaited = false;
  {
    const std::lock_guard lock(mutex_);
    awaited = !endpoints_[endpoint].waiters.empty();
  }
  if (awaited) {
    loop_.ScheduleNow(LoopKey(endpoint));
  } else if (rest.frames > 0) {
    OnFramesSynced(endpoint, rest);
  }
}

void Landing::NoteLanded(const ingest::EndpointKey& endpoint, const Bronze::Landed& landed) {
  std::vector<Waiter> served;
  {
    const std::lock_guard lock(mutex_);
    auto& state = endpoints_[endpoint];
    state.landed_upto = landed.upto;
    state.entry = landed.entry;
    std::erase_if(state.waiters, [&](Waiter& waiter) {
      if (landed.upto < waiter.offset) return false;
      served.push_back(std::move(waiter));
      return true;
    });
  }
  for (const auto& waiter : served) waiter.landed(landed.entry);
}

}  // namespace tarn::bronze
