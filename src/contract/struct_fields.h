// SPDX-License-Identifier: Apache-2.0
#pragma once
// A JSON object sorted into the fields of a struct, by the rules that records are sorted into columns (http-api.md
// §4.5): exact keys win over snake_case forms; of duplicates the last wins; of several spellings of one field the
// first. Structs within structs take turns on one stack, so that nothing is allocated after warm-up. Thread-compatible.

#include <optional>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "contract/json_parts.h"

namespace tarn::contract {

class StructFields {
 public:
  /// The fields of one object, until End.
  struct Frame {
    size_t begin = 0;
    size_t size = 0;
  };

  /// Sorts `object`. `on_unknown(key, value)` gets what fills no field, in order.
  template <class OnUnknown>
  Frame Begin(const Column& column, const JsonValue& object, OnUnknown&& on_unknown) {
    const Frame frame{slots_.size(), column.children.size()};
    slots_.resize(frame.begin + frame.size);
    size_t likely = 0;
    JsonParts parts(object);
    for (JsonValue key, value; parts.Next(key, value);) {
      const auto field = Find(column, key, likely);
      if (!field) {
        on_unknown(key, value);
        continue;
      }
      likely = field->index + 1;
      Slot& slot = slots_[frame.begin + field->index];
      const bool other_key = slot.filled && (slot.exact != field->exact || slot.key.text() != key.text());
      if (other_key && !field->exact) {
        on_unknown(key, value);
        continue;
      }
      if (other_key && !slot.exact) on_unknown(slot.key, slot.value);
      slot = {key, value, true, field->exact};
    }
    return frame;
  }

  /// A field's value; nullopt when the object does not have it. A copy: frames move when others begin.
  std::optional<JsonValue> At(const Frame& frame, size_t field) const {
    const Slot& slot = slots_[frame.begin + field];
    return slot.filled ? std::optional(slot.value) : std::nullopt;
  }

  /// Frames end in the reverse of the order they began in.
  void End(const Frame& frame) { slots_.resize(frame.begin); }

 private:
  struct Slot {
    JsonValue key;
    JsonValue value;
    bool filled = false;
    bool exact = false;
  };
  struct Found {
    size_t index = 0;
    bool exact = true;
  };

  std::optional<Found> Find(const Column& column, const JsonValue& key, size_t likely);

  std::vector<Slot> slots_;
  std::string text_;
  std::string name_;
};

}  // namespace tarn::contract
