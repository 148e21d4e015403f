// SPDX-License-Identifier: Apache-2.0
#include "codec/avro_cursor.h"

#include <limits>

namespace tarn::codec {

Result<AvroSlot> SlotOf(const AvroType& type) {
  if (type.kind == AvroKind::kNull) return AvroSlot{};
  if (type.kind != AvroKind::kUnion) return AvroSlot{.type = &type, .null_branch = -1};
  AvroSlot slot;
  for (size_t i = 0; i < type.children.size(); ++i) {
    const AvroType& branch = *type.children[i];
    if (branch.kind == AvroKind::kNull && slot.null_branch < 0) {
      slot.null_branch = static_cast<int>(i);
    } else if (slot.type == nullptr) {
      slot.type = &branch;
    } else {
      return Fail(ErrorCode::kUnsupported, "Avro union of several types");
    }
  }
  if (type.children.size() != 2 || slot.type == nullptr || slot.null_branch < 0) {
    return Fail(ErrorCode::kUnsupported, "Avro union that is not null and one type");
  }
  return slot;
}

Status AvroCursor::status() const {
  if (error_ == nullptr) return {};
  return Fail(ErrorCode::kCorrupt, std::string(error_) + " at byte " + std::to_string(error_position_));
}

void AvroCursor::SetError(const char* what) {
  if (error_ != nullptr) return;
  error_ = what;
  error_position_ = position_;
  data_ = data_.substr(0, position_);
}

int64_t AvroCursor::LongVarint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (position_ == data_.size()) {
      SetError("the data ends early");
      return 0;
    }
    const auto byte = static_cast<uint8_t>(data_[position_++]);
    if (shift == 63 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  SetError("a number is too long");
  return 0;
}

int64_t AvroCursor::Integer(const AvroType& type) {
  if (type.kind == AvroKind::kInt) return Int();
  if (type.kind == AvroKind::kLong) return Long();
  SetError("a whole number was expected");
  return 0;
}

double AvroCursor::Real(const AvroType& type) {
  if (type.kind == AvroKind::kFloat) return static_cast<double>(Float());
  if (type.kind == AvroKind::kDouble) return Double();
  return static_cast<double>(Integer(type));
}

std::string_view AvroCursor::Binary(const AvroType& type) {
  if (type.kind == AvroKind::kBytes || type.kind == AvroKind::kString) return Bytes();
  if (type.kind == AvroKind::kFixed) return Fixed(type.size_bytes);
  SetError("bytes or text were expected");
  return {};
}

bool AvroCursor::Present(const AvroSlot& slot) {
  if (slot.null_branch >= 0) {
    const int64_t branch = Long();
    if (branch < 0 || branch > 1) SetError("a union has no such branch");
    return ok() && branch != slot.null_branch;
  }
  return ok() && slot.type != nullptr;
}

bool AvroCursor::NextOf(int64_t& left, size_t least_bytes) {
  if (left > 0) {
    --left;
    return ok();
  }
  int64_t count = Long();
  if (count == 0) return false;
  if (count < 0) {
    if (count == std::numeric_limits<int64_t>::min()) {
      SetError("a block has too many items");
      return false;
    }
    count = -count;
    const int64_t size = Long();
    if (size < 0 || static_cast<uint64_t>(size) > remaining()) SetError("a block is longer than the data");
  }
  if (least_bytes == 0) SetError("items without bytes are not supported");
  if (ok() && static_cast<uint64_t>(count) > remaining() / least_bytes) SetError("a block has too many items");
  left = count - 1;
  return ok();
}

bool AvroCursor::NextItem(int64_t& left, const AvroType& item) { return NextOf(left, item.least_bytes); }

bool AvroCursor::NextPair(int64_t& left, const AvroType& value) { return NextOf(left, 1 + value.least_bytes); }

void AvroCursor::Skip(const AvroType& type) {
  switch (type.kind) {
    case AvroKind::kNull:
      return;
    case AvroKind::kBoolean:
      Boolean();
      return;
    case AvroKind::kInt:
    case AvroKind::kLong:
    case AvroKind::kEnum:
      Long();
      return;
    case AvroKind::kFloat:
      Fixed(4);
      return;
    case AvroKind::kDouble:
      Fixed(8);
      return;
    case AvroKind::kFixed:
      Fixed(type.size_bytes);
      return;
    case AvroKind::kBytes:
    case AvroKind::kString:
      Bytes();
      return;
    case AvroKind::kRecord:
      for (const AvroField& field : type.fields) {
        if (!ok()) return;
        Skip(*field.type);
      }
      return;
    case AvroKind::kArray:
    case AvroKind::kMap:
      return SkipBlocks(type);
    case AvroKind::kUnion:
      break;
  }
  const int64_t branch = Long();
  if (branch < 0 || static_cast<uint64_t>(branch) >= type.children.size()) {
    SetError("a union has no such branch");
  } else if (ok()) {
    Skip(*type.children[static_cast<size_t>(branch)]);
  }
}

// Blocks that tell their size are passed over in one step.
void AvroCursor::SkipBlocks(const AvroType& type) {
  const AvroType& item = *type.children[0];
  const bool is_map = type.kind == AvroKind::kMap;
  while (ok()) {
    const int64_t count = Long();
    if (count == 0) return;
    if (count < 0) {
      const int64_t size = Long();
      if (size < 0) SetError("a length is negative");
      Fixed(static_cast<uint64_t>(size));
      continue;
    }
    const size_t least_bytes = item.least_bytes + (is_map ? 1 : 0);
    if (least_bytes == 0) SetError("items without bytes are not supported");
    if (ok() && static_cast<uint64_t>(count) > remaining() / least_bytes) SetError("a block has too many items");
    for (int64_t i = 0; i < count && ok(); ++i) {
      if (is_map) Bytes();
      Skip(item);
    }
  }
}

}  // namespace tarn::codec
