// SPDX-License-Identifier: Apache-2.0
// What every object store must do, over the fake server, with and without a cache; tests/e2e/s3_contract.cc has the
// same over a real one.

#include "store/object_store_contract_testing.h"
#include "store/s3/fake_s3.h"
#include "store/s3/s3_fixture.h"
#include "store/temp_directory_testing.h"

namespace tarn::store {
namespace {

class FakeUnderTest final : public StoreUnderTest {
 public:
  explicit FakeUnderTest(bool is_cached)
      : fixture_(std::make_unique<S3Fixture>(
            S3Setup{.endpoint = server_.url(), .cache_folder = is_cached ? directory_ / "cache" : std::string()})) {}
  ~FakeUnderTest() override { fixture_.reset(); }
  ObjectStore& store() override { return fixture_->store(); }

 private:
  TempDirectory directory_;
  FakeS3 server_{"lake"};
  std::unique_ptr<S3Fixture> fixture_;
};

INSTANTIATE_TEST_SUITE_P(Buckets, ObjectStoreContract,
                         ::testing::Values(StoreCase{"fake", [] { return std::make_unique<FakeUnderTest>(false); }},
                                           StoreCase{"cached", [] { return std::make_unique<FakeUnderTest>(true); }}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace tarn::store
