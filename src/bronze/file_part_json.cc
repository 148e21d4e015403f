// SPDX-License-Identifier: Apache-2.0
#include "bronze/file_part_json.h"

namespace tarn::bronze {

using codec::Json;

Json RangesToJson(const NumberRanges& ranges) {
  auto array = Json::array();
  for (const auto& range : ranges.ranges()) array.push_back(Json::array({range.first, range.last}));
  return array;
}

NumberRanges RangesFromJson(const Json& array) {
  NumberRanges ranges;
  for (const auto& range : array) ranges.Add({range.at(0), range.at(1)});
  return ranges;
}

Json FilePartToJson(const FilePart& part) {
  auto slices = Json::array();
  for (const auto& slice : part.slices) {
    Json json = {{"offset", slice.text_offset}, {"first_row", slice.first_row}};
    if (!slice.quarantined.empty()) json["quarantined"] = RangesToJson(slice.quarantined);
    if (!slice.deletes.empty()) json["deletes"] = RangesToJson(slice.deletes);
    slices.push_back(std::move(json));
  }
  Json json = {{"number", part.number},
               {"claim", part.claim},
               {"name", part.name},
               {"etag", part.etag},
               {"size", part.size_bytes},
               {"read_as", FileFormatToJson(part.format)},
               {"insert_date", part.insert_date.micros},
               {"request_id", part.request_id},
               {"checked", part.checked},
               {"slices", std::move(slices)},
               {"rows", part.rows},
               {"quarantined", part.quarantined},
               {"ends", part.ends}};
  if (!part.error.empty()) json["error"] = part.error;
  return json;
}

FilePart FilePartFromJson(const Json& json) {
  FilePart part;
  part.number = json.at("number");
  part.claim = json.at("claim");
  part.name = json.at("name");
  part.etag = json.at("etag");
  part.size_bytes = json.at("size");
  part.format = FileFormatFromJson(json.at("read_as"));
  part.insert_date.micros = json.at("insert_date");
  part.request_id = json.at("request_id");
  part.checked = json.at("checked");
  for (const auto& slice : json.at("slices")) {
    FileSlice read{slice.at("offset"), slice.at("first_row"), {}, {}};
    if (slice.contains("quarantined")) read.quarantined = RangesFromJson(slice.at("quarantined"));
    if (slice.contains("deletes")) read.deletes = RangesFromJson(slice.at("deletes"));
    part.slices.push_back(std::move(read));
  }
  part.rows = json.at("rows");
  part.quarantined = json.at("quarantined");
  part.ends = json.at("ends");
  part.error = json.value("error", "");
  return part;
}

}  // namespace tarn::bronze
