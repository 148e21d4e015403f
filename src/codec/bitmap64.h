// SPDX-License-Identifier: Apache-2.0
#pragma once
// A compressed set of 64-bit numbers: which rows of a file are deleted. Over CRoaring, one 32-bit bitmap for each high
// word, as the portable 64-bit serialization of Roaring has it (RoaringFormatSpec, "Extension for 64-bit
// implementations"), which Delta and Puffin deletion vectors embed. Thread-compatible; copies are deep.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct roaring_bitmap_s;

namespace tarn::codec {

class Bitmap64 {
 public:
  Bitmap64() = default;
  Bitmap64(const Bitmap64& other);
  Bitmap64& operator=(const Bitmap64& other);
  Bitmap64(Bitmap64&&) noexcept = default;
  Bitmap64& operator=(Bitmap64&&) noexcept = default;
  ~Bitmap64() = default;

  void Add(uint64_t value);
  void AddRange(uint64_t begin, uint64_t end);  ///< begin inclusive, end exclusive
  void Remove(uint64_t value);
  Bitmap64& operator|=(const Bitmap64& other);
  Bitmap64& operator-=(const Bitmap64& other);

  bool Contains(uint64_t value) const;
  bool Intersects(const Bitmap64& other) const;
  bool empty() const;
  uint64_t Cardinality() const;
  /// Members in [begin, end).
  uint64_t CardinalityIn(uint64_t begin, uint64_t end) const;
  /// Greatest member; 0 when empty.
  uint64_t Maximum() const;
  bool operator==(const Bitmap64& other) const;

  /// Appends the members in [begin, end), ascending, to `out`.
  void AppendRange(uint64_t begin, uint64_t end, std::vector<uint64_t>& out) const;
  /// All members, ascending.
  std::vector<uint64_t> Values() const;

  /// Portable serialization, runs compressed where that is smaller.
  std::string Encode() const;
  /// kCorrupt unless `bytes` is exactly one well-formed serialization: every container is checked before it is used.
  static Result<Bitmap64> Decode(std::string_view bytes);

 private:
  struct Free {
    void operator()(roaring_bitmap_s* bitmap) const;
  };
  using Part = std::unique_ptr<roaring_bitmap_s, Free>;

  static Part CopyOf(const Part& part);
  roaring_bitmap_s* PartOf(uint32_t high);

  std::map<uint32_t, Part> parts_;  ///< by high word; none is null, some may be empty
};

}  // namespace tarn::codec
