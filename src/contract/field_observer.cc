// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "contract/conversion.h"
#include "contract/field_name.h"
#include "contract/number_text.h"
#include "contract/record_fields.h"
#include "contract/row_decoder.h"
#include "contract/time_text.h"

namespace tarn::contract {
namespace {

using table::DataType;
using table::TypeKind;

constexpr int64_t kExactDoubleBound = int64_t{1} << 53;
constexpr DecimalShape kPlainDecimal{38, 9};
constexpr DecimalShape kWholeDecimal{38, 0};

/// What kinds of values a field had.
class Sketch {
 public:
  void Note(const JsonValue& value, Scratch& scratch) {
    switch (value.kind) {
      case JsonKind::kNull:
        break;
      case JsonKind::kBoolean:
        boolean_ = true;
        break;
      case JsonKind::kNumber:
        value.integer ? NoteInteger(value, scratch) : NoteFraction(value, scratch);
        break;
      case JsonKind::kString:
        NoteText(StringOf(value, scratch));
        break;
      case JsonKind::kObject:
      case JsonKind::kArray:
        nested_ = true;
        break;
    }
  }

  bool long_integers() const { return long_integer_; }

  /// The type by http-api.md §3.5, widened over all values as §3.6 says; nullopt when there were only nulls.
  std::optional<DataType> Type() const {
    const bool time = date_ || timestamp_;
    const bool number = integer_ || long_integer_ || huge_integer_ || fraction_ || no_number_type_;
    if (nested_) return table::Scalar(TypeKind::kJson);
    if (text_ || (boolean_ && (number || time)) || (number && time)) return table::Scalar(TypeKind::kString);
    if (boolean_) return table::Scalar(TypeKind::kBoolean);
    if (time) return table::Scalar(timestamp_ ? TypeKind::kTimestamp : TypeKind::kDate);
    if (number) return NumberType();
    return std::nullopt;
  }

 private:
  DataType NumberType() const {
    if (no_number_type_) return table::Scalar(TypeKind::kString);
    if (huge_integer_ && !plain_decimal_) {
      return fraction_ ? table::Scalar(TypeKind::kString)
                       : table::Decimal(kWholeDecimal.precision, kWholeDecimal.scale);
    }
    if (huge_integer_ || (long_integer_ && fraction_)) {
      return fraction_ && !exact_decimal_ ? table::Scalar(TypeKind::kString)
                                          : table::Decimal(kPlainDecimal.precision, kPlainDecimal.scale);
    }
    return table::Scalar(fraction_ ? TypeKind::kDouble : TypeKind::kInt64);
  }

  void NoteInteger(const JsonValue& value, Scratch& scratch) {
    int64_t number = 0;
    if (ToInteger(value, scratch, number) == Misfit::kNone) {
      (number > kExactDoubleBound || number < -kExactDoubleBound ? long_integer_ : integer_) = true;
      return;
    }
    table::Int128 unscaled = 0;
    huge_integer_ = true;
    if (ToDecimal(value, scratch, kPlainDecimal, unscaled) != Misfit::kNone) plain_decimal_ = false;
    if (ToDecimal(value, scratch, kWholeDecimal, unscaled) != Misfit::kNone) no_number_type_ = true;
  }

  void NoteFraction(const JsonValue& value, Scratch& scratch) {
    double number = 0;
    fraction_ = true;
    if (ToDouble(value, scratch, number) != Misfit::kNone) no_number_type_ = true;
    if (!exact_decimal_) return;
    NumberParts parts;
    table::Int128 unscaled = 0;
    exact_decimal_ = SplitNumber(value.text(), parts) &&
                     ToDecimal128(parts, kPlainDecimal.precision, kPlainDecimal.scale, unscaled) == Fit::kExact;
  }

  void NoteText(std::string_view text) {
    const auto time = ReadTimeText(text);
    if (time && time->has_seconds) {
      timestamp_ = true;
    } else if (time && !time->has_time) {
      date_ = true;
    } else {
      text_ = true;
    }
  }

