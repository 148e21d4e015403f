// SPDX-License-Identifier: Apache-2.0
#include "net/io_thread.h"

#include <boost/asio/post.hpp>

#include "base/this_thread.h"
#include "net/connection.h"

namespace tarn::net {
namespace {

constexpr int kOneThread = 1;
constexpr size_t kRequestNumberDigits = 8;

}  // namespace

IoThread::IoThread(std::string id_prefix, std::chrono::milliseconds sweep_interval)
    : context_(kOneThread),
      work_(context_.get_executor()),
      sweep_timer_(context_),
      id_prefix_(std::move(id_prefix)),
      sweep_interval_(sweep_interval) {}

IoThread::~IoThread() = default;

void IoThread::Start() {
  boost::asio::post(context_, [this] { Sweep(); });
  thread_ = std::thread([this] {
    NameThisThread("tarn-io");
    context_.run();
  });
  thread_id_ = thread_.get_id();
}

void IoThread::Join() {
  boost::asio::post(context_, [this] {
    stopping_ = true;
    sweep_timer_.cancel();
    work_.reset();
  });
  thread_.join();
  const std::lock_guard lock(mutex_);
  closed_ = true;
  woken_.clear();
}

void IoThread::Wake(std::shared_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    woken_.push_back(std::move(connection));
    if (std::exchange(drain_posted_, true)) return;
  }
  boost::asio::post(context_, [this] { DrainWoken(); });
}

void IoThread::DrainWoken() {
  {
    const std::lock_guard lock(mutex_);
    draining_.swap(woken_);
    drain_posted_ = false;
  }
  for (auto& connection : draining_) {
    connection->OnWake();
    connection.reset();
  }
  draining_.clear();
}

void IoThread::Add(Connection& connection) {
  connection.index_in_thread_ = connections_.size();
  connections_.push_back(&connection);
}

void IoThread::Remove(Connection& connection) {
  connections_.back()->index_in_thread_ = connection.index_in_thread_;
  std::swap(connections_[connection.index_in_thread_], connections_.back());
  connections_.pop_back();
}

void IoThread::Sweep() {
  const auto now = std::chrono::steady_clock::now();
  ForEach([now](Connection& connection) { connection.OnSweep(now); });
  sweep_timer_.expires_after(sweep_interval_);
  sweep_timer_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec && !stopping_) Sweep();
  });
}

std::string IoThread::NextRequestId() {
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string id = id_prefix_;
  uint64_t number = ++last_request_;
  id.resize(id_prefix_.size() + kRequestNumberDigits);
  for (size_t i = id.size(); i > id_prefix_.size(); number >>= 5) id[--i] = kAlphabet[number & 31];
  return id;
}

std::string_view IoThread::Date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[40];
    const int size =
        std::snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[parts.tm_wday], parts.tm_mday,
                      kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
    date_.assign(text, static_cast<size_t>(size));
    date_second_ = now;
  }
  return date_;
}

}  // namespace tarn::net
