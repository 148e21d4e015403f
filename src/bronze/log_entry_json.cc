// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "bronze/file_part_json.h"
#include "bronze/log_entry.h"
#include "codec/document.h"
#include "codec/json.h"

namespace tarn::bronze {
namespace {

using codec::Json;

constexpr int kEntryVersion = 1;
/// Of documents that say what was replaced: older readers must not overlook it.
constexpr int kReplacingVersion = 2;
/// Of checkpoints that count what was purged: an older writer would not go on counting.
constexpr int kPurgedVersion = 3;
/// Of documents with parts of dropped files, whose objects are no lines, or with what retention took away.
constexpr int kFileVersion = 4;
/// Of entries that say what was erased: older readers would miss rows.
constexpr int kNewestVersion = 5;

int VersionOf(const LogEntry& entry) {
  if (entry.erased_rows() > 0) return kNewestVersion;
  if (entry.file || entry.retires()) return kFileVersion;
  return entry.replacement ? kReplacingVersion : kEntryVersion;
}

Json ObjectsToJson(const std::vector<LandedObject>& objects) {
  auto array = Json::array();
  for (const auto& object : objects) {
    array.push_back(
        {{"key", object.key}, {"size", object.size_bytes}, {"crc32c", object.crc32c}, {"rows", object.rows}});
  }
  return array;
}

std::vector<LandedObject> ObjectsFromJson(const Json& array) {
  std::vector<LandedObject> objects;
  for (const auto& object : array) {
    objects.push_back({object.at("key"), object.at("size"), object.at("crc32c"), object.at("rows")});
  }
  return objects;
}

/// Observed types are the scalar ones of http-api.md §3.5, so a word and two numbers carry them.
Json FieldsToJson(const std::vector<ObservedField>& fields) {
  auto array = Json::array();
  for (const auto& field : fields) {
    Json member = {{"name", field.name}, {"type", static_cast<int>(field.type.kind)}};
    if (field.type.kind == table::TypeKind::kDecimal) {
      member["precision"] = field.type.precision;
      member["scale"] = field.type.scale;
    }
    if (field.long_integers) member["long_integers"] = true;
    array.push_back(std::move(member));
  }
  return array;
}

std::vector<ObservedField> FieldsFromJson(const Json& array) {
  std::vector<ObservedField> fields;
  for (const auto& member : array) {
    ObservedField field;
    field.name = member.at("name");
    field.type.kind = static_cast<table::TypeKind>(member.at("type").get<int>());
    field.type.precision = member.value("precision", uint8_t{0});
    field.type.scale = member.value("scale", uint8_t{0});
    field.long_integers = member.value("long_integers", false);
    fields.push_back(std::move(field));
  }
  return fields;
}

lake::Offset OffsetFromJson(const Json& value) { return {value.at(0).get<uint64_t>(), value.at(1).get<uint64_t>()}; }
Json OffsetToJson(const lake::Offset& offset) { return Json::array({offset.incarnation, offset.sequence}); }

Json VersionsToJson(const std::vector<VersionRange>& ranges) {
  auto array = Json::array();
  for (const auto& range : ranges) array.push_back(Json::array({range.generation, range.contract_version, range.rows}));
  return array;
}

/// Throws what EntryFromJson does.
std::vector<VersionRange> VersionsFromJson(const Json& array) {
  std::vector<VersionRange> ranges;
  for (const auto& range : array) ranges.push_back({range.at(0), range.at(1), range.at(2)});
  return ranges;
}

Json RowsToJson(const std::vector<NumberedRows>& rows) {
  auto array = Json::array();
  for (const auto& run : rows) array.push_back(Json::array({run.first, run.count, run.rows}));
  return array;
}

/// Throws what EntryFromJson does.
std::vector<NumberedRows> RowsFromJson(const Json& array) {
  std::vector<NumberedRows> rows;
  for (const auto& run : array) rows.push_back({run.at(0), run.at(1), run.at(2)});
  return rows;
}

Json ReplacementToJson(const Replacement& replacement) {
  Json json = {{"entries", RangesToJson(replacement.entries)},
               {"rows", RowsToJson(replacement.rows)},
               {"gone", replacement.gone},
               {"swept_through", replacement.swept_through}};
  if (replacement.newest_at.micros != 0) json["newest_at"] = replacement.newest_at.micros;
  if (replacement.retired_through > 0) {
    json["retired_through"] = replacement.retired_through;
    json["retired"] = VersionsToJson(replacement.retired);
  }
  if (!replacement.erased.empty()) json["erased"] = RowsToJson(replacement.erased);
  return json;
}

Replacement ReplacementFromJson(const Json& json) {
  Replacement replacement;
  replacement.entries = RangesFromJson(json.at("entries"));
  replacement.rows = RowsFromJson(json.at("rows"));
  replacement.gone = json.at("gone");
  replacement.swept_through = json.at("swept_through");
  replacement.newest_at.micros = json.value("newest_at", int64_t{0});
  replacement.retired_through = json.value("retired_through", uint64_t{0});
  if (replacement.retired_through > 0) replacement.retired = VersionsFromJson(json.at("retired"));
  if (json.contains("erased")) replacement.erased = RowsFromJson(json.at("erased"));
  return replacement;
}

Json EntryToJson(const LogEntry& entry) {
  auto sources = Json::array();
  for (const auto& range : entry.sources) {
    sources.push_back({{"source", range.source},
                       {"after", range.after ? OffsetToJson(*range.after) : Json(nullptr)},
                       {"first", OffsetToJson(range.first)},
                       {"last", OffsetToJson(range.last)},
                       {"rows", range.rows}});
  }
  Json json = {{"version", VersionOf(entry)},
               {"id", entry.id},
               {"incarnation", entry.incarnation},
               {"written_at", entry.written_at.micros},
               {"sources", std::move(sources)},
               {"objects", ObjectsToJson(entry.objects)},
               {"ranges", VersionsToJson(entry.ranges)},
               {"quarantine", ObjectsToJson(entry.quarantine)},
               {"fields", FieldsToJson(entry.fields)},
               {"purge", entry.purge}};
  if (entry.replacement) json["replacement"] = ReplacementToJson(*entry.replacement);
  if (entry.file) json["file"] = FilePartToJson(*entry.file);
  return json;
}

/// Throws codec::Json::exception on a shape that does not fit; the callers turn it into kCorrupt.
LogEntry EntryFromJson(const Json& json) {
  LogEntry entry;
  entry.id = json.at("id");
  entry.incarnation = json.at("incarnation");
  entry.written_at.micros = json.at("written_at");
  for (const auto& range : json.at("sources")) {
    SourceRange source{range.at("source"), std::nullopt, OffsetFromJson(range.at("first")),
                       OffsetFromJson(range.at("last")), range.at("rows")};
    if (!range.at("after").is_null()) source.after = OffsetFromJson(range.at("after"));
    entry.sources.push_back(std::move(source));
  }
  entry.objects = ObjectsFromJson(json.at("objects"));
  entry.ranges = VersionsFromJson(json.at("ranges"));
  entry.quarantine = ObjectsFromJson(json.at("quarantine"));
  entry.fields = FieldsFromJson(json.at("fields"));
  entry.purge = json.at("purge");
  if (json.contains("replacement")) entry.replacement = ReplacementFromJson(json.at("replacement"));
  if (json.contains("file")) entry.file = FilePartFromJson(json.at("file"));
  return entry;
}

codec::DocumentKind Kind(const char* name) { return {name, kNewestVersion, kEntryVersion}; }

}  // namespace

std::string EncodeLogEntry(const LogEntry& entry) { return EntryToJson(entry).dump(); }

Result<LogEntry> DecodeLogEntry(std::string_view text) {
  return codec::ReadDocument(text, Kind("bronze log entry"),
                             [](const Json& json) -> Result<LogEntry> { return EntryFromJson(json); });
}

std::string EncodeLogCheckpoint(const LogCheckpoint& checkpoint) {
  const auto& summary = checkpoint.summary;
  Json last = Json::object();
  for (const auto& [source, offset] : summary.last_by_source) last[source] = OffsetToJson(offset);
  auto entries = Json::array();
  bool replacing = !summary.replaced.empty() || summary.swept_through > 0;
  const bool retiring = summary.retired_through > 0;
  int version = replacing ? kReplacingVersion : kEntryVersion;
  for (const auto& entry : checkpoint.entries) {
    entries.push_back(EntryToJson(entry));
    replacing = replacing || entry.replacement;
    version = std::max(version, VersionOf(entry));
  }
  const bool purged = summary.purged_rows > 0;
  if (purged) version = std::max(version, kPurgedVersion);
  if (retiring || !summary.open_file.empty()) version = std::max(version, kFileVersion);
  Json json = {{"version", version},
               {"head", summary.head},
               {"last_by_source", std::move(last)},
               {"fields", FieldsToJson(summary.fields)},
               {"rows", summary.rows},
               {"purged_through", summary.purged_through},
               {"first", checkpoint.first},
               {"entries", std::move(entries)}};
  if (purged) json["purged_rows"] = summary.purged_rows;
  if (!summary.open_file.empty()) json["open_file"] = summary.open_file;
  if (replacing || purged || retiring) {
    json["replaced"] = RangesToJson(summary.replaced);
    json["swept_through"] = summary.swept_through;
  }
  if (retiring) {
    json["retired_through"] = summary.retired_through;
    json["retired"] = VersionsToJson(summary.retired);
  }
  return json.dump();
}

Result<LogCheckpoint> DecodeLogCheckpoint(std::string_view text) {
  return codec::ReadDocument(text, Kind("bronze log checkpoint"), [](const Json& json) -> Result<LogCheckpoint> {
    LogCheckpoint checkpoint;
    checkpoint.summary.head = json.at("head");
    for (const auto& [source, offset] : json.at("last_by_source").items()) {
      checkpoint.summary.last_by_source[source] = OffsetFromJson(offset);
    }
    checkpoint.summary.fields = FieldsFromJson(json.at("fields"));
    checkpoint.summary.rows = json.at("rows");
    checkpoint.summary.purged_through = json.at("purged_through");
    checkpoint.summary.purged_rows = json.value("purged_rows", uint64_t{0});
    if (json.contains("replaced")) {
      checkpoint.summary.replaced = RangesFromJson(json.at("replaced"));
      checkpoint.summary.swept_through = json.at("swept_through");
    }
    checkpoint.summary.open_file = json.value("open_file", "");
    checkpoint.summary.retired_through = json.value("retired_through", uint64_t{0});
    if (checkpoint.summary.retired_through > 0) checkpoint.summary.retired = VersionsFromJson(json.at("retired"));
    checkpoint.first = json.at("first");
    for (const auto& entry : json.at("entries")) checkpoint.entries.push_back(EntryFromJson(entry));
    return checkpoint;
  });
}

}  // namespace tarn::bronze
