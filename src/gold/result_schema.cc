// SPDX-License-Identifier: Apache-2.0
#include "gold/result_schema.h"

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "table/type_shape.h"

namespace tarn::gold {
namespace {

using table::TypeKind;

int Rank(TypeKind kind) {
  switch (kind) {
    case TypeKind::kInt32:
      return 1;
    case TypeKind::kInt64:
      return 2;
    case TypeKind::kDecimal:
      return 3;
    case TypeKind::kFloat:
      return 4;
    case TypeKind::kDouble:
      return 5;
    default:
      return 0;
  }
}

/// The type a stored column needs to take new values too; nullopt when neither holds both.
std::optional<table::DataType> Common(const table::DataType& stored, const table::DataType& coming) {
  if (table::SameShape(stored, coming)) return stored;
  if (stored.kind == TypeKind::kString || coming.kind == TypeKind::kString) return table::Scalar(TypeKind::kString);
  if (stored.kind == TypeKind::kDecimal && coming.kind == TypeKind::kDecimal) {
    const int scale = std::max(stored.scale, coming.scale);
    const int whole = std::max(stored.precision - stored.scale, coming.precision - coming.scale);
    if (whole + scale > 38) return std::nullopt;
    return table::Decimal(static_cast<uint8_t>(whole + scale), static_cast<uint8_t>(scale));
  }
  if (stored.kind == TypeKind::kDecimal && Rank(coming.kind) > 0 && Rank(coming.kind) < 3) return stored;
  if (Rank(stored.kind) > 0 && Rank(coming.kind) > 0) {
    if (coming.kind == TypeKind::kDecimal) return Rank(stored.kind) < 3 ? coming : table::Scalar(TypeKind::kDouble);
    return table::Scalar(Rank(stored.kind) > Rank(coming.kind) ? stored.kind : coming.kind);
  }
  const auto is_time = [](TypeKind kind) {
    return kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampNaive;
  };
  if (stored.kind == TypeKind::kDate && is_time(coming.kind)) return coming;
  if (coming.kind == TypeKind::kDate && is_time(stored.kind)) return stored;
  return std::nullopt;
}

void GiveIds(const table::Snapshot& base, ResultSchema& planned) {
  table::AssignFieldIds(planned.schema, base.last_field_id);
  planned.changed = !base.exists() || planned.schema != base.schema;
}

}  // namespace

std::optional<std::string> RepeatedName(const table::Schema& result) {
  std::set<std::string> seen;
  for (const auto& field : result.fields) {
    if (!seen.insert(Lower(field.name)).second) return field.name;
  }
  return std::nullopt;
}

Status CheckNames(const table::Schema& result) {
  const auto repeated = RepeatedName(result);
  if (!repeated) return {};
  return Fail(ErrorCode::kInvalidArgument, "the result has two columns of one name, give one an alias: " + *repeated);
}

Result<ResultSchema> OverwriteSchema(const table::Snapshot& base, const table::Schema& result) {
  TARN_TRY(CheckNames(result));
  ResultSchema planned;
  for (auto field : result.fields) {
    const auto kept = base.schema.IndexOf(field.name);
    const bool same = kept && table::SameShape(base.schema.fields[*kept].type, field.type);
    field.id = same ? base.schema.fields[*kept].id : 0;
    if (same) field.type = base.schema.fields[*kept].type;
    planned.schema.fields.push_back(std::move(field));
  }
  GiveIds(base, planned);
  return planned;
}

Result<ResultSchema> ExtendedSchema(const table::Snapshot& base, const table::Schema& result) {
  TARN_TRY(CheckNames(result));
  ResultSchema planned;
  planned.schema = base.schema;
  for (const auto& coming : result.fields) {
    const auto at = planned.schema.IndexOf(coming.name);
    if (!at) {
      auto added = coming;
      added.id = 0;
      planned.schema.fields.push_back(std::move(added));
      continue;
    }
    auto& stored = planned.schema.fields[*at];
    const auto common = Common(stored.type, coming.type);
    if (!common) {
      return Fail(ErrorCode::kInvalidArgument, "column " + coming.name + " is " + table::SqlTypeName(stored.type) +
                                                   " in the table and " + table::SqlTypeName(coming.type) +
                                                   " in the result");
    }
    if (*common == stored.type) continue;
    stored.type = *common;
    planned.widened = true;
  }
  GiveIds(base, planned);
  return planned;
}

}  // namespace tarn::gold
