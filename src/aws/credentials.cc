// SPDX-License-Identifier: Apache-2.0
#include "aws/credentials.h"

#include "aws/credential_sources.h"
#include "base/log.h"

namespace tarn::aws {
namespace {

/// New ones are fetched this long before the old expire; the services hand them out earlier than that.
constexpr int64_t kRefreshBeforeMicros = 5LL * 60 * 1'000'000;
/// A request may be on its way for this long.
constexpr int64_t kValidForMicros = 10LL * 1'000'000;
/// Between failed attempts while the old ones are still good.
constexpr auto kRetryAfter = std::chrono::seconds(30);

}  // namespace

std::string ValueOf(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

CredentialChain::CredentialChain(CredentialSettings settings, net::OutboundClient& client, Clock& clock)
    : settings_(std::move(settings)), client_(client), clock_(clock) {}

bool CredentialChain::IsFresh(const Shared& credentials) const {
  return credentials &&
         (!credentials->expires || credentials->expires->micros - clock_.Now().micros > kRefreshBeforeMicros);
}

bool CredentialChain::IsValid(const Shared& credentials) const {
  return credentials && (!credentials->expires || credentials->expires->micros - clock_.Now().micros > kValidForMicros);
}

Result<std::shared_ptr<const Credentials>> CredentialChain::Get() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (IsFresh(current_)) return current_;
    if (IsValid(current_) && (loading_ || clock_.Steady() < not_before_)) return current_;
    if (!loading_) break;
    loaded_.wait(lock);
  }
  loading_ = true;
  lock.unlock();
  auto loaded = Load();
  lock.lock();
  loading_ = false;
  loaded_.notify_all();
  if (loaded) {
    current_ = std::make_shared<const Credentials>(std::move(*loaded));
    return current_;
  }
  if (!IsValid(current_)) return Fail(std::move(loaded).error());
  not_before_ = clock_.Steady() + kRetryAfter;
  LogWarning("credentials not renewed", {{"error", loaded.error().ToString()}});
  return current_;
}

void CredentialChain::Forget(const Shared& refused) {
  const std::lock_guard lock(mutex_);
  if (current_ == refused) current_.reset();
}

Result<Credentials> CredentialChain::Load() {
  if (!settings_.configured.access_key_id.empty()) return settings_.configured;
  TARN_ASSIGN(auto environment, FromEnvironment(settings_.environment));
  if (environment && settings_.profile.empty()) return std::move(*environment);
  TARN_ASSIGN(auto profile, FromProfile(settings_));
  if (profile) return std::move(*profile);
  TARN_ASSIGN(auto container, FromContainer(settings_, client_));
  if (container) return std::move(*container);
  TARN_ASSIGN(auto instance, FromInstance(settings_, client_));
  if (instance) return std::move(*instance);
  return Fail(ErrorCode::kUnauthenticated,
              "no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role");
}

}  // namespace tarn::aws
