// SPDX-License-Identifier: Apache-2.0
#include "codec/puffin.h"

#include <optional>
#include <utility>

#include "codec/byte_codec.h"
#include "codec/json.h"

namespace tarn::codec {
namespace {

constexpr std::string_view kMagic = "PFA1";
constexpr size_t kTrailerBytes = 12;  // payload size, flags, magic
constexpr uint32_t kFooterCompressed = 1;

OrderedJson ToJson(const PuffinBlob& blob) {
  OrderedJson json;
  json["type"] = blob.type;
  json["fields"] = blob.fields;
  json["snapshot-id"] = blob.snapshot_id;
  json["sequence-number"] = blob.sequence_number;
  json["offset"] = blob.offset_bytes;
  json["length"] = blob.length_bytes;
  if (!blob.compression.empty()) json["compression-codec"] = blob.compression;
  if (!blob.properties.empty()) json["properties"] = blob.properties;
  return json;
}

std::optional<int64_t> IntegerAt(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() && found->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
  return found->get<int64_t>();
}

std::optional<std::map<std::string, std::string>> PropertiesAt(const Json& json) {
  std::map<std::string, std::string> properties;
  const auto found = json.find("properties");
  if (found == json.end() || found->is_null()) return properties;
  if (!found->is_object()) return std::nullopt;
  for (const auto& [name, value] : found->items()) {
    if (!value.is_string()) return std::nullopt;
    properties.emplace(name, value.get<std::string>());
  }
  return properties;
}

std::optional<PuffinBlob> BlobOf(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto type = json.find("type");
  const auto fields = json.find("fields");
  const auto snapshot = IntegerAt(json, "snapshot-id");
  const auto sequence = IntegerAt(json, "sequence-number");
  const auto offset = IntegerAt(json, "offset");
  const auto length = IntegerAt(json, "length");
  auto properties = PropertiesAt(json);
  if (type == json.end() || !type->is_string() || fields == json.end() || !fields->is_array()) return std::nullopt;
  if (!snapshot || !sequence || !offset || !length || !properties) return std::nullopt;
  PuffinBlob blob;
  blob.type = type->get<std::string>();
  for (const Json& field : *fields) {
    if (!field.is_number_integer()) return std::nullopt;
    blob.fields.push_back(static_cast<int32_t>(field.get<int64_t>()));
  }
  blob.snapshot_id = *snapshot;
  blob.sequence_number = *sequence;
  blob.offset_bytes = *offset;
  blob.length_bytes = *length;
  const auto compression = json.find("compression-codec");
  if (compression != json.end() && !compression->is_null()) {
    if (!compression->is_string()) return std::nullopt;
    blob.compression = compression->get<std::string>();
  }
  blob.properties = std::move(*properties);
  return blob;
}

bool LiesWithin(const PuffinBlob& blob, size_t end) {
  const auto limit = static_cast<int64_t>(end);
  return blob.offset_bytes >= static_cast<int64_t>(kMagic.size()) && blob.offset_bytes <= limit &&
         blob.length_bytes >= 0 && blob.length_bytes <= limit - blob.offset_bytes;
}

Result<PuffinFooter> FooterOf(std::string_view payload, size_t blobs_end) {
  const auto json = ParseJson(payload);
  if (!json || !json->is_object()) return Fail(ErrorCode::kCorrupt, "a puffin file's footer is no JSON object");
  const auto blobs = json->find("blobs");
  auto properties = PropertiesAt(*json);
  if (blobs == json->end() || !blobs->is_array() || !properties) {
    return Fail(ErrorCode::kCorrupt, "a puffin file's footer lacks its blobs");
  }
  PuffinFooter footer;
  footer.properties = std::move(*properties);
  for (const Json& entry : *blobs) {
    auto blob = BlobOf(entry);
    if (!blob || !LiesWithin(*blob, blobs_end)) {
      return Fail(ErrorCode::kCorrupt, "a puffin file's footer describes a blob that cannot be there");
    }
    footer.blobs.push_back(std::move(*blob));
  }
  return footer;
}

}  // namespace

PuffinWriter::PuffinWriter() : file_(kMagic) {}

PuffinBlob PuffinWriter::Add(PuffinBlob blob, std::string_view bytes) {
  blob.offset_bytes = static_cast<int64_t>(file_.size());
  blob.length_bytes = static_cast<int64_t>(bytes.size());
  file_.append(bytes);
  footer_.blobs.push_back(blob);
  return blob;
}

std::string PuffinWriter::Finish(std::map<std::string, std::string> properties) {
  OrderedJson json;
  json["blobs"] = OrderedJson::array();
  for (const PuffinBlob& blob : footer_.blobs) json["blobs"].push_back(ToJson(blob));
  json["properties"] = std::move(properties);
  const std::string payload = Dump(json);
  file_.append(kMagic);
  file_.append(payload);
  ByteWriter writer(file_);
  writer.U32(static_cast<uint32_t>(payload.size()));
  writer.U32(0);
  writer.Bytes(kMagic);
  footer_ = {};
  return std::exchange(file_, std::string(kMagic));
}

Result<PuffinFooter> DecodePuffinFooter(std::string_view file) {
  if (file.size() < 2 * kMagic.size() + kTrailerBytes || !file.starts_with(kMagic) || !file.ends_with(kMagic)) {
    return Fail(ErrorCode::kCorrupt, "not a puffin file");
  }
  const size_t trailer = file.size() - kTrailerBytes;
  const auto payload_bytes = LoadLittleEndian<uint32_t>(file.data() + trailer);
  const auto flags = LoadLittleEndian<uint32_t>(file.data() + trailer + 4);
  if (flags == kFooterCompressed) return Fail(ErrorCode::kUnsupported, "puffin file with an lz4-compressed footer");
  if (flags != 0) return Fail(ErrorCode::kUnsupported, "puffin file with unknown flags: " + std::to_string(flags));
  if (payload_bytes > trailer - 2 * kMagic.size()) return Fail(ErrorCode::kCorrupt, "a puffin file is cut short");
  const size_t footer = trailer - payload_bytes - kMagic.size();
  if (file.substr(footer, kMagic.size()) != kMagic) return Fail(ErrorCode::kCorrupt, "a puffin file's footer is lost");
  return FooterOf(file.substr(footer + kMagic.size(), payload_bytes), footer);
}

}  // namespace tarn::codec
