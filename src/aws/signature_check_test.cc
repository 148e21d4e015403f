// SPDX-License-Identifier: Apache-2.0
#include "aws/signature_check.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::aws {
namespace {

constexpr Timestamp kAt{1'767'225'600'000'000};  // 2026-01-01T00:00:00Z
constexpr std::string_view kSecret = "secret/key+";

class SignatureCheckTest : public testing::Test {
 protected:
  SignatureCheckTest() {
    request_.method = "POST";
    request_.path = "/";
    request_.headers = {{"Host", "127.0.0.1:8080"}, {"X-Amz-Target", "Firehose_20150804.PutRecord"}, {"Accept", "*/*"}};
    request_.body = R"({"DeliveryStreamName":"a.b"})";
    Credentials credentials;
    credentials.access_key_id = "id";
    credentials.secret_access_key = kSecret;
    UnsignedRequest plain{"POST", "/", {}, request_.headers, PayloadHash(request_.body, false)};
    plain.headers.pop_back();  // not everything need be signed
    for (auto& field : Sign(plain, credentials, {"eu-central-1", "firehose"}, kAt)) request_.headers.push_back(field);
  }

  Status Check(std::string_view secret = kSecret, Timestamp now = kAt) {
    return CheckSignature(request_, "firehose", secret, now);
  }

  std::string& Header(std::string_view name) {
    for (auto& [field, value] : request_.headers) {
      if (field == name) return value;
    }
    ADD_FAILURE() << "no header " << name;
    return request_.headers.front().second;
  }

  SignedRequest request_;
};

TEST_F(SignatureCheckTest, WhatWasSignedIsAccepted) {
  EXPECT_THAT(Check(), IsOk());
  Header("Accept") = "application/json";
  EXPECT_THAT(Check(), IsOk()) << "it was not signed";
}

TEST_F(SignatureCheckTest, AnythingElseIsNot) {
  EXPECT_THAT(Check("another"), ErrorIs(ErrorCode::kUnauthenticated));
  EXPECT_THAT(CheckSignature(request_, "s3", kSecret, kAt), ErrorIs(ErrorCode::kUnauthenticated));
  request_.body = R"({"DeliveryStreamName":"a.c"})";
  EXPECT_THAT(Check(), ErrorIs(ErrorCode::kUnauthenticated));
}

TEST_F(SignatureCheckTest, AChangedSignedHeaderIsNoticed) {
  Header("X-Amz-Target") = "Firehose_20150804.PutRecordBatch";
  EXPECT_THAT(Check(), ErrorIs(ErrorCode::kUnauthenticated));
}

TEST_F(SignatureCheckTest, SignaturesExpire) {
  EXPECT_THAT(Check(kSecret, {kAt.micros + 14 * 60'000'000LL}), IsOk());
  EXPECT_THAT(Check(kSecret, {kAt.micros + 16 * 60'000'000LL}), ErrorIs(ErrorCode::kUnauthenticated));
  EXPECT_THAT(Check(kSecret, {kAt.micros - 16 * 60'000'000LL}), ErrorIs(ErrorCode::kUnauthenticated));
}

TEST_F(SignatureCheckTest, BrokenHeadersAreRefused) {
  const auto whole = Header("Authorization");
  for (const auto* broken :
       {"", "Bearer x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b/c/firehose/aws4_request"}) {
    Header("Authorization") = broken;
    EXPECT_THAT(Check(), ErrorIs(ErrorCode::kUnauthenticated)) << broken;
  }
  Header("Authorization") = whole;
  for (const auto* date : {"", "2026", "20260101X000000Z", "20261301T000000Z"}) {
    Header("x-amz-date") = date;
    EXPECT_THAT(Check(), ErrorIs(ErrorCode::kUnauthenticated)) << date;
  }
}

}  // namespace
}  // namespace tarn::aws
