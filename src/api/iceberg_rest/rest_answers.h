// SPDX-License-Identifier: Apache-2.0
#pragma once
// Answers in the Iceberg REST catalog's error model. Free functions; thread-safe.

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/message.h"

namespace tarn::api::iceberg_rest {

/// {"error": {"message", "type", "code"}}; `type` is the specification's exception word.
net::Response Refusal(int status, std::string_view type, std::string_view message);

net::Response NoSuchNamespace(std::string_view name);
net::Response NoSuchTable(std::string_view name);
net::Response BadRequest(std::string_view message);
/// 406 for what the catalog does not do.
net::Response NotSupported(std::string_view what);

/// The error's status, word and message; what says more than a client may know is in the log only.
net::Response Failure(const Error& error);

/// An answer without a body.
net::Response Empty(int status);

}  // namespace tarn::api::iceberg_rest
