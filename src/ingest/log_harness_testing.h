// SPDX-License-Identifier: Apache-2.0
#pragma once
// For tests: a node's log on a simulated disk, driven step by step, with frames that carry their own identity.
// Thread-compatible.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "base/random.h"
#include "base/time.h"
#include "ingest/node_log.h"
#include "store/faulty/simulated_disk.h"

namespace tarn::ingest {

inline constexpr const char* kTestLake = "0b7b1a52-9f3c-4a3e-8b53-7d7a30a2a1c4";
inline constexpr const char* kTestDomain = "sales";

/// Small enough that a short test rolls, recycles and refuses.
inline LogLimits SmallLimits() {
  LogLimits limits;
  limits.segment_bytes = 64 << 10;
  limits.first_segment_bytes = 16 << 10;
  limits.group_bytes = 16 << 10;
  limits.own_group_bytes = 4 << 10;
  limits.frame_bytes = 256 << 10;
  limits.unsynced_bytes = 512 << 10;
  limits.unlanded_bytes = 1 << 20;
  return limits;
}

/// A frame of one endpoint with `records` records, each the text of `body`.
inline void BuildFrame(FrameBuilder& frame, std::string_view table, std::string_view body, uint32_t records = 1,
                       const std::optional<KeyedAnswer>& keyed = std::nullopt) {
  frame.Begin(body);
  for (uint32_t i = 0; i < records; ++i) {
    contract::CheckedRecord record;
    record.raw = body;
    record.index = i;
    frame.AddRecord(record, Disposition::kValid, {});
  }
  FrameHeader header;
  header.generation = 1;
  header.contract_version = 3;
  header.domain = kTestDomain;
  header.table = table;
  header.request_id = "request-1";
  frame.Finish(header, keyed);
}

class LogHarness {
 public:
  /// The next incarnation; the error of NodeLog::Open when it fails.
  Status Open(LogThreads threads = LogThreads::kNone) {
    log.reset();
    fatal.reset();
    NodeLog::Request request;
    request.data_dir = "/data";
    request.lake_id = kTestLake;
    request.incarnation = ++incarnation;
    request.limits = limits;
    request.landed = [this](const EndpointKey& endpoint) -> Result<std::optional<lake::Offset>> {
      const auto found = landed.find(endpoint.table);
      return found == landed.end() ? std::optional<lake::Offset>() : std::optional(found->second);
    };
    request.on_keyed = [this](const FrameView& frame, uint64_t) { keyed.emplace_back(frame.keyed()->key); };
    request.before_recycle = before_recycle;
    request.on_fatal = [this](const Error& error) { fatal = error; };
    request.threads = threads;
    TARN_ASSIGN(log, NodeLog::Open({disk, clock, metrics}, std::move(request)));
    return {};
  }

  void Append(const std::string& table, std::string_view body, LogWriter::Appended appended, uint32_t records = 1,
              const std::optional<KeyedAnswer>& answer = std::nullopt) {
    BuildFrame(builder, table, body, records, answer);
    clock.Advance(std::chrono::microseconds(10));
    log->writer().Append(builder, log->tail().IdOf(kTestDomain, table), std::move(appended));
  }

  /// Appends and writes one frame; its place or why it was refused.
  Result<FrameRef> Store(const std::string& table, std::string_view body, uint32_t records = 1) {
    std::optional<Result<FrameRef>> outcome;
    Append(table, body, [&outcome](Result<FrameRef> place) { outcome = std::move(place); }, records);
    log->WriteGroups();
    if (!outcome) return Fail(ErrorCode::kUnknownOutcome, "never answered");
    return *outcome;
  }

  /// Bodies of the endpoint's un-landed frames, in order.
  std::vector<std::string> Bodies(const std::string& table) {
    std::vector<std::string> bodies;
    const auto pin = log->tail().Pin(kTestDomain, table);
    FrameReader reader(pin);
    for (;;) {
      const auto frame = reader.Next();
      if (!frame || *frame == nullptr) {
        if (!frame) bodies.push_back("error: " + frame.error().ToString());
        return bodies;
      }
      bodies.emplace_back((*frame)->body());
    }
  }

  /// Everything of the endpoint up to now is durable in bronze.
  void Land(const std::string& table) {
    const auto state = log->tail().StateOf(kTestDomain, table);
    if (state.frames == 0) return;
    landed[table] = state.last;
    log->tail().ReleaseLanded(kTestDomain, table, state.last);
  }

  /// The process is gone at once; what it wrote and did not sync stays visible.
  void Kill() {
    using enum store::DiskOperation;
    for (const auto operation : {kCreate, kWrite, kSync, kPreallocate, kRename, kRemove, kSyncDirectory}) {
      store::DiskFault fault;
      fault.operation = operation;
      fault.times = UINT64_MAX;
      disk.Inject(fault);
    }
    log.reset();
    disk.ClearFaults();
  }

  /// The machine stops; the process is gone with it.
  void Crash(Randomness& randomness) {
    disk.Crash(randomness);
    log.reset();
  }

  store::SimulatedDisk disk;
  ManualClock clock{Timestamp{1'700'000'000'000'000}};
  MetricRegistry metrics;
  LogLimits limits = SmallLimits();
  FrameBuilder builder;
  std::function<Status(uint64_t)> before_recycle;
  uint64_t incarnation = 0;
  std::map<std::string, lake::Offset> landed;
  std::vector<std::string> keyed;
  std::optional<Error> fatal;
  std::unique_ptr<NodeLog> log;
};

}  // namespace tarn::ingest
