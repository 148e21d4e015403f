// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who signs: access keys and where they come from, in AWS's usual order: configuration, environment, profile files,
// the container's endpoint, the instance's metadata service (version 2). CredentialChain finds the first source that
// has some, keeps them and fetches new ones before they expire. The environment is handed in; only app reads it.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace tarn::net {
class OutboundClient;
}

namespace tarn::aws {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token{};         ///< empty for keys that do not expire
  std::optional<Timestamp> expires{};  ///< absent = never
  std::string source{};                ///< for messages: "the environment"
};

/// Variables by name.
using Environment = std::map<std::string, std::string, std::less<>>;

/// The value under `name`, empty when absent.
std::string ValueOf(const Environment& environment, std::string_view name);

struct CredentialSettings {
  Credentials configured{};   ///< used when it has a key
  Environment environment{};  ///< AWS_* and HOME
  std::string profile{};      ///< instead of AWS_PROFILE
  std::string container_endpoint = "http://169.254.170.2";
  std::string metadata_endpoint = "http://169.254.169.254";
};

/// Thread-safe. Client and clock outlive it.
class CredentialChain {
 public:
  CredentialChain(CredentialSettings settings, net::OutboundClient& client, Clock& clock);

  /// Credentials good for some minutes. kUnauthenticated when no source has any, or the source's own error.
  Result<std::shared_ptr<const Credentials>> Get();

  /// The server refused them as expired: the next Get asks the source again.
  void Forget(const std::shared_ptr<const Credentials>& refused);

 private:
  using Shared = std::shared_ptr<const Credentials>;

  bool IsFresh(const Shared& credentials) const;
  bool IsValid(const Shared& credentials) const;
  Result<Credentials> Load();

  const CredentialSettings settings_;
  net::OutboundClient& client_;
  Clock& clock_;
  std::mutex mutex_;
  std::condition_variable loaded_;
  bool loading_ = false;
  Shared current_;
  std::chrono::steady_clock::time_point not_before_{};  ///< of the next attempt after a failed one
};

}  // namespace tarn::aws
