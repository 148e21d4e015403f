// SPDX-License-Identifier: Apache-2.0
#include "contract/row_decoder.h"

#include <limits>
#include <unordered_map>

#include "codec/json_text.h"
#include "contract/declared_value.h"
#include "contract/nested_column.h"
#include "contract/record_fields.h"
#include "contract/value_cast.h"

namespace tarn::contract {
namespace {

using table::ColumnBuilder;
using table::DataType;
using table::TypeKind;

/// Numbers only: a field that was ever text has a string column.
Misfit AppendNumber(const JsonValue& value, Scratch& scratch, ColumnBuilder& out) {
  const auto& type = out.type();
  if (value.kind != JsonKind::kNumber) return Misfit::kFloatType;
  if (type.kind == TypeKind::kDecimal) {
    table::Int128 unscaled = 0;
    const auto misfit = ToDecimal(value, scratch, {type.precision, type.scale}, unscaled);
    if (misfit == Misfit::kNone) out.AppendDecimal(unscaled);
    return misfit;
  }
  if (type.kind == TypeKind::kDouble || type.kind == TypeKind::kFloat) {
    double number = 0;
    const auto misfit = ToDouble(value, scratch, number);
    if (misfit != Misfit::kNone) return misfit;
    type.kind == TypeKind::kDouble ? out.AppendDouble(number) : out.AppendFloat(static_cast<float>(number));
    return Misfit::kNone;
  }
  int64_t number = 0;
  const auto misfit = ToInteger(value, scratch, number);
  if (misfit != Misfit::kNone) return misfit;
  if (type.kind == TypeKind::kInt64) {
    out.AppendInt64(number);
  } else if (number < std::numeric_limits<int32_t>::min() || number > std::numeric_limits<int32_t>::max()) {
    return Misfit::kIntParsingSize;
  } else {
    out.AppendInt32(static_cast<int32_t>(number));
  }
  return Misfit::kNone;
}

/// Appends a field without a contract of its own, by the rules of widening: the column's type has room for its kind.
Misfit AppendEvolved(const JsonValue& value, Scratch& scratch, ColumnBuilder& out) {
  switch (out.type().kind) {
    case TypeKind::kString:
      out.AppendString(value.kind == JsonKind::kString ? StringOf(value, scratch) : value.text());
      return Misfit::kNone;
    case TypeKind::kJson:
      scratch.clear();
      if (value.bare) AppendJson(scratch, value);
      out.AppendString(value.bare ? scratch : value.text());
      return Misfit::kNone;
    case TypeKind::kBoolean:
      if (value.kind != JsonKind::kBoolean) return Misfit::kBoolType;
      out.AppendBool(value.is_true());
      return Misfit::kNone;
    case TypeKind::kInt32:
    case TypeKind::kInt64:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
      return AppendNumber(value, scratch, out);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive: {
      int64_t micros = 0;
      const auto misfit = ToTimestamp(value, scratch, micros);
      if (misfit == Misfit::kNone) out.AppendInt64(micros);
      return misfit;
    }
    case TypeKind::kDate: {
      int32_t days = 0;
      const auto misfit = ToDate(value, scratch, days);
      if (misfit == Misfit::kNone) out.AppendInt32(days);
      return misfit;
    }
    case TypeKind::kBinary:
    case TypeKind::kList:
    case TypeKind::kStruct:
    case TypeKind::kMap:
      break;
  }
  return Misfit::kDictType;  // a type only other writers give columns
}

}  // namespace

struct RowDecoder::Impl {
  /// Tags of other fields: a plan column, or one of these.
  static constexpr int32_t kRescue = -2;

