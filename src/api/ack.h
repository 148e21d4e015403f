// SPDX-License-Identifier: Apache-2.0
#pragma once
// Answers that wait: `ack=bronze` until the records are in the object store, `ack=silver` until they are merged
// (http-api.md §4, durability.md §4.5). After the time limit the answer is 202 with "ack":"wal". Composes ingest,
// bronze and silver, which do not know each other's acks. Thread-safe; owned by the ingest routes.

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "api/services.h"
#include "net/responder.h"

namespace tarn::api {

enum class Ack { kWal, kBronze, kSilver };

/// The HTTP answer of an ingest outcome.
net::Response IngestResponse(const ingest::IngestAnswer& answer, std::string_view ack);

class AckComposer {
 public:
  explicit AckComposer(Services& services);
  ~AckComposer();
  AckComposer(const AckComposer&) = delete;
  AckComposer& operator=(const AckComposer&) = delete;

  /// Answers now (kWal, refusals, replays), or when the records are where `ack` wants them, or at the limit.
  void Answer(ingest::IngestAnswer answer, Ack ack, std::chrono::milliseconds limit, net::Responder responder);

 private:
  struct Pending;
  void Wait(const std::shared_ptr<Pending>& pending, Ack ack);
  void RunTimer();

  Services& services_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<std::chrono::steady_clock::time_point, std::weak_ptr<Pending>> deadlines_;
  bool stopping_ = false;
  std::thread timer_;
};

}  // namespace tarn::api
