// SPDX-License-Identifier: Apache-2.0
#pragma once
// The server of the demo: a `tarn serve` of this very program in a session of its own, so that it can outlive the demo.
// Its process id lies in a file, by which the next demo replaces it. Thread-compatible.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace tarn::app {

class DemoServer {
 public:
  /// `directory` (made when absent) holds lake, data, server.log and server.pid. kFailedPrecondition when it holds
  /// something else than an earlier demo.
  static Result<DemoServer> Prepare(const std::string& directory);

  /// Ends the server of an earlier demo in this directory, if it still runs and is one.
  Status StopEarlier();

  /// Removes the earlier demo's lake and data.
  Status Clear();

  /// Starts on `port` (0 = 8080 when it is free, else any) and waits until it is ready. kUnavailable names its log.
  Status Start(uint16_t port);

  /// SIGTERM, then SIGKILL when it does not end in time.
  Status Stop();

  const std::string& directory() const { return directory_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::string log_file() const { return directory_ + "/server.log"; }
  pid_t pid() const { return pid_; }

 private:
  explicit DemoServer(std::string directory) : directory_(std::move(directory)) {}

  std::string PidFile() const { return directory_ + "/server.pid"; }
  std::string PortFile() const { return directory_ + "/server.port"; }
  bool IsOurs(pid_t pid) const;
  Status EndProcess(pid_t pid);
  Status Spawn(uint16_t port);
  Status WaitReady();

  std::string directory_;  ///< absolute
  uint16_t port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace tarn::app
