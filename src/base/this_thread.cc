// SPDX-License-Identifier: Apache-2.0
#include "base/this_thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace tarn {

void NameThisThread(std::string_view name) {
  constexpr size_t kMaxThreadName = 15;
  pthread_setname_np(pthread_self(), std::string(name.substr(0, kMaxThreadName)).c_str());
}

void StepBack(int niceness) {
  if (niceness <= 0) return;
  const auto thread = static_cast<id_t>(gettid());  // on Linux a nice value belongs to a thread
  errno = 0;
  const int before = getpriority(PRIO_PROCESS, thread);
  if (errno == 0) setpriority(PRIO_PROCESS, thread, before + niceness);
  const sched_param no_parameters{};
  sched_setscheduler(gettid(), SCHED_BATCH, &no_parameters);
}

}  // namespace tarn
