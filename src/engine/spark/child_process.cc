// SPDX-License-Identifier: Apache-2.0
#include "engine/spark/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace tarn::engine {
namespace {

using std::chrono::steady_clock;

constexpr int kLookMs = 50;
/// For what it has to put in order; then it is killed.
constexpr std::chrono::seconds kKindness{5};
constexpr int kNotRun = 127;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The file that a shell would run; empty when there is none.
std::string FindProgram(const std::string& word, const std::vector<std::string>& environment) {
  constexpr std::string_view kPath = "PATH=";
  if (word.find('/') != std::string::npos) return access(word.c_str(), X_OK) == 0 ? word : "";
  std::string_view folders = "/usr/local/bin:/usr/bin:/bin";
  for (const auto& variable : environment) {
    if (variable.starts_with(kPath)) folders = std::string_view(variable).substr(kPath.size());
  }
  while (!folders.empty()) {
    const auto end = folders.find(':');
    const auto path = std::string(folders.substr(0, end)) + "/" + word;
    if (access(path.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(path)) return path;
    folders.remove_prefix(end == std::string_view::npos ? folders.size() : end + 1);
  }
  return {};
}

struct Image {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* folder;
  int output;
  pid_t parent;
};

/// In the child. Only calls that a fork allows.
[[noreturn]] void Become(const Image& image) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != image.parent) _exit(kNotRun);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const int in = open("/dev/null", O_RDONLY);
  if (in < 0 || chdir(image.folder) != 0) _exit(kNotRun);
  dup2(in, STDIN_FILENO);
  dup2(image.output, STDOUT_FILENO);
  dup2(image.output, STDERR_FILENO);
  // Neither sockets nor locks of this process may outlive it there.
  close_range(STDERR_FILENO + 1, ~0U, 0);
  execve(image.program, image.arguments, image.environment);
  _exit(kNotRun);
}

/// A started process; ended with its whole group when destroyed.
class Child {
 public:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}
  ~Child() {
    if (!has_ended_) End();
    kill(-pid_, SIGKILL);  // whom it left behind
    close(output_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Takes in what it has written, for a moment at most; true once it has ended and all is read.
  bool Wait() {
    pollfd ready{output_, POLLIN, 0};
    poll(&ready, 1, kLookMs);
    const bool ended_before = Reap(WNOHANG);
    const bool has_more = Read();
    const bool is_silent = (ready.revents & (POLLHUP | POLLIN)) == POLLHUP;
    if (is_silent && !ended_before) poll(nullptr, 0, kLookMs);
    return ended_before && !has_more;
  }

  /// Asks it to end, then makes it.
  void End() {
    kill(-pid_, SIGTERM);
    const auto deadline = steady_clock::now() + kKindness;
    while (steady_clock::now() < deadline) {
      if (Wait()) return;
    }
    kill(-pid_, SIGKILL);
    Reap(0);
  }

  int exit_status() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_); }
  std::string& text() { return text_; }

 private:
  bool Reap(int options) {
    if (has_ended_) return true;
    pid_t got = 0;
    do {
      got = waitpid(pid_, &status_, options);
    } while (got < 0 && errno == EINTR);
    has_ended_ = got == pid_;
    return has_ended_;
  }

  /// Whether there was something to read.
  bool Read() {
    std::array<char, 4096> piece{};
    const auto got = read(output_, piece.data(), piece.size());
    if (got <= 0) return false;
    text_.append(piece.data(), static_cast<size_t>(got));
    if (text_.size() > 2 * kMaxChildOutput) text_.erase(0, text_.size() - kMaxChildOutput);
    return true;
  }

  const pid_t pid_;
  const int output_;
  int status_ = 0;
  bool has_ended_ = false;
  std::string text_;
};

}  // namespace

Result<ChildOutcome> RunChild(const ChildCall& call) {
  const auto program = FindProgram(call.words.front(), call.environment);
  if (program.empty()) {
    return Fail(ErrorCode::kFailedPrecondition, "there is no program to be run as " + call.words.front());
  }
  auto words = call.words;
  auto variables = call.environment;
  const auto arguments = Pointers(words);
  const auto environment = Pointers(variables);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return Fail(ErrorCode::kUnavailable, std::string("no pipe to a new process: ") + std::strerror(errno));
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    fcntl(ends[1], F_SETFL, 0);  // blocking for the program
    Become({program.c_str(), arguments.data(), environment.data(), call.folder.c_str(), ends[1], parent});
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    return Fail(ErrorCode::kUnavailable, std::string("no new process: ") + std::strerror(errno));
  }
  setpgid(pid, pid);  // whoever of both is first
  Child child(pid, ends[0]);
  while (!child.Wait()) {
    if (call.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped");
    if (steady_clock::now() >= call.deadline) return Fail(ErrorCode::kDeadlineExceeded, "out of time");
  }
  auto& text = child.text();
  if (text.size() > kMaxChildOutput) text.erase(0, text.size() - kMaxChildOutput);
  return ChildOutcome{child.exit_status(), std::move(text)};
}

}  // namespace tarn::engine
