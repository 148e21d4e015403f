// SPDX-License-Identifier: Apache-2.0
#include "lake/data_dir.h"

#include "base/crash_point.h"
#include "codec/json.h"

namespace tarn::lake {
namespace {

constexpr uint64_t kVersion = 1;
constexpr std::string_view kIdentityFile = "/node.json";
constexpr std::string_view kIncarnationsFile = "/incarnations.json";

Result<std::string> ReadWhole(store::Disk& disk, const std::string& path) {
  TARN_ASSIGN(const auto file, disk.Open(path, store::OpenMode::kRead));
  TARN_ASSIGN(const auto size, file->Size());
  std::string text(size, '\0');
  TARN_ASSIGN(const auto got, file->ReadAt(0, text));
  text.resize(got);
  return text;
}

/// Replaces the file as a whole, or leaves the old one.
Status WriteWhole(store::Disk& disk, const std::string& data_dir, std::string_view name, std::string_view text) {
  const auto path = data_dir + std::string(name);
  const auto temporary = path + ".tmp";
  if (auto removed = disk.Remove(temporary); !removed && removed.error().code != ErrorCode::kNotFound) return removed;
  TARN_ASSIGN(auto file, disk.Open(temporary, store::OpenMode::kCreateNew));
  TARN_TRY(file->WriteAt(0, text));
  TARN_TRY(file->Sync());
  TARN_TRY(disk.Rename(temporary, path));
  TARN_CRASH_POINT("data_dir.renamed");
  return disk.SyncDirectory(data_dir);
}

Result<codec::Json> ParseVersioned(std::string_view text, const std::string& what) {
  auto json = codec::ParseJson(text);
  if (!json || !json->is_object()) return Fail(ErrorCode::kCorrupt, what + " cannot be read");
  const auto version = json->find("version");
  if (version == json->end() || !version->is_number_unsigned()) {
    return Fail(ErrorCode::kCorrupt, what + " has no version");
  }
  if (*version != kVersion) return Fail(ErrorCode::kUnsupported, what + " is of another version");
  return *std::move(json);
}

Result<std::string> TextOf(const codec::Json& json, const char* member, const std::string& what) {
  const auto found = json.find(member);
  if (found == json.end() || !found->is_string()) return Fail(ErrorCode::kCorrupt, what + " misses " + member);
  return found->get<std::string>();
}

Result<uint64_t> NumberOf(const codec::Json& json, const std::string& what) {
  if (!json.is_number_unsigned()) return Fail(ErrorCode::kCorrupt, what + " has a number that is none");
  return json.get<uint64_t>();
}

}  // namespace

Result<NodeIdentity> ReadNodeIdentity(store::Disk& disk, const std::string& data_dir) {
  const auto path = data_dir + std::string(kIdentityFile);
  TARN_ASSIGN(const auto text, ReadWhole(disk, path));
  TARN_ASSIGN(const auto json, ParseVersioned(text, path));
  NodeIdentity identity;
  TARN_ASSIGN(identity.lake_id, TextOf(json, "lake_id", path));
  TARN_ASSIGN(identity.node_id, TextOf(json, "node_id", path));
  return identity;
}

Status WriteNodeIdentity(store::Disk& disk, const std::string& data_dir, const NodeIdentity& identity) {
  return WriteWhole(disk, data_dir, kIdentityFile,
                    codec::DumpIndented(codec::OrderedJson{
                        {"version", kVersion}, {"lake_id", identity.lake_id}, {"node_id", identity.node_id}}));
}

Result<IncarnationJournal> ReadIncarnations(store::Disk& disk, const std::string& data_dir) {
  const auto path = data_dir + std::string(kIncarnationsFile);
  IncarnationJournal journal;
  const auto text = ReadWhole(disk, path);
  if (!text && text.error().code == ErrorCode::kNotFound) return journal;
  if (!text) return Fail(text.error());
  TARN_ASSIGN(const auto json, ParseVersioned(*text, path));
  const auto previous = json.find("previous");
  const auto intents = json.find("intents");
  if (previous == json.end() || !previous->is_array() || intents == json.end() || !intents->is_array()) {
    return Fail(ErrorCode::kCorrupt, path + " misses a member");
  }
  for (const auto& item : *previous) {
    TARN_ASSIGN(const auto number, NumberOf(item, path));
    journal.previous.push_back(number);
  }
  for (const auto& item : *intents) {
    if (!item.is_object() || !item.contains("number")) return Fail(ErrorCode::kCorrupt, path + " misses a number");
    IncarnationIntent intent;
    TARN_ASSIGN(intent.number, NumberOf(item["number"], path));
    TARN_ASSIGN(intent.random_id, TextOf(item, "random_id", path));
    journal.intents.push_back(std::move(intent));
  }
  return journal;
}

Status WriteIncarnations(store::Disk& disk, const std::string& data_dir, const IncarnationJournal& journal) {
  auto intents = codec::OrderedJson::array();
  for (const auto& intent : journal.intents) {
    intents.push_back({{"number", intent.number}, {"random_id", intent.random_id}});
  }
  const codec::OrderedJson json{{"version", kVersion}, {"previous", journal.previous}, {"intents", std::move(intents)}};
  return WriteWhole(disk, data_dir, kIncarnationsFile, codec::DumpIndented(json));
}

std::string EncodeNodeEntry(const NodeEntry& entry) {
  return codec::Dump(codec::OrderedJson{{"version", kVersion},
                                        {"node_id", entry.node_id},
                                        {"random_id", entry.random_id},
                                        {"started_at", FormatTimestamp(entry.started_at)}});
}

Result<NodeEntry> DecodeNodeEntry(std::string_view text) {
  const std::string what = "node entry";
  TARN_ASSIGN(const auto json, ParseVersioned(text, what));
  NodeEntry entry;
  TARN_ASSIGN(entry.node_id, TextOf(json, "node_id", what));
  TARN_ASSIGN(entry.random_id, TextOf(json, "random_id", what));
  TARN_ASSIGN(const auto started_at, TextOf(json, "started_at", what));
  TARN_ASSIGN(entry.started_at, ParseTimestamp(started_at));
  return entry;
}

}  // namespace tarn::lake
