// SPDX-License-Identifier: Apache-2.0
#include "bronze/file_claim.h"

#include "codec/digest.h"
#include "codec/document.h"
#include "codec/json.h"

namespace tarn::bronze {
namespace {

using codec::Json;

constexpr int kClaimVersion = 1;

Result<FileClaim::State> ReadState(const std::string& word) {
  for (const auto state : {FileClaim::State::kOpen, FileClaim::State::kTaken, FileClaim::State::kFailed}) {
    if (word == FileStateWord(state)) return state;
  }
  return Fail(ErrorCode::kCorrupt, "file claim has an unknown state: " + word);
}

/// Throws codec::Json::exception on a shape that does not fit.
FileClaim ClaimFromJson(const Json& json) {
  FileClaim claim;
  claim.domain = json.at("domain");
  claim.table = json.at("table");
  claim.generation = json.at("generation");
  claim.contract_version = json.at("contract_version");
  claim.number = json.at("number");
  claim.key = json.at("key");
  claim.name = json.at("name");
  claim.etag = json.at("etag");
  claim.size_bytes = json.at("size");
  claim.format = FileFormatFromJson(json.at("read_as"));
  claim.unreadable = json.value("unreadable", "");
  claim.checked = json.at("checked");
  claim.operation = json.at("op") == "delete" ? contract::Operation::kDelete : contract::Operation::kUpsert;
  claim.insert_date.micros = json.at("insert_date");
  claim.request_id = json.at("request_id");
  claim.incarnation = json.at("incarnation");
  claim.rows = json.at("rows");
  claim.quarantined = json.at("quarantined");
  claim.first_entry = json.at("first_entry");
  claim.last_entry = json.at("last_entry");
  claim.error = json.value("error", "");
  return claim;
}

/// Throws Json::exception on another shape.
Result<FileClaim> FromJson(const Json& json) {
  TARN_ASSIGN(const auto state, ReadState(json.at("state").get<std::string>()));
  auto claim = ClaimFromJson(json);
  claim.state = state;
  return claim;
}

}  // namespace

std::string_view FileStateWord(FileClaim::State state) {
  switch (state) {
    case FileClaim::State::kOpen:
      return "open";
    case FileClaim::State::kTaken:
      return "taken";
    case FileClaim::State::kFailed:
      break;
  }
  return "failed";
}

std::string ClaimOf(const FileClaim& file) {
  codec::Sha256Hasher hasher;
  // Each part with its length, so that no two lists of parts read the same.
  for (const auto& part : {file.domain, file.table, std::to_string(file.generation), file.name, file.etag,
                           std::to_string(file.size_bytes)}) {
    hasher.Update(std::to_string(part.size()) + ":" + part);
  }
  return codec::Hex(hasher.Finish());
}

std::string FileClaimCodec::Encode(const FileClaim& claim) {
  Json json = {{"version", kClaimVersion},
               {"state", FileStateWord(claim.state)},
               {"domain", claim.domain},
               {"table", claim.table},
               {"generation", claim.generation},
               {"contract_version", claim.contract_version},
               {"number", claim.number},
               {"key", claim.key},
               {"name", claim.name},
               {"etag", claim.etag},
               {"size", claim.size_bytes},
               {"read_as", FileFormatToJson(claim.format)},
               {"checked", claim.checked},
               {"op", claim.operation == contract::Operation::kDelete ? "delete" : "upsert"},
               {"insert_date", claim.insert_date.micros},
               {"request_id", claim.request_id},
               {"incarnation", claim.incarnation},
               {"rows", claim.rows},
               {"quarantined", claim.quarantined},
               {"first_entry", claim.first_entry},
               {"last_entry", claim.last_entry}};
  if (!claim.unreadable.empty()) json["unreadable"] = claim.unreadable;
  if (!claim.error.empty()) json["error"] = claim.error;
  return codec::Dump(json);
}

Result<FileClaim> FileClaimCodec::Decode(std::string_view text) {
  return codec::ReadDocument(text, {"file claim", kClaimVersion}, FromJson);
}

}  // namespace tarn::bronze