  explicit Impl(DecodePlan decode_plan)
      : plan(std::move(decode_plan)), fields(plan.contract, FieldScope::kAll), evolved(plan.columns.size()) {
    const auto& contract = plan.contract->contract();
    takes_members = !plan.whole_record_column && RecordFields::TakesMembers(contract);
    for (size_t i = 0; i < plan.columns.size(); ++i) {
      const auto& column = plan.columns[i];
      if (column.contract_column == PayloadColumn::kEvolvedField) {
        evolved_by_name.emplace(column.name, static_cast<int32_t>(i));
      }
      coercions.push_back(CoercionOf(column, contract));
      nested.emplace_back();
      if (coercions.back() == Coercion::kNested) nested.back().emplace(DeclaredOf(i), column.type);
    }
  }

  enum class Coercion : uint8_t { kEvolved, kDeclared, kDeclaredAndWidened, kNested };

  static Coercion CoercionOf(const PayloadColumn& column, const Contract& contract) {
    if (column.contract_column < 0) return Coercion::kEvolved;
    const auto& declared = contract.columns[static_cast<size_t>(column.contract_column)];
    if (declared.inferred) return Coercion::kEvolved;
    if (declared.is_nested()) return Coercion::kNested;
    return StorageType(declared) == column.type ? Coercion::kDeclared : Coercion::kDeclaredAndWidened;
  }

  /// Sorts the fields that fill no declared column.
  void SortOthers() {
    ++row;
    rescued.clear();
    for (const auto& other : fields.Others()) {
      if (*other.tag == RecordFields::kNewKey) *other.tag = Resolve(other.key);
      if (*other.tag >= 0) {
        evolved[static_cast<size_t>(*other.tag)] = {&other.value, row};
      } else if (plan.wants_rescued && other.value.kind != JsonKind::kNull) {
        rescued += rescued.empty() ? '{' : ',';
        AppendJson(rescued, other.key);
        rescued += ':';
        AppendJson(rescued, other.value);
      }
    }
  }

  int32_t Resolve(const JsonValue& key) {
    const auto found = evolved_by_name.find(StringOf(key, scratch));
    return found == evolved_by_name.end() ? kRescue : found->second;
  }

  const JsonValue* ValueOf(size_t i) const {
    const int column = plan.columns[i].contract_column;
    if (column >= 0) return fields.Column(static_cast<size_t>(column));
    return evolved[i].row == row ? evolved[i].value : nullptr;
  }

  std::string_view NotePresence() {
    presence.resize(plan.columns.size());
    for (size_t i = 0; i < presence.size(); ++i) presence[i] = ValueOf(i) == nullptr ? '0' : '1';
    return presence;
  }

  /// The contract's column behind a plan column that has one.
  const Column& DeclaredOf(size_t i) const {
    return plan.contract->contract().columns[static_cast<size_t>(plan.columns[i].contract_column)];
  }

  void AppendAbsent(size_t i, ColumnBuilder& out) {
    const int column = plan.columns[i].contract_column;
    if (column < 0) return out.AppendNull();
    const auto& value = plan.contract->DefaultOf(static_cast<size_t>(column));
    if (nested[i] && !table::IsNull(value)) {
      nested[i]->Append(CheckedValue(std::get<std::string>(value)), out, nullptr);
      return;
    }
    if (coercions[i] == Coercion::kDeclared || table::IsNull(value)) return out.AppendValue(value);
    out.AppendValue(CastValue(value, StorageType(DeclaredOf(i)), out.type()).value_or(table::Value()));
  }

  /// Appends a value that is not null; NULL when it does not fit, with the reason.
  void AppendPresent(size_t i, const JsonValue& value, ColumnBuilder& out, DecodedRow& decoded) {
    if (nested[i]) return AppendNested(i, value, out, decoded);
    const auto misfit = coercions[i] == Coercion::kEvolved    ? AppendEvolved(value, scratch, out)
                        : coercions[i] == Coercion::kDeclared ? AppendDeclared(DeclaredOf(i), value, scratch, out)
                                                              : AppendWidened(DeclaredOf(i), value, scratch, out);
    if (misfit == Misfit::kNone) return;
    out.AppendNull();
    NoteMisfit(plan.columns[i].name, misfit, decoded);
  }

