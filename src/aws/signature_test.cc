// SPDX-License-Identifier: Apache-2.0
// Against the values that AWS publishes: the Signature Version 4 test suite (access key AKIDEXAMPLE) and the examples
// of the S3 API reference, "Authenticating requests: using the Authorization header" (AKIAIOSFODNN7EXAMPLE).
#include "aws/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::aws {
namespace {

constexpr std::string_view kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Timestamp At(std::string_view text) {
  const auto at = ParseTimestamp(text);
  EXPECT_THAT(at, IsOk());
  return at.value_or(Timestamp{});
}

std::string SignatureIn(const HeaderFields& fields) {
  EXPECT_EQ(fields.back().first, "Authorization");
  const auto& value = fields.back().second;
  return value.substr(value.rfind('=') + 1);
}

// ---- the test suite ----

Credentials SuiteCredentials() {
  Credentials credentials;
  credentials.access_key_id = "AKIDEXAMPLE";
  credentials.secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  return credentials;
}

struct SuiteCase {
  std::string name;
  UnsignedRequest request;
  std::string signature;
};

const HeaderFields kSuiteHost{{"Host", "example.amazonaws.com"}};

TEST(SignatureTest, SuiteOfTestVectorsIsReproduced) {
  const std::string empty(kEmptyHash);
  const std::vector<SuiteCase> cases{
      {"get-vanilla",
       {"GET", "/", {}, kSuiteHost, empty},
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"get-vanilla-query-order-key-case",
       {"GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}}, kSuiteHost, empty},
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"get-vanilla-empty-query-key",
       {"GET", "/", {{"Param1", "value1"}}, kSuiteHost, empty},
       "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
      {"get-utf8",
       {"GET", "/%E1%88%B4", {}, kSuiteHost, empty},
       "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"post-vanilla",
       {"POST", "/", {}, kSuiteHost, empty},
       "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"post-x-www-form-urlencoded",
       {"POST",
        "/",
        {},
        {{"Content-Type", "application/x-www-form-urlencoded"}, {"Host", "example.amazonaws.com"}},
        PayloadHash("Param1=value1", false)},
       "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
  };
  for (const auto& one : cases) {
    const auto fields = Sign(one.request, SuiteCredentials(), {"us-east-1", "service"}, At("2015-08-30T12:36:00Z"));
    EXPECT_EQ(SignatureIn(fields), one.signature) << one.name << "\n" << CanonicalRequest(one.request);
  }
}

TEST(SignatureTest, AuthorizationNamesScopeAndSignedHeaders) {
  const auto fields = Sign({"GET", "/", {}, kSuiteHost, std::string(kEmptyHash)}, SuiteCredentials(),
                           {"us-east-1", "service"}, At("2015-08-30T12:36:00.123456Z"));
  EXPECT_THAT(fields,
              testing::ElementsAre(
                  testing::Pair("x-amz-date", "20150830T123600Z"),
                  testing::Pair("Authorization",
                                testing::StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/"
                                                    "service/aws4_request, SignedHeaders=host;x-amz-date, "
                                                    "Signature="))));
}

// ---- the examples of the S3 reference ----

std::string SignExample(UnsignedRequest request) {
  Credentials credentials;
  credentials.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  credentials.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  request.headers.emplace_back("Host", "examplebucket.s3.amazonaws.com");
  request.headers.emplace_back("x-amz-content-sha256", request.payload_hash);
  return SignatureIn(Sign(request, credentials, {"us-east-1", "s3"}, At("2013-05-24T00:00:00Z")));
}

TEST(SignatureTest, ExamplesOfTheS3ReferenceAreReproduced) {
  const std::string empty(kEmptyHash);
  EXPECT_EQ(SignExample({"GET", "/test.txt", {}, {{"Range", "bytes=0-9"}}, empty}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(SignExample({"PUT",
                         "/test%24file.text",
                         {},
                         {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                         PayloadHash("Welcome to Amazon S3.", false)}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  EXPECT_EQ(SignExample({"GET", "/", {{"lifecycle", ""}}, {}, empty}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(SignExample({"GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, empty}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// ---- rules the vectors leave open ----

TEST(SignatureTest, SessionTokensAreSignedAndSent) {
  auto credentials = SuiteCredentials();
  credentials.session_token = "token";
  const auto fields = Sign({"GET", "/", {}, kSuiteHost, std::string(kEmptyHash)}, credentials, {"us-east-1", "s3"},
                           At("2015-08-30T12:36:00Z"));
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[1], (std::pair<std::string, std::string>("x-amz-security-token", "token")));
  EXPECT_THAT(fields[2].second, testing::HasSubstr("SignedHeaders=host;x-amz-date;x-amz-security-token,"));
}

TEST(SignatureTest, HeadersAreSqueezedJoinedAndSorted) {
  const UnsignedRequest request{
      "GET", "/", {{"b", "ü/"}, {"a", "x y"}}, {{"My-B", " 1   2 "}, {"my-a", "3"}, {"MY-B", "4"}}, "hash"};
  EXPECT_EQ(CanonicalRequest(request), "GET\n/\na=x%20y&b=%C3%BC%2F\nmy-a:3\nmy-b:1 2,4\n\nmy-a;my-b\nhash");
}

TEST(SignatureTest, LargeBodiesOverTlsAreNotHashed) {
  const std::string large(kSignedPayloadBytes + 1, 'x');
  EXPECT_EQ(PayloadHash(large, true), kUnsignedPayload);
  EXPECT_EQ(PayloadHash(large, false).size(), 64U);
  EXPECT_EQ(PayloadHash("", true), kEmptyHash);
}

}  // namespace
}  // namespace tarn::aws
