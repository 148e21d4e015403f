// SPDX-License-Identifier: Apache-2.0
// What every object store must do, over a bucket of a real server: s3_contract http://KEY:SECRET@HOST:PORT/BUCKET.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "store/object_store_contract_testing.h"
#include "store/s3/s3_fixture.h"

namespace tarn::store {
namespace {

std::string_view server_url;

/// A prefix of its own for each test.
S3Setup SetupOf(std::string_view url) {
  S3Setup setup;
  const auto at = url.find('@');
  const auto slash = url.find('/', at);
  const auto keys = url.substr(7, at - 7);
  setup.access_key = keys.substr(0, keys.find(':'));
  setup.secret_key = keys.substr(keys.find(':') + 1);
  setup.endpoint = "http://" + std::string(url.substr(at + 1, slash - at - 1));
  setup.bucket = url.substr(slash + 1);
  SystemRandomness randomness;
  setup.prefix = "contract/" + NewUuid(randomness);
  setup.request_bytes = size_t{5} << 20;  // the smallest part that S3 takes
  return setup;
}

class BucketUnderTest final : public StoreUnderTest {
 public:
  ObjectStore& store() override { return fixture_.store(); }

 private:
  S3Fixture fixture_{SetupOf(server_url)};
};

INSTANTIATE_TEST_SUITE_P(Real, ObjectStoreContract,
                         ::testing::Values(StoreCase{"bucket", [] { return std::make_unique<BucketUnderTest>(); }}),
                         [](const auto& tested) { return tested.param.name; });

TEST(RealBucketTest, ConditionsAreKept) {
  S3Fixture fixture(SetupOf(server_url));
  EXPECT_THAT(fixture.store().CheckBucket(), IsOk());
  EXPECT_THAT(fixture.store().CheckConditionalPut(), IsOk());
}

TEST(RealBucketTest, ObjectsInPartsAreReadBackAndNeverReplaced) {
  S3Fixture fixture(SetupOf(server_url));
  auto& store = fixture.store();
  std::string bytes(23'000'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>((i * 31 + i / 4'096) % 251);
  for (int round = 0; round < 2; ++round) {
    ASSERT_OK_AND_ASSIGN(const auto writer, store.OpenWriter("large"));
    ASSERT_THAT(writer->Append(round == 0 ? bytes : std::string(bytes.size(), 'n')), IsOk());
    const auto finished = writer->Finish();
    if (round == 0) {
      EXPECT_THAT(finished, IsOk());
    } else {
      EXPECT_THAT(finished, ErrorIs(ErrorCode::kAlreadyExists));
    }
  }
  ASSERT_OK_AND_ASSIGN(const auto reader, store.OpenReader("large"));
  std::string read(bytes.size(), '?');
  ASSERT_THAT(reader->ReadAt(0, read), IsOk());
  EXPECT_TRUE(read == bytes);
}

TEST(RealBucketTest, WhatIsWrongWithTheSetUpIsNamed) {
  auto wrong_secret = SetupOf(server_url);
  wrong_secret.secret_key += "x";
  EXPECT_THAT(S3Fixture(wrong_secret).store().CheckBucket(), ErrorIs(ErrorCode::kUnauthenticated));
  auto wrong_key = SetupOf(server_url);
  wrong_key.access_key += "x";
  EXPECT_THAT(S3Fixture(wrong_key).store().CheckBucket(), ErrorIs(ErrorCode::kUnauthenticated));
  auto no_bucket = SetupOf(server_url);
  no_bucket.bucket = "no-such-bucket";
  EXPECT_THAT(S3Fixture(no_bucket).store().CheckBucket(), ErrorIs(ErrorCode::kFailedPrecondition));
}

}  // namespace
}  // namespace tarn::store

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::fputs("usage: s3_contract http://KEY:SECRET@HOST:PORT/BUCKET\n", stderr);
    return 2;
  }
  tarn::store::server_url = argv[1];
  return RUN_ALL_TESTS();
}
