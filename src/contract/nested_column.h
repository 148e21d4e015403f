// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lists and structs of records into a table column (lake.md §2.1): fields are matched by name, so that the table's
// struct may have more of them, in another order. What fills no field of a struct is collected for `_rescued`. Made for
// one column and reused for many values; thread-compatible.

#include <optional>
#include <string>
#include <vector>

#include "contract/conversion.h"
#include "contract/nested_check.h"
#include "contract/struct_fields.h"
#include "table/batch.h"

namespace tarn::contract {

class NestedColumn {
 public:
  /// `column` outlives it. `stored` is the table column's type: nested, or JSON or text that takes the value as it is.
  NestedColumn(const Column& column, const table::DataType& stored);

  /// Appends one value that is not null; NULL when it does not fit, with the reason. `rescued`, if given, gets JSON
  /// with the members that no field takes at the places they have in the value, lists up to the last such place;
  /// nothing when there are none.
  std::optional<NestedFault> Append(const JsonValue& value, table::ColumnBuilder& out, std::string* rescued);

 private:
  /// How one level is appended.
  struct Level {
    const Column* column = nullptr;  ///< nullptr: no record fills it
    bool nested = false;
    bool widened = false;         ///< a scalar that is stored in another type
    bool may_rescue = false;      ///< a struct is in it
    size_t field = 0;             ///< of the contract's struct
    std::vector<Level> inside{};  ///< a list's element; a level for each field of the table's struct
  };

  static Level LevelFor(const Column& column, const table::DataType& stored);
  static void AddFields(const Column& column, const table::DataType& stored, Level& level);

  /// Returns whether something was rescued.
  bool AppendLevel(const Level& level, const JsonValue& value, table::ColumnBuilder& out, std::string* rescued);
  bool AppendElements(const Level& level, const JsonValue& value, table::ColumnBuilder& out, std::string* rescued);
  bool AppendFields(const Level& level, const JsonValue& value, table::ColumnBuilder& out, std::string* rescued);
  void AppendScalar(const Level& level, const JsonValue& value, table::ColumnBuilder& out);

  const Column& column_;
  bool as_text_;
  Level top_;
  NestedCheck check_;
  StructFields fields_;
  Scratch scratch_;
  Misfit misfit_ = Misfit::kNone;
};

}  // namespace tarn::contract
