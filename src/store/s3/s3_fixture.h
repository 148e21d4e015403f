// SPDX-License-Identifier: Apache-2.0
#pragma once
// An S3Store with all it stands on, over a given server. For *_test.cc files only.

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result_matchers.h"
#include "net/outbound_client.h"
#include "store/s3/s3_store.h"

namespace tarn::store {

struct S3Setup {
  std::string endpoint;
  std::string bucket = "lake";
  std::string prefix = "some/where";
  std::string access_key = "key";
  std::string secret_key = "secret";
  std::string region = "us-east-1";
  std::string cache_folder{};  ///< empty = no cache
  uint64_t cache_bytes = 64 << 20;
  int attempts = 6;
  std::chrono::milliseconds timeout{20'000};
  size_t request_bytes = 600'000;  ///< small, so that few bytes are several parts
};

class S3Fixture {
 public:
  explicit S3Fixture(const S3Setup& setup)
      : credentials_({.configured = {setup.access_key, setup.secret_key}}, http_, clock_) {
    if (!setup.cache_folder.empty()) {
      auto cache = BlockCache::Open({setup.cache_folder, setup.cache_bytes}, metrics_);
      EXPECT_THAT(cache, IsOk());
      if (cache) cache_ = std::move(*cache);
    }
    const auto endpoint = aws::ResolveS3Endpoint({setup.bucket, setup.region, setup.endpoint});
    EXPECT_THAT(endpoint, IsOk());
    S3Store::Options options;
    options.client.bucket = setup.bucket;
    options.client.region = setup.region;
    options.client.endpoint = endpoint.value_or(aws::S3Endpoint{});
    options.client.attempts = setup.attempts;
    options.client.timeouts.total = setup.timeout;
    options.prefix = setup.prefix;
    options.cache = cache_.get();
    options.request_bytes = setup.request_bytes;
    store_ = std::make_unique<S3Store>(S3Client::Dependencies{http_, credentials_, clock_, randomness_, metrics_,
                                                              [this](std::chrono::milliseconds pause) {
                                                                const std::lock_guard lock(mutex_);
                                                                pauses_.push_back(pause);
                                                              }},
                                       std::move(options));
  }

  S3Store& store() { return *store_; }
  BlockCache* cache() { return cache_.get(); }
  /// How long the store would have slept between attempts.
  std::vector<std::chrono::milliseconds> pauses() {
    const std::lock_guard lock(mutex_);
    return pauses_;
  }

 private:
  SystemClock clock_;
  SystemRandomness randomness_;
  MetricRegistry metrics_;
  net::OutboundClient http_{{}};
  aws::CredentialChain credentials_;
  std::unique_ptr<BlockCache> cache_;
  std::mutex mutex_;
  std::vector<std::chrono::milliseconds> pauses_;
  std::unique_ptr<S3Store> store_;
};

}  // namespace tarn::store
