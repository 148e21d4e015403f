// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a verb shows to somebody who watches: titles, timed steps, tables, verdicts; colours and signs on a terminal
// only. Thread-compatible.

#include <string>
#include <string_view>

#include "app/result_table.h"

namespace tarn::app {

class Console {
 public:
  /// Looks whether standard output is a terminal.
  Console();

  bool on_terminal() const { return on_terminal_; }

  void Title(std::string_view text);
  void Heading(std::string_view text);
  /// One finished step with its time.
  void Step(std::string_view text, double seconds);
  void Line(std::string_view text);
  void Table(std::string_view name, const ResultTable& table, size_t max_rows);
  /// PASS or FAIL with a name; `detail` is shown as it is.
  void Verdict(bool passed, std::string_view name, std::string_view detail);

 private:
  std::string In(std::string_view colour, std::string_view text) const;

  const bool on_terminal_;
};

}  // namespace tarn::app
