// SPDX-License-Identifier: Apache-2.0
#pragma once
// A change event of Debezium: {"before", "after", "op", "source", "ts_ms"}, by itself or as the `payload` beside a
// `schema` (docs/guide/change-streams.md). Says what happened, and where in the text the row and the place in the
// source stand. Reused from record to record; thread-compatible.

#include <optional>
#include <string>
#include <string_view>

#include "contract/json_scanner.h"
#include "contract/operation.h"

namespace tarn::contract {

class ChangeEvent {
 public:
  /// An object inside the event, which the scanner can go back to.
  struct Part {
    JsonScanner::Mark mark = nullptr;
    JsonValue value;
    int depth = 0;  ///< open brackets around it
  };

  /// Why a record is no event that can be applied.
  struct Fault {
    std::string_view field;
    std::string_view message;
  };

  /// Reads the object the scanner stands at, inside `depth` open brackets, and leaves the scanner behind it. False: see
  /// the scanner's fault. An object of another shape is read all the same: see fault().
  bool Read(JsonScanner& scanner, int depth, JsonValue& object);

  const std::optional<Fault>& fault() const { return fault_; }
  Operation operation() const { return operation_; }
  /// The row as it is now, or as it was when it is deleted; nullptr for a truncate or a faulty event.
  const Part* row() const { return row_; }
  /// nullptr when the event has none.
  const Part* source() const { return IsObject(source_) ? &*source_ : nullptr; }
  /// When the event was made; nullptr when it does not say.
  const JsonValue* ts_ms() const { return ts_ms_ ? &*ts_ms_ : nullptr; }

 private:
  static bool IsObject(const std::optional<Part>& part) { return part && part->value.kind == JsonKind::kObject; }
  bool ReadEvent(JsonScanner& scanner, int depth, JsonValue& object);
  bool ReadMember(JsonScanner& scanner, int depth, const JsonValue& key);
  void Judge();
  void Refuse(std::string_view field, std::string_view message) { fault_ = Fault{field, message}; }

  std::optional<JsonValue> op_;
  std::optional<JsonValue> ts_ms_;
  std::optional<Part> before_;
  std::optional<Part> after_;
  std::optional<Part> source_;
  std::optional<Part> payload_;
  std::optional<Fault> fault_;
  Operation operation_ = Operation::kUpsert;
  const Part* row_ = nullptr;
  std::string scratch_;
};

}  // namespace tarn::contract
