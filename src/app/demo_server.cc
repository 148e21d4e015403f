// SPDX-License-Identifier: Apache-2.0
#include "app/demo_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "net/client.h"

namespace tarn::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr uint16_t kUsualPort = 8080;
constexpr std::chrono::seconds kReadyTimeout{60};
constexpr std::chrono::seconds kStopTimeout{20};
constexpr milliseconds kLook{10};

/// What a demo leaves in its directory; anything else is not ours to remove.
bool IsDemoFile(const std::string& name) {
  return name == "lake" || name == "data" || name == "server.log" || name == "server.pid" || name == "server.port";
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Arguments of a running process; empty when there is none.
std::vector<std::string> ArgumentsOf(pid_t pid) {
  const auto text = ReadFile("/proc/" + std::to_string(pid) + "/cmdline");
  std::vector<std::string> arguments;
  for (size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\0', at), text.size());
    arguments.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return arguments;
}

bool IsFree(uint16_t port) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return false;
  const int on = 1;
  setsockopt(socket_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(socket_fd);
  return bound;
}

/// The environment without settings of Tarn: the demo's server is what its flags say.
std::vector<std::string> PlainEnvironment() {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text(*variable);
    if (!text.starts_with("TARN_")) variables.push_back(text);
  }
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// In the child: a session of its own, output into the log, then the program. Only calls that a fork allows.
[[noreturn]] void BecomeServer(const char* program, char* const* arguments, char* const* environment, const char* log) {
  setsid();
  const int in = open("/dev/null", O_RDONLY);
  const int out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (in < 0 || out < 0) _exit(127);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execve(program, arguments, environment);
  _exit(127);
}

std::string LastLines(const std::string& path) {
  constexpr size_t kShown = 2'000;
  const auto text = ReadFile(path);
  return text.size() > kShown ? text.substr(text.size() - kShown) : text;
}

}  // namespace

Result<DemoServer> DemoServer::Prepare(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  const auto absolute = error ? fs::path() : fs::canonical(directory, error);
  if (error) return Fail(ErrorCode::kPermissionDenied, "cannot use " + directory + ": " + error.message());
  for (const auto& entry : fs::directory_iterator(absolute, error)) {
    if (IsDemoFile(entry.path().filename().string())) continue;
    return Fail(ErrorCode::kFailedPrecondition, directory + " holds files that are no demo's (" +
                                                    entry.path().filename().string() + "); give another --dir");
  }
  if (error) return Fail(ErrorCode::kPermissionDenied, "cannot read " + directory + ": " + error.message());
  return DemoServer(absolute.string());
}

bool DemoServer::IsOurs(pid_t pid) const {
  const auto arguments = ArgumentsOf(pid);
  const auto has = [&](const std::string& word) { return std::ranges::find(arguments, word) != arguments.end(); };
  return has("serve") && has(directory_ + "/lake");
}

Status DemoServer::EndProcess(pid_t pid) {
  for (const int signal_number : {SIGTERM, SIGKILL}) {
    kill(pid, signal_number);
    const auto deadline = steady_clock::now() + kStopTimeout;
    while (steady_clock::now() < deadline) {
      waitpid(pid, nullptr, WNOHANG);  // ours; otherwise init's
      if (!IsOurs(pid)) return {};
      std::this_thread::sleep_for(kLook);
    }
  }
  return Fail(ErrorCode::kUnavailable, "the server does not end: process " + std::to_string(pid));
}

Status DemoServer::StopEarlier() {
  std::ifstream file(PidFile());
  pid_t pid = 0;
  if (file >> pid && pid > 1 && IsOurs(pid)) TARN_TRY(EndProcess(pid));
  return {};
}

Status DemoServer::Clear() {
  for (const auto* name : {"lake", "data", "server.log", "server.pid", "server.port"}) {
    std::error_code error;
    fs::remove_all(fs::path(directory_) / name, error);
    if (error) return Fail(ErrorCode::kPermissionDenied, "cannot remove the earlier demo: " + error.message());
  }
  return {};
}

Status DemoServer::Spawn(uint16_t port) {
  std::error_code error;
  const auto program = fs::read_symlink("/proc/self/exe", error).string();
  if (error) return Fail(ErrorCode::kUnavailable, "cannot find this program: " + error.message());
  std::vector<std::string> words{program,       "serve",
                                 "--lake",      directory_ + "/lake",
                                 "--data-dir",  directory_ + "/data",
                                 "--listen",    "127.0.0.1:" + std::to_string(port),
                                 "--port-file", PortFile()};
  auto variables = PlainEnvironment();
  const auto arguments = Pointers(words);
  const auto environment = Pointers(variables);
  const auto log = log_file();
  const pid_t child = fork();
  if (child < 0) return Fail(ErrorCode::kUnavailable, "cannot start a process: errno " + std::to_string(errno));
  if (child == 0) BecomeServer(program.c_str(), arguments.data(), environment.data(), log.c_str());
  pid_ = child;
  std::ofstream(PidFile()) << pid_ << "\n";
  return {};
}

Status DemoServer::WaitReady() {
  const auto deadline = steady_clock::now() + kReadyTimeout;
  net::Client client;
  while (steady_clock::now() < deadline) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      return Fail(ErrorCode::kUnavailable, "the server ended at once:\n" + LastLines(log_file()));
    }
    std::ifstream file(PortFile());
    if (file >> port_ && port_ != 0) {
      net::ClientRequest request;
      request.url = url() + "/readyz";
      const auto answer = client.Do(request);
      if (answer && answer->status == 200) return {};
    }
    std::this_thread::sleep_for(kLook);
  }
  return Fail(ErrorCode::kUnavailable, "the server does not get ready:\n" + LastLines(log_file()));
}

Status DemoServer::Start(uint16_t port) {
  const auto usual = IsFree(kUsualPort) ? kUsualPort : uint16_t{0};
  TARN_TRY(Spawn(port != 0 ? port : usual));
  auto ready = WaitReady();
  if (!ready) static_cast<void>(Stop());
  return ready;
}

Status DemoServer::Stop() {
  if (pid_ == 0) return {};
  TARN_TRY(EndProcess(pid_));
  pid_ = 0;
  std::error_code ignored;
  fs::remove(PidFile(), ignored);
  return {};
}

}  // namespace tarn::app