  /// Appends a row of the fields that were read last.
  DecodedRow AppendFields(table::BatchBuilder& builder, size_t first_column) {
    DecodedRow decoded;
    if (const auto* event = fields.Event(); event != nullptr && event->fault()) {
      decoded.fits = false;
      decoded.unfit = std::string(event->fault()->field) + ": " + std::string(event->fault()->message);
    }
    SortOthers();
    if (plan.wants_presence) decoded.presence = NotePresence();
    for (size_t i = 0; i < plan.columns.size(); ++i) {
      auto& out = builder.column(first_column + i);
      const auto* value = ValueOf(i);
      if (value == nullptr) {
        AppendAbsent(i, out);
      } else if (value->kind == JsonKind::kNull) {
        out.AppendNull();
      } else {
        AppendPresent(i, *value, out, decoded);
      }
    }
    if (!rescued.empty()) rescued += '}';
    decoded.rescued = rescued;
    return decoded;
  }

  void AppendNested(size_t i, const JsonValue& value, ColumnBuilder& out, DecodedRow& decoded) {
    const auto before = rescued.size();
    if (plan.wants_rescued) {
      rescued += before == 0 ? '{' : ',';
      codec::AppendJsonString(rescued, plan.columns[i].name);
      rescued += ':';
    }
    const auto start = rescued.size();
    const auto fault = nested[i]->Append(value, out, plan.wants_rescued ? &rescued : nullptr);
    if (rescued.size() == start) rescued.resize(before);
    if (fault) NoteMisfit(fault->path, fault->misfit, decoded);
  }

  static void NoteMisfit(const std::string& path, Misfit misfit, DecodedRow& decoded) {
    if (decoded.fits) decoded.unfit = path + ": " + std::string(MisfitMessage(misfit));
    decoded.fits = false;
  }

  struct Evolved {
    const JsonValue* value = nullptr;
    uint64_t row = 0;
  };

  DecodePlan plan;
  JsonScanner scanner;
  RecordFields fields;
  Scratch scratch;
  std::vector<Coercion> coercions;                                ///< of each plan column
  std::vector<std::optional<NestedColumn>> nested;                ///< of each plan column: lists and structs
  std::vector<Evolved> evolved;                                   ///< of each plan column: this row's value
  std::unordered_map<std::string_view, int32_t> evolved_by_name;  ///< views into the plan
  std::string rescued;  ///< a JSON object that is open while the row is read; empty = nothing yet
  std::string presence;
  uint64_t row = 0;
  bool takes_members = false;
};

RowDecoder::RowDecoder(DecodePlan plan) : impl_(std::make_unique<Impl>(std::move(plan))) {}
RowDecoder::~RowDecoder() = default;
RowDecoder::RowDecoder(RowDecoder&&) noexcept = default;

Result<DecodedRow> RowDecoder::Append(std::string_view record, table::BatchBuilder& builder, size_t first_column) {
  auto& impl = *impl_;
  JsonValue object;
  if (!impl.scanner.Index(record) || !impl.fields.Read(impl.scanner, 0, object) || !impl.scanner.AtEnd()) {
    return Fail(ErrorCode::kCorrupt, "stored record is no JSON object");
  }
  if (impl.plan.whole_record_column) {
    for (size_t i = 0; i < impl.plan.columns.size(); ++i) {
      auto& out = builder.column(first_column + i);
      i == 0 ? out.AppendString(record) : out.AppendNull();
    }
    return DecodedRow();
  }
  return impl.AppendFields(builder, first_column);
}

DecodedRow RowDecoder::AppendMembers(std::span<const JsonMember> members, table::BatchBuilder& builder,
                                     size_t first_column) {
  impl_->fields.Take(members);
  return impl_->AppendFields(builder, first_column);
}

bool RowDecoder::takes_members() const { return impl_->takes_members; }

}  // namespace tarn::contract