  bool boolean_ = false;
  bool integer_ = false;
  bool long_integer_ = false;    ///< beyond what a double holds exactly
  bool huge_integer_ = false;    ///< beyond int64
  bool fraction_ = false;        ///< a literal with fraction or exponent
  bool exact_decimal_ = true;    ///< all of them fit decimal(38,9) unrounded
  bool plain_decimal_ = true;    ///< all huge integers fit decimal(38,9)
  bool no_number_type_ = false;  ///< a number no type holds
  bool date_ = false;
  bool timestamp_ = false;
  bool text_ = false;
  bool nested_ = false;
};

}  // namespace

struct FieldObserver::Impl {
  /// Tags of keys: an index into `unknown`, or this.
  static constexpr int32_t kNoColumn = -2;

  struct Field {
    std::string name;
    Sketch sketch;
  };

  explicit Impl(std::shared_ptr<const CompiledContract> contract) : fields(std::move(contract), FieldScope::kAll) {
    const auto& columns = fields.contract().contract().columns;
    declared.resize(columns.size());
    for (const auto& column : columns) names.insert(FoldCase(column.name));
  }

  /// Of the record that was read last.
  void NoteFields() {
    const auto& columns = fields.contract().contract().columns;
    for (size_t i = 0; i < declared.size(); ++i) {
      const auto* value = columns[i].inferred ? fields.Column(i) : nullptr;
      if (value != nullptr) declared[i].Note(*value, scratch);
    }
    for (const auto& other : fields.Others()) NoteOther(other);
  }

  void NoteOther(const RecordFields::Other& other) {
    if (*other.tag == RecordFields::kNewKey && other.value.kind != JsonKind::kNull) *other.tag = Resolve(other.key);
    if (*other.tag >= 0) unknown[static_cast<size_t>(*other.tag)].sketch.Note(other.value, scratch);
  }

  int32_t Resolve(const JsonValue& key) {
    const auto name = std::string(StringOf(key, scratch));
    const auto known = index.find(name);
    if (known != index.end()) return known->second;
    if (!CanBeColumn(name) || names.size() >= kMaxColumns || !names.insert(FoldCase(name)).second) return kNoColumn;
    const auto tag = static_cast<int32_t>(unknown.size());
    unknown.push_back({name, {}});
    index.emplace(name, tag);
    return tag;
  }

  JsonScanner scanner;
  RecordFields fields;
  Scratch scratch;
  std::vector<Sketch> declared;
  std::vector<Field> unknown;
  std::unordered_map<std::string, int32_t> index;  ///< into `unknown`: keys are forgotten now and then, fields are not
  std::unordered_set<std::string> names;           ///< of columns and unknown fields, in lower case
};

FieldObserver::FieldObserver(std::shared_ptr<const CompiledContract> contract)
    : impl_(std::make_unique<Impl>(std::move(contract))) {}
FieldObserver::~FieldObserver() = default;

Status FieldObserver::Observe(std::string_view record) {
  auto& impl = *impl_;
  const auto& contract = impl.fields.contract().contract();
  if (contract.mode == Mode::kSingleColumn) return {};
  JsonValue object;
  if (!impl.scanner.Index(record) || !impl.fields.Read(impl.scanner, 0, object) || !impl.scanner.AtEnd()) {
    return Fail(ErrorCode::kCorrupt, "stored record is no JSON object");
  }
  impl.NoteFields();
  return {};
}

void FieldObserver::ObserveMembers(std::span<const JsonMember> members) {
  impl_->fields.Take(members);
  impl_->NoteFields();
}

std::vector<FieldObserver::Observed> FieldObserver::Unknown() const {
  std::vector<Observed> observed;
  for (const auto& field : impl_->unknown) {
    if (auto type = field.sketch.Type())
      observed.push_back({field.name, std::move(*type), field.sketch.long_integers()});
  }
  return observed;
}

std::vector<std::pair<size_t, DataType>> FieldObserver::Widened() const {
  std::vector<std::pair<size_t, DataType>> widened;
  const auto& columns = impl_->fields.contract().contract().columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto seen = impl_->declared[i].Type();
    if (!seen) continue;
    const auto present = StorageType(columns[i]);
    auto wide = WidenedType(present, *seen);
    if (wide != present) widened.emplace_back(i, std::move(wide));
  }
  return widened;
}

}  // namespace tarn::contract
