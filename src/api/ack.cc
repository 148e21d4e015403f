// SPDX-License-Identifier: Apache-2.0
#include "api/ack.h"

#include <optional>

namespace tarn::api {

net::Response IngestResponse(const ingest::IngestAnswer& answer, std::string_view ack) {
  net::Response response;
  response.status = answer.status;
  response.body = answer.Body(ack);
  if (answer.replayed) response.headers.emplace_back("Idempotent-Replay", "true");
  if (answer.retry_after_s > 0) response.headers.emplace_back("Retry-After", std::to_string(answer.retry_after_s));
  return response;
}

/// An answer that waits; whoever is first sends it.
struct AckComposer::Pending {
  std::mutex mutex;
  ingest::IngestAnswer answer;
  std::optional<net::Responder> responder;

  void Send(std::string_view ack, int status) {
    std::optional<net::Responder> first;
    {
      const std::lock_guard lock(mutex);
      if (!responder) return;
      first.emplace(std::move(*responder));
      responder.reset();
    }
    auto response = IngestResponse(answer, ack);
    response.status = status;
    first->Send(std::move(response));
  }
};

AckComposer::AckComposer(Services& services) : services_(services), timer_([this] { RunTimer(); }) {}

AckComposer::~AckComposer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  timer_.join();
}

void AckComposer::Answer(ingest::IngestAnswer answer, Ack ack, std::chrono::milliseconds limit,
                         net::Responder responder) {
  const bool waits = ack != Ack::kWal && answer.stored && !answer.replayed && answer.status == 200;
  if (!waits) return responder.Send(IngestResponse(answer, "wal"));
  auto pending = std::make_shared<Pending>();
  pending->answer = std::move(answer);
  pending->responder.emplace(std::move(responder));
  {
    const std::lock_guard lock(mutex_);
    deadlines_.emplace(std::chrono::steady_clock::now() + limit, pending);
  }
  wake_.notify_one();
  Wait(pending, ack);
}

void AckComposer::Wait(const std::shared_ptr<Pending>& pending, Ack ack) {
  const auto& contract = pending->answer.endpoint->contract();
  const ingest::EndpointKey key{contract.domain, contract.name};
  services_.landing.WhenLanded(key, pending->answer.last, [this, pending, key, ack](uint64_t entry) {
    if (ack == Ack::kBronze) return pending->Send("bronze", pending->answer.status);
    services_.silver.WhenMerged(key.domain, key.table, entry,
                                [pending] { pending->Send("silver", pending->answer.status); });
  });
}

void AckComposer::RunTimer() {
  constexpr int kAccepted = 202;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (deadlines_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const auto next = deadlines_.begin();
    if (next->first > std::chrono::steady_clock::now()) {
      wake_.wait_until(lock, next->first);
      continue;
    }
    const auto pending = next->second.lock();
    deadlines_.erase(next);
    lock.unlock();
    if (pending) pending->Send("wal", kAccepted);
    lock.lock();
  }
}

}  // namespace tarn::api
