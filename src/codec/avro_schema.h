// SPDX-License-Identifier: Apache-2.0
#pragma once
// Schemas of Avro data (Avro 1.12 specification, "Schema Declaration") with all their attributes, so that formats built
// on Avro find theirs: what the specification does not name is kept and printed as it came. Types are immutable and
// shared; recursive ones are refused. Thread-safe.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace tarn::codec {

enum class AvroKind : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};

struct AvroType;
using AvroTypePtr = std::shared_ptr<const AvroType>;

struct AvroField {
  std::string name;
  AvroTypePtr type;
  std::optional<OrderedJson> default_value;
  OrderedJson attributes = OrderedJson::object();  ///< everything else, e.g. doc
};

struct AvroType {
  AvroKind kind = AvroKind::kNull;
  std::string name;                                ///< kRecord, kEnum, kFixed: with the namespace in front
  std::vector<AvroField> fields;                   ///< kRecord
  std::vector<AvroTypePtr> children;               ///< kUnion: branches; kArray: items; kMap: values
  std::vector<std::string> symbols;                ///< kEnum
  size_t size_bytes = 0;                           ///< kFixed
  OrderedJson attributes = OrderedJson::object();  ///< everything else, e.g. logicalType

  size_t least_bytes = 0;  ///< no value is encoded shorter
  size_t depth = 1;        ///< levels of types
  size_t leaf_count = 1;   ///< types below, each use counted
};

/// Deepest nesting and most types, each use of a named one counted, that a schema may have; it bounds the work for one
/// value.
inline constexpr size_t kMaxAvroDepth = 64;
inline constexpr size_t kMaxAvroTypes = 1 << 13;

/// kInvalidArgument when it is no schema, kUnsupported when it is recursive or beyond the limits.
Result<AvroTypePtr> ParseAvroSchema(std::string_view json);

/// A named type is spelled out where it comes first and named after that.
std::string AvroSchemaText(const AvroType& schema);

// Builders.
AvroTypePtr AvroPrimitive(AvroKind kind, OrderedJson attributes = OrderedJson::object());
AvroTypePtr AvroFixed(std::string name, size_t size_bytes, OrderedJson attributes = OrderedJson::object());
AvroTypePtr AvroRecord(std::string name, std::vector<AvroField> fields);
AvroTypePtr AvroArray(AvroTypePtr items, OrderedJson attributes = OrderedJson::object());
/// A union of null, which comes first, and `type`.
AvroTypePtr AvroOptional(AvroTypePtr type);

}  // namespace tarn::codec
