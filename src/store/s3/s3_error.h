// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an S3 server's refusal means: its status and error document become one of our errors, and whether the same call
// may help. Pure functions.

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/outbound_client.h"

namespace tarn::store {

/// What is known after an attempt that did not succeed.
enum class Refusal {
  kFinal,        ///< the same call fails again
  kNotDone,      ///< nothing was changed; the same call may succeed later
  kUncertain,    ///< it may have been done all the same
  kStaleSecret,  ///< the credentials have expired
};

struct S3Refusal {
  Refusal kind = Refusal::kFinal;
  std::string code;  ///< the server's word, such as NoSuchKey; empty when it sent none
  Error error;
};

/// Names for messages.
struct S3Names {
  std::string bucket;
  std::string host;
  std::string region;
};

/// Reads an answer with a status of 300 or above. `what` names the object or the bucket.
S3Refusal ReadRefusal(const net::OutboundResponse& answer, const std::string& what, const S3Names& names);

}  // namespace tarn::store
