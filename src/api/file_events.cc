// SPDX-License-Identifier: Apache-2.0
#include "api/file_events.h"

#include <algorithm>

#include "api/answers.h"
#include "api/file_upload.h"
#include "api/parameters.h"
#include "codec/url.h"
#include "lake/keys.h"
#include "net/error_body.h"
#include "store/object_key.h"

namespace tarn::api {
namespace {

using codec::Json;
using codec::OrderedJson;

constexpr std::string_view kS3Scheme = "s3://";
constexpr std::string_view kCreated = "ObjectCreated";

/// Keys in S3 notifications are encoded like form fields.
Result<std::string> FormDecoded(std::string text) {
  std::ranges::replace(text, '+', ' ');
  return codec::PercentDecode(text);
}

/// Throws codec::Json::exception on a shape that does not fit.
Result<std::vector<NamedObject>> ReadEvent(const Json& event) {
  std::vector<NamedObject> objects;
  if (event.contains("detail")) {
    const auto& detail = event.at("detail");
    objects.push_back({detail.at("bucket").at("name"), detail.at("object").at("key")});
    return objects;
  }
  // What S3 sends once when notifications are switched on.
  if (event.value("Event", "") == "s3:TestEvent") return objects;
  for (const auto& record : event.at("Records")) {
    if (record.value("eventName", std::string(kCreated)).find(kCreated) == std::string::npos) continue;
    const auto& s3 = record.at("s3");
    TARN_ASSIGN(auto key, FormDecoded(s3.at("object").at("key")));
    objects.push_back({s3.at("bucket").at("name"), std::move(key)});
  }
  return objects;
}

Result<OrderedJson> TakeObject(Services& services, const net::Request& request, const NamedObject& object) {
  bronze::DroppedFile file;
  TARN_ASSIGN(file.key, KeyInLake(services.store.root(), object));
  TARN_ASSIGN(const auto info, services.store.Head(file.key));
  file.domain = request.Param("domain");
  file.table = request.Param("name");
  // As a watch of its prefix would know it.
  file.name = file.key;
  file.etag = std::to_string(info.modified.micros);
  file.request_id = request.request_id;
  file.unreadable = bronze::DroppedFile::Unreadable::kQuarantine;
  TARN_ASSIGN(const auto outcome, services.files.Take(file));
  auto manifest = FileManifest(outcome.claim);
  manifest["already_taken"] = outcome.was_taken_before;
  return manifest;
}

}  // namespace

Result<std::vector<NamedObject>> NamedObjects(const Json& event) {
  try {
    return ReadEvent(event);
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kInvalidArgument, std::string("not an event of an object store: ") + error.what());
  }
}

Result<std::string> KeyInLake(const std::string& root, const NamedObject& object) {
  auto key = object.key;
  if (root.starts_with(kS3Scheme)) {
    const auto place = root.substr(kS3Scheme.size());
    const auto slash = std::min(place.find('/'), place.size());
    auto prefix = place.substr(std::min(slash + 1, place.size()));
    if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
    if (place.substr(0, slash) != object.bucket || !key.starts_with(prefix)) {
      return Fail(ErrorCode::kInvalidArgument, "the object does not lie in the lake's bucket under its prefix");
    }
    key.erase(0, prefix.size());
  }
  TARN_TRY(store::CheckKey(key));
  if (lake::IsOwnFolder(store::FolderOf(key))) {
    return Fail(ErrorCode::kInvalidArgument, "the object lies in a folder that only the lake itself fills");
  }
  return key;
}

net::Response TakeNamedObjects(Services& services, const net::Request& request) {
  const auto domain = std::string(request.Param("domain"));
  const auto table = std::string(request.Param("name"));
  if (!services.registry.Find(domain, table)) {
    return net::ErrorResponse(404, "Endpoint '" + domain + "/" + table + "' not found", "not_found");
  }
  std::vector<Problem> problems;
  const auto body = BodyObject(request, problems);
  if (!body) return ProblemsAnswer(problems);
  const auto objects = NamedObjects(*body);
  if (!objects) return ProblemsAnswer({{"value_error", {"body"}, objects.error().message}});
  auto files = OrderedJson::array();
  for (const auto& object : *objects) {
    auto manifest = TakeObject(services, request, object);
    if (!manifest && manifest.error().code == ErrorCode::kInvalidArgument) {
      return ProblemsAnswer({{"value_error", {"body"}, manifest.error().message}});
    }
    if (!manifest) return ErrorAnswer(manifest.error());
    files.push_back(*std::move(manifest));
  }
  return JsonAnswer({{"files", std::move(files)}});
}

}  // namespace tarn::api
