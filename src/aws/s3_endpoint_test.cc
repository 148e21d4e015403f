// SPDX-License-Identifier: Apache-2.0
#include "aws/s3_endpoint.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::aws {
namespace {

/// Where the key "k" of a bucket is asked for.
std::string UrlOf(const S3Location& location) {
  const auto endpoint = ResolveS3Endpoint(location);
  EXPECT_THAT(endpoint, IsOk());
  return endpoint ? endpoint->BaseUrl() + endpoint->path_prefix + "/k" : std::string();
}

TEST(S3EndpointTest, AwsIsAddressedByRegionAndBucket) {
  EXPECT_EQ(UrlOf({"lake", "eu-west-1"}), "https://lake.s3.eu-west-1.amazonaws.com/k");
  EXPECT_EQ(UrlOf({"lake", "cn-north-1"}), "https://lake.s3.cn-north-1.amazonaws.com.cn/k");
  EXPECT_EQ(UrlOf({"my.lake", "us-east-1"}), "https://s3.us-east-1.amazonaws.com/my.lake/k");
  EXPECT_EQ(UrlOf({"lake", "us-east-1", "", Addressing::kPath}), "https://s3.us-east-1.amazonaws.com/lake/k");
}

TEST(S3EndpointTest, GivenServersAreAddressedByPathUnlessToldOtherwise) {
  EXPECT_EQ(UrlOf({"lake", "x", "http://127.0.0.1:7070"}), "http://127.0.0.1:7070/lake/k");
  EXPECT_EQ(UrlOf({"lake", "x", "https://s3.example.org:443/"}), "https://s3.example.org/lake/k");
  EXPECT_EQ(UrlOf({"lake", "x", "http://s3.example.org:80"}), "http://s3.example.org/lake/k");
  EXPECT_EQ(UrlOf({"lake", "x", "https://example.org", Addressing::kVirtualHost}), "https://lake.example.org/k");
}

TEST(S3EndpointTest, WhatCannotBeIsRefused) {
  for (const auto* bucket : {"", "ab", "-lake", "la/ke", "la ke"}) {
    EXPECT_THAT(ResolveS3Endpoint({bucket, "us-east-1"}), ErrorIs(ErrorCode::kInvalidArgument)) << bucket;
  }
  for (const auto* region : {"", "eu west", "evil.example.org/"}) {
    EXPECT_THAT(ResolveS3Endpoint({"lake", region}), ErrorIs(ErrorCode::kInvalidArgument)) << region;
  }
  for (const auto* endpoint : {"127.0.0.1:7070", "https://", "https://host/path", "ftp://host", "http://me@host"}) {
    EXPECT_THAT(ResolveS3Endpoint({"lake", "x", endpoint}), ErrorIs(ErrorCode::kInvalidArgument)) << endpoint;
  }
}

}  // namespace
}  // namespace tarn::aws
