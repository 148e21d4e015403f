// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stored records into typed rows (http-api.md §4.5–4.6, lake.md §2–4): how bronze is shown and silver is fed.
// A decoder is made for one plan of columns and reused for many records; thread-compatible.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/compiled_contract.h"
#include "contract/json_value.h"
#include "table/batch.h"

namespace tarn::contract {

/// A column to fill from payloads. Declared columns take exact and snake_case keys, apply the contract's coercion and
/// default; others (evolved fields) take their exact key and are converted to `type` by the rules of §3.6 widening.
struct PayloadColumn {
  std::string name;
  table::DataType type;                 ///< of the table; may be wider than the contract's
  int contract_column = kEvolvedField;  ///< index into Contract::columns, or one of the two below

  static constexpr int kEvolvedField = -1;
  static constexpr int kNeverFilled = -2;  ///< NULL in every row: payloads no longer reach the column
};

struct DecodePlan {
  std::shared_ptr<const CompiledContract> contract;
  std::vector<PayloadColumn> columns;
  bool whole_record_column = false;  ///< single_column mode: columns[0] is `data`, the record's text
  bool wants_rescued = true;         ///< false saves the work when DecodedRow::rescued is not looked at
  bool wants_presence = false;
};

struct DecodedRow {
  bool fits = true;   ///< false: at least one value did not fit and is NULL in the row
  std::string unfit;  ///< "column: reason" of the first one
  /// JSON object text of fields that have no column (reserved names, clashing case …), and of members of structs that
  /// have no field, under the column's name; valid until the decoder's next row; empty = none.
  std::string_view rescued;
  std::string_view presence;  ///< wants_presence: '1' for each column the record brings (null included), else '0';
                              ///< valid until the next row
};

class RowDecoder {
 public:
  explicit RowDecoder(DecodePlan plan);
  ~RowDecoder();
  RowDecoder(RowDecoder&&) noexcept;

  /// Appends one row to the builder's columns [first_column, first_column + plan.columns.size()). `record` is the JSON
  /// object text (RecordChecker::kPadding readable bytes behind it). kCorrupt when it is no JSON object.
  Result<DecodedRow> Append(std::string_view record, table::BatchBuilder& builder, size_t first_column);

  /// The same for a record whose members are known, in their order; only when takes_members().
  DecodedRow AppendMembers(std::span<const JsonMember> members, table::BatchBuilder& builder, size_t first_column);
  bool takes_members() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Collects unknown fields and their types over many records: what `evolve` adds (http-api.md §4.5, §3.6).
class FieldObserver {
 public:
  explicit FieldObserver(std::shared_ptr<const CompiledContract> contract);
  ~FieldObserver();

  /// Looks at one record's text.
  Status Observe(std::string_view record);
  /// At a record whose members are known, in their order; RecordChecker::TakesMembers tells of which contracts.
  void ObserveMembers(std::span<const JsonMember> members);

  struct Observed {
    std::string name;            ///< exact spelling
    table::DataType type;        ///< by §3.5, widened over all seen values
    bool long_integers = false;  ///< saw integers that a double does not hold exactly (|x| > 2^53)
  };
  /// Unknown fields with a type, in order of first appearance; fields only ever null are left out.
  std::vector<Observed> Unknown() const;
  /// auto_inference: declared columns (index into Contract::columns) whose values need a wider type.
  std::vector<std::pair<size_t, table::DataType>> Widened() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The narrowest type for a column of type `present` that also takes values of type `added` (http-api.md §3.6):
/// integer→float, decimals grow, date→timestamp, other mixtures→string, with objects or lists→JSON; structs get the
/// fields they lack, lists and structs that differ in more become JSON. Values of `present` keep their meaning in it:
/// strings must become JSON by quoting them, not by reading them as JSON.
table::DataType WidenedType(const table::DataType& present, const table::DataType& added);

/// Whether every value of `from` keeps its meaning in `to` without a cast that can fail. Of lists and structs: whether
/// `to` only has more fields.
bool IsWidening(const table::DataType& from, const table::DataType& to);

}  // namespace tarn::contract
