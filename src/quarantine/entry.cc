// SPDX-License-Identifier: Apache-2.0
#include "quarantine/entry.h"

#include "codec/compression.h"
#include "codec/crc32c.h"
#include "codec/json.h"

namespace tarn::quarantine {
namespace {

using codec::Json;

constexpr size_t kMaxObjectTextBytes = 1ULL << 30;

Json ErrorsJson(const std::vector<contract::FieldError>& errors) {
  auto array = Json::array();
  for (const auto& error : errors) {
    array.push_back({{"field", error.field}, {"message", error.message}, {"type", error.type}});
  }
  return array;
}

/// Throws Json::exception on another shape.
std::vector<contract::FieldError> ErrorsOf(const Json& array) {
  std::vector<contract::FieldError> errors;
  for (const auto& error : array) errors.push_back({error.at("field"), error.at("message"), error.at("type")});
  return errors;
}

std::string EncodeEntry(const Entry& entry) {
  Json json{{"id", entry.id},
            {"status", entry.status},
            {"payload", entry.payload},
            {"is_object", entry.is_object},
            {"errors", ErrorsJson(entry.errors)},
            {"record_index", entry.record_index},
            {"schema_version", entry.schema_version},
            {"request_id", entry.request_id},
            {"received_at", entry.received_at.micros}};
  if (entry.operation != contract::Operation::kUpsert) json["op"] = contract::OperationWord(entry.operation);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Entry> DecodeEntry(std::string_view line) {
  TARN_ASSIGN(const auto json, codec::ParseJson(line));
  try {
    Entry entry;
    entry.id = json.at("id");
    entry.status = json.at("status");
    entry.payload = json.at("payload");
    entry.is_object = json.at("is_object");
    entry.errors = ErrorsOf(json.at("errors"));
    entry.record_index = json.at("record_index");
    entry.schema_version = json.at("schema_version");
    entry.request_id = json.at("request_id");
    entry.received_at.micros = json.at("received_at");
    const auto operation = contract::ReadOperation(json.value("op", "upsert"));
    if (!operation) return Fail(ErrorCode::kUnsupported, "quarantine entry with an operation of a later version");
    entry.operation = *operation;
    return entry;
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kCorrupt, std::string("broken quarantine entry: ") + error.what());
  }
}

}  // namespace

std::string Reason(const Entry& entry) {
  if (entry.errors.empty()) return "";
  const auto& first = entry.errors.front();
  return first.field.empty() ? first.message : first.field + ": " + first.message;
}

std::string ErrorsToJson(const std::vector<contract::FieldError>& errors) {
  return ErrorsJson(errors).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<contract::FieldError>> ErrorsFromJson(std::string_view text) {
  TARN_ASSIGN(const auto json, codec::ParseJson(text));
  try {
    return ErrorsOf(json);
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kCorrupt, std::string("broken validation errors: ") + error.what());
  }
}

Result<std::string> EncodeEntries(const std::vector<Entry>& entries) {
  std::string text;
  for (const auto& entry : entries) text += EncodeEntry(entry) + "\n";
  return codec::ZstdCompress(text);
}

Result<std::vector<Entry>> ReadEntries(store::ObjectStore& store, const EntryObject& object) {
  TARN_ASSIGN(const auto body, store.Get(object.key));
  if (body.size() != object.size_bytes || codec::Crc32c(body) != object.crc32c) {
    return Fail(ErrorCode::kCorrupt, "quarantine object differs from its reference (size or CRC32C): " + object.key);
  }
  TARN_ASSIGN(const auto text, codec::Decompress(codec::Encoding::kZstd, body, kMaxObjectTextBytes));
  std::vector<Entry> entries;
  for (size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    auto entry = DecodeEntry(std::string_view(text).substr(at, end - at));
    if (!entry) return Fail(std::move(entry).error().In(object.key));
    entries.push_back(std::move(*entry));
    at = end + 1;
  }
  return entries;
}

}  // namespace tarn::quarantine
