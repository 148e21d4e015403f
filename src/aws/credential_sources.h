// SPDX-License-Identifier: Apache-2.0
#pragma once
// The places credentials come from, one function each: nullopt when a source is not set up here, an error when it is
// and does not work. For CredentialChain. Thread-safe.

#include <optional>

#include "aws/credentials.h"
#include "net/outbound_client.h"

namespace tarn::aws {

using MaybeCredentials = Result<std::optional<Credentials>>;

MaybeCredentials FromEnvironment(const Environment& environment);
MaybeCredentials FromProfile(const CredentialSettings& settings);
MaybeCredentials FromContainer(const CredentialSettings& settings, net::OutboundClient& client);
MaybeCredentials FromInstance(const CredentialSettings& settings, net::OutboundClient& client);

}  // namespace tarn::aws
