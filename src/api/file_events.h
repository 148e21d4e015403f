// SPDX-License-Identifier: Apache-2.0
#pragma once
// POST /files/{domain}/{name}/events: notifications of an object store name files that lie in the lake's own bucket
// (docs/guide/files.md). Pure but for the handler.

#include <string>
#include <vector>

#include "api/services.h"
#include "codec/json.h"
#include "net/message.h"

namespace tarn::api {

/// An object that an event says was created; its key decoded.
struct NamedObject {
  std::string bucket;
  std::string key;

  bool operator==(const NamedObject&) const = default;
};

/// Objects of an S3 notification (`Records`) or of an EventBridge event (`detail`); kInvalidArgument for other shapes.
Result<std::vector<NamedObject>> NamedObjects(const codec::Json& event);

/// Key in the store with that root of an object that lies below it, outside the folders the lake fills itself; a root
/// that is a directory has no bucket. kInvalidArgument for others.
Result<std::string> KeyInLake(const std::string& root, const NamedObject& object);

net::Response TakeNamedObjects(Services& services, const net::Request& request);

}  // namespace tarn::api
