// SPDX-License-Identifier: Apache-2.0
#include "api/firehose_streams.h"

#include "codec/digest.h"

namespace tarn::api {
namespace {

constexpr size_t kMaxStreamName = 64;
constexpr size_t kDigestCharacters = 15;

}  // namespace

std::string StreamNameOf(const contract::Contract& contract) {
  auto name = contract.domain + "." + contract.name;
  if (name.size() <= kMaxStreamName) return name;
  // No name has a dash, so that no alias is another endpoint's name.
  const auto digest = codec::Hex(codec::AsBytes(codec::Sha256(contract.id()))).substr(0, kDigestCharacters);
  name.resize(kMaxStreamName - kDigestCharacters - 1);
  return name + "-" + digest;
}

contract::EndpointPtr FindStream(const contract::Registry& registry, std::string_view name) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return nullptr;
  if (auto endpoint = registry.Find(name.substr(0, dot), name.substr(dot + 1))) return endpoint;
  if (!name.contains('-')) return nullptr;
  for (auto& endpoint : registry.List()) {
    if (StreamNameOf(endpoint->contract()) == name) return endpoint;
  }
  return nullptr;
}

}  // namespace tarn::api
