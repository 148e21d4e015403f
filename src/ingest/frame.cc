// SPDX-License-Identifier: Apache-2.0
#include "ingest/frame.h"

#include "base/assert.h"
#include "codec/byte_codec.h"

namespace tarn::ingest {
namespace {

// Layout (little-endian): u32 size | u8 version | u8 flags | u16 zero | u64 first sequence | i64 insert date |
// u32 record count | u32 error count | u32 generation | u32 contract version | u16 domain, u16 table, u16 request id
// sizes | u16 zero | u32 error text size | u32 keyed size | names | records | error index | error text | keyed | body.
constexpr size_t kSequencePosition = 8;
constexpr size_t kFixedBytes = 56;
constexpr size_t kRecordBytes = 9;  // u32 offset in the body, u32 length, u8 flags
constexpr size_t kErrorBytes = 12;  // u32 record, u32 offset in the error text, u32 length
constexpr uint8_t kFlagKeyed = 1;
constexpr uint8_t kRecordDisposition = 3;
constexpr uint8_t kRecordDelete = 4;
constexpr uint8_t kRecordNoObject = 8;
constexpr uint8_t kRecordTruncate = 16;

contract::Operation OperationOf(uint8_t flags) {
  if ((flags & kRecordTruncate) != 0) return contract::Operation::kTruncate;
  return (flags & kRecordDelete) != 0 ? contract::Operation::kDelete : contract::Operation::kUpsert;
}

std::unexpected<Error> Damaged() { return Fail(ErrorCode::kCorrupt, "log frame does not fit its lengths"); }

Result<std::optional<KeyedAnswer>> DecodeKeyed(std::string_view bytes) {
  codec::ByteReader in(bytes);
  const auto key = in.LengthPrefixed();
  const auto hash = in.LengthPrefixed();
  const auto status = in.U16();
  const auto members = in.LengthPrefixed();
  if (!key || !hash || !status || !members) return Damaged();
  return std::optional(KeyedAnswer{*key, *hash, *status, *members});
}

}  // namespace

std::string_view DispositionName(Disposition disposition) {
  switch (disposition) {
    case Disposition::kValid:
      return "valid";
    case Disposition::kUnchecked:
      return "unchecked";
    case Disposition::kQuarantined:
      return "quarantined";
    case Disposition::kRejected:
      return "rejected";
  }
  return "valid";
}

Result<FrameView> FrameView::Decode(std::string_view bytes, uint64_t incarnation) {
  codec::ByteReader in(bytes);
  if (bytes.size() < kFixedBytes || *in.U32() != bytes.size()) return Damaged();
  const auto version = *in.U8();
  if (version != kFrameVersion)
    return Fail(ErrorCode::kUnsupported, "log frame of another version: " + std::to_string(version));
  const auto flags = *in.U8();
  in.U16();
  FrameView frame;
  auto& header = frame.header_;
  header.first = {incarnation, *in.U64()};
  header.insert_date = Timestamp{*in.I64()};
  header.record_count = *in.U32();
  const size_t error_count = *in.U32();
  header.generation = *in.U32();
  header.contract_version = *in.U32();
  const size_t domain_size = *in.U16();
  const size_t table_size = *in.U16();
  const size_t request_id_size = *in.U16();
  in.U16();
  const size_t error_text_size = *in.U32();
  const size_t keyed_size = *in.U32();
  const auto names = in.Bytes(domain_size + table_size + request_id_size);
  const auto records = in.Bytes(header.record_count * kRecordBytes);
  const auto error_index = in.Bytes(error_count * kErrorBytes);
  const auto error_text = in.Bytes(error_text_size);
  const auto keyed = in.Bytes(keyed_size);
  if (!names || !records || !error_index || !error_text || !keyed || header.record_count == 0) return Damaged();
  header.domain = names->substr(0, domain_size);
  header.table = names->substr(domain_size, table_size);
  header.request_id = names->substr(domain_size + table_size);
  frame.records_ = *records;
  frame.error_index_ = *error_index;
  frame.error_text_ = *error_text;
  frame.body_ = bytes.substr(in.position());
  for (uint32_t i = 0; i < header.record_count; ++i) {
    const char* at = records->data() + i * kRecordBytes;
    if (uint64_t{codec::LoadLittleEndian<uint32_t>(at)} + codec::LoadLittleEndian<uint32_t>(at + 4) >
        frame.body_.size()) {
      return Damaged();
    }
  }
  for (size_t i = 0; i < error_count; ++i) {
    const char* at = error_index->data() + i * kErrorBytes;
    if (uint64_t{codec::LoadLittleEndian<uint32_t>(at + 4)} + codec::LoadLittleEndian<uint32_t>(at + 8) >
        error_text_size) {
      return Damaged();
    }
  }
  if ((flags & kFlagKeyed) != 0) {
    TARN_ASSIGN(frame.keyed_, DecodeKeyed(*keyed));
  }
  return frame;
}

RecordView FrameView::record(uint32_t i) const {
  const char* at = records_.data() + i * kRecordBytes;
  const auto flags = static_cast<uint8_t>(at[8]);
  RecordView record;
  record.raw = body_.substr(codec::LoadLittleEndian<uint32_t>(at), codec::LoadLittleEndian<uint32_t>(at + 4));
  record.index = i;
  record.disposition = static_cast<Disposition>(flags & kRecordDisposition);
  record.operation = OperationOf(flags);
  record.is_object = (flags & kRecordNoObject) == 0;
  if (record.disposition == Disposition::kQuarantined || record.disposition == Disposition::kRejected) {
    record.errors = ErrorsOf(i);
  }
  return record;
}

std::string_view FrameView::ErrorsOf(uint32_t i) const {
  size_t low = 0;
  size_t high = error_index_.size() / kErrorBytes;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    const char* at = error_index_.data() + middle * kErrorBytes;
    const auto record = codec::LoadLittleEndian<uint32_t>(at);
    if (record == i) {
      return error_text_.substr(codec::LoadLittleEndian<uint32_t>(at + 4), codec::LoadLittleEndian<uint32_t>(at + 8));
    }
    (record < i ? low : high) = record < i ? middle + 1 : middle;
  }
  return {};
}

