// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/decimal_bytes.h"

namespace tarn::table::iceberg {
namespace {

using UInt128 = unsigned __int128;

bool Fits(Int128 unscaled, size_t size) {
  if (size >= sizeof(Int128)) return true;
  const Int128 limit = Int128{1} << (8 * size - 1);
  return unscaled >= -limit && unscaled < limit;
}

}  // namespace

std::string DecimalBytes(Int128 unscaled) {
  size_t size = 1;
  while (!Fits(unscaled, size)) ++size;
  return *DecimalBytes(unscaled, size);
}

std::optional<std::string> DecimalBytes(Int128 unscaled, size_t size) {
  if (size == 0 || !Fits(unscaled, size)) return std::nullopt;
  std::string bytes(size, unscaled < 0 ? '\xff' : '\0');
  auto rest = static_cast<UInt128>(unscaled);
  for (size_t i = 0; i < size && i < sizeof(rest); ++i) {
    bytes[size - 1 - i] = static_cast<char>(rest & 0xff);
    rest >>= 8;
  }
  return bytes;
}

std::optional<Int128> DecimalOfBytes(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > sizeof(Int128)) return std::nullopt;
  UInt128 value = (static_cast<uint8_t>(bytes[0]) & 0x80) != 0 ? ~UInt128{0} : UInt128{0};
  for (const char byte : bytes) value = (value << 8) | static_cast<uint8_t>(byte);
  return static_cast<Int128>(value);
}

size_t DecimalBytesOfPrecision(uint8_t precision) {
  Int128 greatest = 0;
  for (int i = 0; i < precision; ++i) greatest = greatest * 10 + 9;
  size_t size = 1;
  while (!Fits(greatest, size)) ++size;
  return size;
}

}  // namespace tarn::table::iceberg
