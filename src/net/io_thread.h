// SPDX-License-Identifier: Apache-2.0
#pragma once
// One thread with its io_context: runs its connections, takes their answers from other threads in batches, watches
// their deadlines. Wake, IsCurrent and context() are thread-safe, the rest belongs to the thread. Internal to net.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tarn::net {

class Connection;

class IoThread : public std::enable_shared_from_this<IoThread> {
 public:
  /// `id_prefix` makes this thread's request ids unique; `sweep_interval` is how exactly deadlines are kept.
  IoThread(std::string id_prefix, std::chrono::milliseconds sweep_interval);
  ~IoThread();

  void Start();
  /// Ends when no connection and no handler is left. Not from the thread itself.
  void Join();

  boost::asio::io_context& context() { return context_; }
  bool IsCurrent() const { return std::this_thread::get_id() == thread_id_; }

  /// Calls `connection->OnWake()` soon on this thread. Many calls in a row cost one system call.
  void Wake(std::shared_ptr<Connection> connection);

  void Add(Connection& connection);
  void Remove(Connection& connection);
  template <class Visit>
  void ForEach(Visit visit) {
    const std::vector<Connection*> connections = connections_;  // a visit may remove
    for (Connection* const connection : connections) visit(*connection);
  }

  std::string NextRequestId();
  /// The present time as HTTP shows it; good until the next call.
  std::string_view Date();

 private:
  void DrainWoken();
  void Sweep();

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer sweep_timer_;
  const std::string id_prefix_;
  const std::chrono::milliseconds sweep_interval_;

  std::mutex mutex_;
  std::vector<std::shared_ptr<Connection>> woken_;
  bool drain_posted_ = false;
  bool closed_ = false;

  std::vector<std::shared_ptr<Connection>> draining_;
  std::vector<Connection*> connections_;
  bool stopping_ = false;
  uint64_t last_request_ = 0;
  std::time_t date_second_ = -1;
  std::string date_;
  std::thread thread_;
  std::thread::id thread_id_;
};

}  // namespace tarn::net