void FrameBuilder::Begin(std::string_view body) {
  body_ = body;
  head_.clear();
  records_.clear();
  error_index_.clear();
  error_text_.clear();
  record_count_ = 0;
}

void FrameBuilder::AddRecord(const contract::CheckedRecord& record, Disposition disposition, std::string_view errors) {
  char entry[kRecordBytes];
  codec::StoreLittleEndian(entry, static_cast<uint32_t>(record.raw.data() - body_.data()));
  codec::StoreLittleEndian(entry + 4, static_cast<uint32_t>(record.raw.size()));
  auto flags = static_cast<uint8_t>(disposition);
  if (record.operation == contract::Operation::kDelete) flags |= kRecordDelete;
  if (record.operation == contract::Operation::kTruncate) flags |= kRecordTruncate;
  if (!record.is_object) flags |= kRecordNoObject;
  entry[8] = static_cast<char>(flags);
  records_.append(entry, sizeof(entry));
  if (!errors.empty()) {
    codec::ByteWriter index(error_index_);
    index.U32(record_count_);
    index.U32(static_cast<uint32_t>(error_text_.size()));
    index.U32(static_cast<uint32_t>(errors.size()));
    error_text_.append(errors);
  }
  ++record_count_;
}

void FrameBuilder::Finish(const FrameHeader& header, const std::optional<KeyedAnswer>& keyed) {
  generation_ = header.generation;
  contract_version_ = header.contract_version;
  head_.clear();
  codec::ByteWriter out(head_);
  out.U32(0);
  out.U8(kFrameVersion);
  out.U8(keyed ? kFlagKeyed : 0);
  out.U16(0);
  out.U64(0);
  out.I64(0);
  out.U32(record_count_);
  out.U32(static_cast<uint32_t>(error_index_.size() / kErrorBytes));
  out.U32(header.generation);
  out.U32(header.contract_version);
  out.U16(static_cast<uint16_t>(header.domain.size()));
  out.U16(static_cast<uint16_t>(header.table.size()));
  out.U16(static_cast<uint16_t>(header.request_id.size()));
  out.U16(0);
  out.U32(static_cast<uint32_t>(error_text_.size()));
  const size_t keyed_size_position = out.position();
  out.U32(0);
  TARN_ASSERT(out.position() == kFixedBytes);
  out.Bytes(header.domain);
  out.Bytes(header.table);
  out.Bytes(header.request_id);
  out.Bytes(records_);
  out.Bytes(error_index_);
  out.Bytes(error_text_);
  if (keyed) {
    const size_t start = out.position();
    out.LengthPrefixed(keyed->key);
    out.LengthPrefixed(keyed->body_hash);
    out.U16(keyed->status);
    out.LengthPrefixed(keyed->members);
    out.PatchU32(keyed_size_position, static_cast<uint32_t>(out.position() - start));
  }
  out.PatchU32(0, static_cast<uint32_t>(size_bytes()));
}

void FrameBuilder::Stamp(uint64_t first_sequence, Timestamp insert_date) {
  codec::StoreLittleEndian(head_.data() + kSequencePosition, first_sequence);
  codec::StoreLittleEndian(head_.data() + kSequencePosition + 8, static_cast<uint64_t>(insert_date.micros));
}

}  // namespace tarn::ingest
