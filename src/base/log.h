// SPDX-License-Identifier: Apache-2.0
#pragma once
// Structured logging facade: one JSON object a line on standard error. Thread-safe. The process-wide sink is the one
// global of the program (docs/adr/0004); everything else is injected.

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace tarn {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// One member of a log line. Numbers are written bare, everything else as a JSON string.
struct LogField {
  std::string_view name;
  std::string value;
  bool is_number = false;

  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : name(field), value(text) {}
  LogField(std::string_view field, const std::string& text) : name(field), value(text) {}
  template <class Number>
    requires std::is_arithmetic_v<Number>
  LogField(std::string_view field, Number number) : name(field), value(std::to_string(number)), is_number(true) {}
};

/// Lines below `level` are dropped. Default kInfo.
void SetLogLevel(LogLevel level);

/// Writes {"time":…,"level":…,"event":…, fields…}. `event` is a short static phrase, values go into fields.
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

inline void LogInfo(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, event, fields);
}
inline void LogWarning(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, event, fields);
}
inline void LogError(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, event, fields);
}

}  // namespace tarn
