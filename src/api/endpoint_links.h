// SPDX-License-Identifier: Apache-2.0
#pragma once
// Absolute URLs of an endpoint and the signed links that download its schema without a key (http-api.md §3.2–3.3).
// Free functions; thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "contract/contract.h"
#include "net/message.h"

namespace tarn::api {

inline constexpr int64_t kLinkLifetimeSeconds = 3600;

/// The configured public URL, else "http://" and the request's Host.
std::string BaseUrl(const net::Request& request, const std::string& public_url);

std::string IngestUrl(const std::string& base, const contract::Contract& contract);
std::string DownloadUrl(const std::string& base, const contract::Contract& contract);

/// Link to one version's YAML that dies kLinkLifetimeSeconds after `now`.
std::string SignedLink(const std::string& base, const contract::Contract& contract, Timestamp now,
                       const std::string& secret);

/// Whether the link's parameters are what SignedLink made and have not expired.
bool IsSignedLink(const net::Request& request, Timestamp now, const std::string& secret);

}  // namespace tarn::api
