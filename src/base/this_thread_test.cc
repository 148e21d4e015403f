// SPDX-License-Identifier: Apache-2.0
#include "base/this_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace tarn {
namespace {

int Niceness() { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); }

TEST(ThisThread, SteppingBackConcernsOneThreadAndTheOnesItStarts) {
  const int before = Niceness();
  int stepped = 0;
  int inherited = 0;
  int policy = 0;
  std::thread([&] {
    StepBack(5);
    stepped = Niceness();
    policy = sched_getscheduler(0);
    std::thread([&] { inherited = Niceness(); }).join();
  }).join();
  EXPECT_EQ(stepped, before + 5);
  EXPECT_EQ(inherited, before + 5);
  EXPECT_EQ(policy, SCHED_BATCH);
  EXPECT_EQ(Niceness(), before);
}

TEST(ThisThread, ALongNameIsCut) {
  std::string seen(64, '\0');
  std::thread([&] {
    NameThisThread("a-name-that-is-far-too-long");
    pthread_getname_np(pthread_self(), seen.data(), seen.size());
  }).join();
  EXPECT_STREQ(seen.c_str(), "a-name-that-is-");
}

}  // namespace
}  // namespace tarn
