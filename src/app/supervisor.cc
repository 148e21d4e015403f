// SPDX-License-Identifier: Apache-2.0
#include "app/supervisor.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "app/exit_codes.h"
#include "base/log.h"

namespace tarn::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstBackoff{100};
constexpr milliseconds kLongestBackoff{10'000};
/// A child that lived this long was healthy: its end starts the backoff anew.
constexpr std::chrono::seconds kHealthyLife{30};

volatile sig_atomic_t child_pid = 0;
volatile sig_atomic_t stop_signal = 0;

void PassOn(int signal) {
  stop_signal = signal;
  if (child_pid > 0) kill(static_cast<pid_t>(child_pid), signal);
}

void InstallHandlers() {
  struct sigaction action{};
  action.sa_handler = PassOn;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

pid_t StartChild(const std::function<int()>& serve) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  // A killed supervisor must not leave a server behind that nobody watches.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kExitFailed);
  _exit(serve());
}

bool IsFinal(int status) {
  if (!WIFEXITED(status)) return false;
  const int code = WEXITSTATUS(status);
  return code == kExitOk || code == kExitFailed || code == kExitUsage || code == kExitRefused || code == kExitSeatLost;
}

void Pause(milliseconds duration) {
  timespec left{duration.count() / 1000, (duration.count() % 1000) * 1'000'000};
  while (stop_signal == 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

}  // namespace

int Supervise(const std::function<int()>& serve) {
  InstallHandlers();
  auto backoff = kFirstBackoff;
  for (;;) {
    const auto started = steady_clock::now();
    const pid_t child = StartChild(serve);
    if (child < 0) {
      LogError("cannot start the serving process", {{"errno", errno}});
      return kExitFailed;
    }
    child_pid = child;
    if (stop_signal != 0) kill(child, stop_signal);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    child_pid = 0;
    if (IsFinal(status)) return WEXITSTATUS(status);
    if (stop_signal != 0) return WIFEXITED(status) ? WEXITSTATUS(status) : kExitFailed;
    if (steady_clock::now() - started > kHealthyLife) backoff = kFirstBackoff;
    LogWarning("serving process ended, it is restarted", {{"exit_code", WIFEXITED(status) ? WEXITSTATUS(status) : -1},
                                                          {"signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0},
                                                          {"pause_ms", backoff.count()}});
    Pause(backoff);
    if (stop_signal != 0) return kExitOk;
    backoff = std::min(backoff * 2, kLongestBackoff);
  }
}

}  // namespace tarn::app
