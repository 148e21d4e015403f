// SPDX-License-Identifier: Apache-2.0
#include "silver/key_hash.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "codec/byte_codec.h"
#include "codec/xxhash64.h"

namespace tarn::silver {
namespace {

using table::ColumnView;
using table::TypeKind;

uint64_t HashWord(uint64_t word, uint64_t seed) {
  std::array<char, sizeof(word)> bytes{};
  codec::StoreLittleEndian(bytes.data(), word);
  return codec::XxHash64({bytes.data(), bytes.size()}, seed);
}

uint64_t HashInteger(int64_t value, uint64_t seed) { return HashWord(static_cast<uint64_t>(value), seed); }

/// Zeros of both signs are one value, and so are all that are no number.
uint64_t HashDouble(double value, uint64_t seed) {
  if (value == 0) value = 0;
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  return HashWord(std::bit_cast<uint64_t>(value), seed);
}

uint64_t HashDecimal(table::Int128 value, uint64_t seed) {
  const auto bits = static_cast<unsigned __int128>(value);
  return HashWord(static_cast<uint64_t>(bits >> 64), HashWord(static_cast<uint64_t>(bits), seed));
}

/// `seed`: the hash of the parts before.
uint64_t HashValue(const ColumnView& column, size_t row, uint64_t seed) {
  switch (column.type->kind) {
    case TypeKind::kBoolean:
      return HashInteger(column.At<uint8_t>(row) != 0 ? 1 : 0, seed);
    case TypeKind::kInt32:
    case TypeKind::kDate:
      return HashInteger(column.At<int32_t>(row), seed);
    case TypeKind::kInt64:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      return HashInteger(column.At<int64_t>(row), seed);
    case TypeKind::kFloat:
      return HashDouble(static_cast<double>(column.At<float>(row)), seed);
    case TypeKind::kDouble:
      return HashDouble(column.At<double>(row), seed);
    case TypeKind::kDecimal:
      return HashDecimal(column.At<table::Int128>(row), seed);
    case TypeKind::kString:
    case TypeKind::kJson:
    case TypeKind::kBinary:
      return codec::XxHash64(column.At<std::string_view>(row), seed);
    default:
      return seed;
  }
}

/// `Rows`: what has Next.
template <class Rows>
Result<std::vector<uint64_t>> ReadHashes(Rows& rows) {
  std::vector<uint64_t> hashes;
  table::BatchView batch;
  for (;;) {
    TARN_ASSIGN(const bool more, rows.Next(batch));
    if (!more) return hashes;
    for (size_t row = 0; row < batch.rows; ++row) {
      const auto is_null = [&](const ColumnView& column) { return !column.IsValid(row); };
      if (std::ranges::none_of(batch.columns, is_null)) hashes.push_back(HashKey(batch.columns, row));
    }
  }
}

}  // namespace

uint64_t HashKey(std::span<const ColumnView> key, size_t row) {
  uint64_t hash = 0;
  for (const auto& column : key) hash = HashValue(column, row, hash);
  return hash;
}

Result<std::vector<uint64_t>> ReadKeyHashes(engine::ResultStream& stream) { return ReadHashes(stream); }
Result<std::vector<uint64_t>> ReadKeyHashes(engine::RowReader& rows) { return ReadHashes(rows); }

uint64_t KeyFingerprint(const table::Schema& schema, const std::vector<std::string>& key) {
  uint64_t hash = 0;
  for (const auto& name : key) {
    const auto& field = schema.fields[schema.IndexOf(name).value()];
    hash = codec::XxHash64(table::SqlTypeName(field.type), HashInteger(field.id, hash));
  }
  return hash;
}

}  // namespace tarn::silver
