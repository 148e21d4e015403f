// SPDX-License-Identifier: Apache-2.0
#include "app/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace tarn::app {
namespace {

constexpr std::string_view kBold = "\033[1m";
constexpr std::string_view kDim = "\033[2m";
constexpr std::string_view kGreen = "\033[32m";
constexpr std::string_view kRed = "\033[1;31m";
constexpr std::string_view kCyan = "\033[1;36m";
constexpr std::string_view kOff = "\033[0m";
constexpr size_t kStepColumns = 72;

void Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

std::string Filled(std::string_view text, size_t columns) {
  return std::string(text) + std::string(columns - std::min(columns, DisplayWidth(text)), ' ');
}

}  // namespace

Console::Console() : on_terminal_(isatty(STDOUT_FILENO) == 1) {}

std::string Console::In(std::string_view colour, std::string_view text) const {
  if (!on_terminal_) return std::string(text);
  return fmt::format("{}{}{}", colour, text, kOff);
}

void Console::Title(std::string_view text) { Print("\n" + In(kBold, text) + "\n"); }

void Console::Heading(std::string_view text) { Print("\n" + In(kCyan, text) + "\n"); }

void Console::Step(std::string_view text, double seconds) {
  Print(fmt::format("  {} {}\n", Filled(text, kStepColumns), In(kDim, fmt::format("{:7.3f} s", seconds))));
}

void Console::Line(std::string_view text) { Print(fmt::format("  {}\n", text)); }

void Console::Table(std::string_view name, const ResultTable& table, size_t max_rows) {
  TableStyle style;
  style.indent = "    ";
  style.max_rows = max_rows;
  style.max_cell_columns = 56;
  if (on_terminal_) {
    style.header_on = kBold;
    style.header_off = kOff;
  }
  const auto more = table.rows.size() > max_rows ? fmt::format("    … {} rows in all\n", table.rows.size()) : "";
  Print(fmt::format("\n  {}\n{}{}", In(kBold, name), FormatTable(table, style), In(kDim, more)));
}

void Console::Verdict(bool passed, std::string_view name, std::string_view detail) {
  Print(fmt::format("  {}  {} {}\n", passed ? In(kGreen, "PASS") : In(kRed, "FAIL"), Filled(name, 44), detail));
}

}  // namespace tarn::app
