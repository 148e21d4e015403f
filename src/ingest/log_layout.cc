// SPDX-License-Identifier: Apache-2.0
#include "ingest/log_layout.h"

#include <charconv>

#include "base/assert.h"
#include "codec/byte_codec.h"
#include "codec/crc32c.h"

namespace tarn::ingest {
namespace {

constexpr uint64_t kSegmentMagic = 0x474F4C4E524154ULL;  // "TARNLOG\0"
constexpr uint32_t kGroupMagic = 0x50524754;             // "TGRP"
constexpr size_t kChecksumPosition = 4;
constexpr size_t kChecksumEnd = 8;
constexpr std::string_view kSegmentSuffix = ".log";
constexpr size_t kNumberDigits = 20;

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string block;
  codec::ByteWriter out(block);
  out.U64(kSegmentMagic);
  out.U32(kLogVersion);
  out.LengthPrefixed(header.lake_id);
  out.U64(header.incarnation);
  out.U64(header.segment);
  out.U64(header.size_bytes);
  out.U64(header.previous.incarnation);
  out.U64(header.previous.segment);
  out.U64(header.previous.group);
  out.I64(header.last_insert_date.micros);
  out.U32(codec::Crc32c(block));
  TARN_ASSERT(block.size() <= kBlockBytes);
  block.resize(kBlockBytes);
  return block;
}

Result<SegmentHeader> DecodeSegmentHeader(std::string_view block) {
  codec::ByteReader in(block);
  const auto damaged = [] { return Fail(ErrorCode::kCorrupt, "log segment has no valid header"); };
  const auto magic = in.U64();
  const auto version = in.U32();
  if (!magic || *magic != kSegmentMagic || !version) return damaged();
  if (*version != kLogVersion) {
    return Fail(ErrorCode::kUnsupported, "log segment of another version: " + std::to_string(*version));
  }
  const auto lake_id = in.LengthPrefixed();
  const auto incarnation = in.U64();
  const auto segment = in.U64();
  const auto size = in.U64();
  const auto old_incarnation = in.U64();
  const auto old_segment = in.U64();
  const auto old_group = in.U64();
  const auto insert_date = in.I64();
  const size_t covered = in.position();
  const auto checksum = in.U32();
  if (!checksum || *checksum != codec::Crc32c(block.substr(0, covered))) return damaged();
  return SegmentHeader{
      std::string(*lake_id),  *incarnation, *segment, *size, {*old_incarnation, *old_segment, *old_group},
      Timestamp{*insert_date}};
}

uint32_t GroupSeed(const SegmentHeader& header) {
  std::string text = header.lake_id;
  codec::ByteWriter out(text);
  out.U64(header.incarnation);
  out.U64(header.segment);
  return codec::Crc32c(text);
}

void SealGroup(const GroupHeader& header, uint32_t seed, std::string& group_bytes) {
  TARN_ASSERT(group_bytes.size() == kGroupHeaderBytes + header.payload_bytes);
  char* at = group_bytes.data();
  codec::StoreLittleEndian(at, kGroupMagic);
  codec::StoreLittleEndian(at + 8, static_cast<uint32_t>(header.kind));
  codec::StoreLittleEndian(at + 12, header.frame_count);
  codec::StoreLittleEndian(at + 16, header.segment);
  codec::StoreLittleEndian(at + 24, header.group);
  codec::StoreLittleEndian(at + 32, header.payload_bytes);
  const auto checksum = codec::Crc32c(std::string_view(group_bytes).substr(kChecksumEnd), seed);
  codec::StoreLittleEndian(at + kChecksumPosition, checksum);
}

std::optional<GroupHeader> ReadGroupHeader(std::string_view bytes) {
  codec::ByteReader in(bytes);
  if (bytes.size() < kGroupHeaderBytes || *in.U32() != kGroupMagic) return std::nullopt;
  GroupHeader header;
  header.checksum = *in.U32();
  const auto kind = *in.U32();
  if (kind != static_cast<uint32_t>(GroupKind::kData) && kind != static_cast<uint32_t>(GroupKind::kClosing)) {
    return std::nullopt;
  }
  header.kind = static_cast<GroupKind>(kind);
  header.frame_count = *in.U32();
  header.segment = *in.U64();
  header.group = *in.U64();
  header.payload_bytes = *in.U64();
  return header;
}

bool GroupIsIntact(const GroupHeader& header, uint32_t seed, std::string_view bytes) {
  return bytes.size() == kGroupHeaderBytes + header.payload_bytes &&
         codec::Crc32c(bytes.substr(kChecksumEnd), seed) == header.checksum;
}

std::string SegmentFileName(uint64_t segment) {
  auto digits = std::to_string(segment);
  return std::string(kNumberDigits - digits.size(), '0') + digits + std::string(kSegmentSuffix);
}

std::optional<uint64_t> SegmentOfFileName(std::string_view name) {
  if (name.size() != kNumberDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) return std::nullopt;
  name.remove_suffix(kSegmentSuffix.size());
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace tarn::ingest
