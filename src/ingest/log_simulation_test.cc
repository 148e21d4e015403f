// SPDX-License-Identifier: Apache-2.0
// The log on a disk that forgets: after a crash anywhere every acknowledged frame is there once and in order, an
// unacknowledged one whole or not at all (durability.md §3).
#include <gmock/gmock.h>

#include <algorithm>
#include <iostream>

#include "base/result_matchers.h"
#include "ingest/log_harness_testing.h"

namespace tarn::ingest {
namespace {

constexpr uint64_t kSeeds = 1'000;
constexpr int kLives = 4;
constexpr int kSteps = 40;

struct Sent {
  std::string body;
  std::optional<FrameRef> place;  ///< acknowledged, or found by a later start
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : randomness_(seed) {}

  void Run() {
    for (int life = 0; life < kLives && !::testing::Test::HasFailure(); ++life) Live(life);
  }

 private:
  uint64_t Below(uint64_t bound) { return randomness_.Next() % bound; }
  std::string Table() { return "t" + std::to_string(Below(3)); }

  void Live(int life) {
    if (Below(4) != 0) {
      harness_.disk.CrashAfter(Below(120), Below(2) == 0 ? store::DiskEffect::kHalf : store::DiskEffect::kNothing);
    }
    if (Below(4) == 0) {
      store::DiskFault fault;
      fault.operation = store::DiskOperation::kSync;
      fault.path_contains = "/log/";
      fault.nth = 1 + Below(20);
      harness_.disk.Inject(fault);
    }
    auto opened = harness_.Open();
    if (!opened) {
      ASSERT_THAT(opened, ErrorIs(ErrorCode::kUnavailable));  // the disk is gone, not the log damaged
      harness_.Crash(randomness_);
      opened = harness_.Open();
    }
    ASSERT_THAT(opened, IsOk()) << "life " << life;
    Compare();
    for (int step = 0; step < kSteps && !harness_.fatal && !::testing::Test::HasFailure(); ++step) Step();
    pins_.clear();
    End();
  }

  /// A clean stop, a killed process on a machine that goes on, or a machine that stops.
  void End() {
    switch (Below(4)) {
      case 0:
        harness_.log->Close();
        if (Below(2) == 0) harness_.Crash(randomness_);
        break;
      case 1:
        harness_.Kill();
        break;
      default:
        harness_.Crash(randomness_);
    }
    harness_.log.reset();
  }

  void Step() {
    switch (Below(10)) {
      case 0:
        harness_.Land(Table());
        break;
      case 1:
        harness_.log->RunUpkeep();
        break;
      case 2:
        harness_.Land(Table());
        harness_.log->RunUpkeep();
        break;
      case 3:
        if (pins_.size() < 3) pins_.push_back(harness_.log->tail().Pin(kTestDomain, Table()));
        break;
      case 4:
        pins_.clear();
        break;
      case 5:
      case 6:
        harness_.log->WriteGroups();
        break;
      default:
        Send();
    }
  }

  void Send() {
    const auto table = Table();
    const auto size = Below(8) == 0 ? Below(80'000) : Below(600);
    ++serial_;
    auto body = table + "-" + std::to_string(serial_) + "-" + std::string(size, static_cast<char>('a' + serial_ % 26));
    auto& sent = sent_[table];
    const auto index = sent.size();
    sent.push_back({body, std::nullopt});
    harness_.Append(
        table, body,
        [this, table, index](Result<FrameRef> place) {
          if (place) sent_[table][index].place = *place;
        },
        1 + static_cast<uint32_t>(Below(3)));
  }

  /// What a start finds is what was acknowledged and not landed, plus perhaps whole frames nobody was told about.
  void Compare() {
    for (auto& [table, sent] : sent_) {
      const auto pin = harness_.log->tail().Pin(kTestDomain, table);
      const auto bodies = harness_.Bodies(table);
      ASSERT_EQ(bodies.size(), pin.frames().size()) << (bodies.empty() ? "" : bodies.back());
      const auto landed = harness_.landed.find(table);
      size_t next = 0;
      for (auto& frame : sent) {
        if (frame.place && landed != harness_.landed.end() && frame.place->last() <= landed->second) continue;
        const bool here = next < bodies.size() && bodies[next] == frame.body;
        ASSERT_TRUE(here || !frame.place) << "acknowledged frame is lost: " << frame.body.substr(0, 20);
        if (!here) continue;
        if (frame.place) {
          ASSERT_EQ(frame.place->first, pin.frames()[next].first);
        }
        frame.place = pin.frames()[next];
        if (next > 0) {
          ASSERT_LT(pin.frames()[next - 1].last(), frame.place->first);
          ASSERT_LT(pin.frames()[next - 1].insert_date, frame.place->insert_date);
        }
        ++next;
      }
      ASSERT_EQ(next, bodies.size()) << "a frame nobody sent, or one twice: " << bodies[next].substr(0, 20);
      std::erase_if(sent, [](const Sent& frame) { return !frame.place; });
    }
  }

  SeededRandomness randomness_;
  LogHarness harness_;
  std::map<std::string, std::vector<Sent>> sent_;
  std::vector<TailPin> pins_;
  uint64_t serial_ = 0;
};

TEST(LogSimulation, EveryAcknowledgedFrameSurvivesACrashAnywhere) {
  // Thousands of injected failures are logged, each as it should be.
  ::testing::internal::CaptureStderr();
  for (uint64_t seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation(seed).Run();
  }
  const auto log = ::testing::internal::GetCapturedStderr();
  if (HasFailure()) std::cerr << log.substr(log.size() - std::min<size_t>(log.size(), 4'000));
}

}  // namespace
}  // namespace tarn::ingest
