// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "app/result_table.h"

namespace tarn::app {
namespace {

constexpr size_t kBarColumns = 24;
constexpr size_t kDefaultColumns = 80;
constexpr std::string_view kClearLine = "\r\033[K";
constexpr std::string_view kSigns = "|/-\\";

size_t TerminalColumns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kDefaultColumns;
  return size.ws_col;
}

void Print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::string Meter(const ProgressState& state, double seconds) {
  if (state.total == 0) return std::string(1, kSigns[static_cast<size_t>(seconds * 10) % kSigns.size()]);
  const uint64_t reached = std::min(state.done, state.total);
  const auto filled = static_cast<size_t>(kBarColumns * reached / state.total);
  const std::string bar = fmt::format("[{}{}]", std::string(filled, '#'), std::string(kBarColumns - filled, '.'));
  if (!state.in_bytes) return fmt::format("{} {}/{}", bar, reached, state.total);
  constexpr double kMegabyte = 1e6;
  return fmt::format("{} {:.1f}/{:.1f} MB", bar, static_cast<double>(reached) / kMegabyte,
                     static_cast<double>(state.total) / kMegabyte);
}

}  // namespace

std::string ProgressLine(std::string_view verb, const ProgressState& state, double seconds, size_t columns) {
  std::string line = fmt::format("{} {} {:.0f} s", verb, Meter(state, seconds), seconds);
  if (!state.at.empty()) line += fmt::format("  {}", state.at);
  while (!line.empty() && DisplayWidth(line) > columns) {
    line.pop_back();
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0U) == 0x80U) line.pop_back();
  }
  return line;
}

Progress::Progress(std::string verb) : verb_(std::move(verb)), started_(std::chrono::steady_clock::now()) {
  if (isatty(STDERR_FILENO) == 1) painter_ = std::thread([this] { Draw(); });
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  if (painter_.joinable()) painter_.join();
}

void Progress::At(ProgressState state) {
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
}

void Progress::Draw() {
  std::unique_lock lock(mutex_);
  bool drawn = false;
  auto wait = kFirstDraw;
  while (!changed_.wait_for(lock, wait, [this] { return over_; })) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    const std::string line = ProgressLine(verb_, state_, seconds, TerminalColumns() - 1);
    lock.unlock();
    Print(std::string(kClearLine) + line);
    lock.lock();
    drawn = true;
    wait = kRedraw;
  }
  if (drawn) Print(kClearLine);
}

}  // namespace tarn::app
