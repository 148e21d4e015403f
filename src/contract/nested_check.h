// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a JSON value fits a list or struct column, down to its leaves (http-api.md §4.6): each leaf by the rule of
// its type, null anywhere inside, absent fields. Thread-compatible; allocates for faults only.

#include <string>
#include <vector>

#include "contract/conversion.h"
#include "contract/struct_fields.h"

namespace tarn::contract {

struct NestedFault {
  std::string path;  ///< from the column on, dotted; elements of lists count from 0: "items.1.qty"
  Misfit misfit = Misfit::kNone;
};

class NestedCheck {
 public:
  enum class UnknownFields { kAllowed, kForbidden };

  /// Faults of one value that are told, at most.
  static constexpr size_t kMaxFaults = 100;

  /// Checks a value that is not null; the faults are valid until the next call.
  const std::vector<NestedFault>& Run(const Column& column, const JsonValue& value, UnknownFields unknown);

 private:
  /// Down to an element or into a field.
  struct Step {
    const Column* field = nullptr;  ///< nullptr: an element
    size_t index = 0;
  };

  void Check(const Column& column, const JsonValue& value);
  void CheckElements(const Column& column, const JsonValue& value);
  void CheckFields(const Column& column, const JsonValue& value);
  void Add(Misfit misfit, std::string_view below = {});

  const Column* column_ = nullptr;
  UnknownFields unknown_ = UnknownFields::kAllowed;
  StructFields fields_;
  Scratch scratch_;
  std::vector<Step> steps_;
  std::vector<NestedFault> faults_;
};

}  // namespace tarn::contract
