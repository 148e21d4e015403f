// SPDX-License-Identifier: Apache-2.0
#pragma once
// Endpoints as delivery streams: every endpoint is one, called `domain.name`, or by an alias where that is longer than
// the 64 characters clients of AWS accept. Free functions.

#include <string>
#include <string_view>

#include "contract/registry.h"

namespace tarn::api {

/// Name under which clients of AWS reach the endpoint.
std::string StreamNameOf(const contract::Contract& contract);

/// nullptr when no endpoint has the name.
contract::EndpointPtr FindStream(const contract::Registry& registry, std::string_view name);

}  // namespace tarn::api
