// SPDX-License-Identifier: Apache-2.0
#include "silver/key_filter.h"

#include "codec/byte_codec.h"
#include "codec/crc32c.h"

namespace tarn::silver {
namespace {

constexpr std::string_view kMagic = "TRNK";
constexpr uint32_t kVersion = 1;
constexpr std::string_view kExtension = ".parquet";

}  // namespace

std::string KeyFilterName(std::string_view data_file_path) {
  const auto slash = data_file_path.rfind('/');
  auto name = slash == std::string_view::npos ? data_file_path : data_file_path.substr(slash + 1);
  if (name.ends_with(kExtension)) name.remove_suffix(kExtension.size());
  return "keys/" + std::string(name) + ".filter";
}

std::string EncodeKeyFilter(const KeyFilter& filter) {
  std::string content;
  codec::ByteWriter(content).U64(filter.fingerprint);
  filter.keys.Encode(content);
  std::string bytes;
  codec::ByteWriter writer(bytes);
  writer.Bytes(kMagic);
  writer.U32(kVersion);
  writer.U32(codec::Crc32c(content));
  writer.Bytes(content);
  return bytes;
}

Result<KeyFilter> DecodeKeyFilter(std::string_view bytes) {
  codec::ByteReader reader(bytes);
  if (reader.Bytes(kMagic.size()) != kMagic) return Fail(ErrorCode::kCorrupt, "no key filter");
  const auto version = reader.U32();
  if (version && *version != kVersion) {
    return Fail(ErrorCode::kUnsupported, "key filter has version " + std::to_string(*version) + ", this build reads 1");
  }
  const auto checksum = reader.U32();
  const auto content = reader.Bytes(reader.remaining()).value();
  if (!checksum || codec::Crc32c(content) != *checksum) {
    return Fail(ErrorCode::kCorrupt, "a key filter whose checksum is wrong");
  }
  codec::ByteReader parts(content);
  const auto fingerprint = parts.U64();
  if (!fingerprint) return Fail(ErrorCode::kCorrupt, "a key filter that ends early");
  TARN_ASSIGN(auto keys, codec::FuseFilter::Decode(content.substr(parts.position())));
  return KeyFilter{*fingerprint, std::move(keys)};
}

}  // namespace tarn::silver
