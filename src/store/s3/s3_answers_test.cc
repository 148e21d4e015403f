// SPDX-License-Identifier: Apache-2.0
#include "store/s3/s3_answers.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "store/s3/s3_error.h"

namespace tarn::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(S3AnswersTest, ListingsGiveObjectsFoldersAndTheNextPage) {
  ASSERT_OK_AND_ASSIGN(const auto page, ReadListPage(R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>lake</Name><Prefix></Prefix><KeyCount>2</KeyCount><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>
  <Contents><Key>a/%C3%BC%20%2B%252F</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;x&quot;</ETag>
    <Size>12</Size><Owner><ID>me</ID></Owner><StorageClass>STANDARD</StorageClass></Contents>
  <CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes>
  <NextContinuationToken>t&amp;1</NextContinuationToken>
</ListBucketResult>)"));
  ASSERT_EQ(page.objects.size(), 1U);
  EXPECT_EQ(page.objects[0].key, "a/\xC3\xBC +%2F");
  EXPECT_EQ(page.objects[0].size_bytes, 12U);
  EXPECT_EQ(FormatTimestamp(page.objects[0].modified), "2026-01-02T03:04:05.678000Z");
  EXPECT_THAT(page.folders, ElementsAre("a/b/"));
  EXPECT_EQ(page.continuation, "t&1");
}

TEST(S3AnswersTest, AnswersThatCannotBeReadAreNotGuessed) {
  for (const auto* body : {"", "<html>502</html>", "<ListBucketResult>",
                           "<ListBucketResult><Contents><Size>x</Size></Contents></ListBucketResult>"}) {
    EXPECT_THAT(ReadListPage(body), ErrorIs(ErrorCode::kUnavailable)) << body;
    EXPECT_THAT(ReadUploadId(body), ErrorIs(ErrorCode::kUnavailable)) << body;
    EXPECT_EQ(ErrorCodeInside(body), "") << body;
  }
  EXPECT_THAT(ReadUploadId("<InitiateMultipartUploadResult/>"), ErrorIs(ErrorCode::kUnavailable));
  for (const auto* text : {"", "yesterday", "Wed, 21 Oct 2015 07:28:00 CET"}) {
    EXPECT_THAT(ReadHttpDate(text), ErrorIs(ErrorCode::kUnavailable)) << text;
  }
  for (const auto* text : {"", "bytes 0-9", "bytes 0-9/*", "0-9/10"}) {
    EXPECT_THAT(ReadSizeOfContentRange(text), ErrorIs(ErrorCode::kUnavailable)) << text;
  }
}

TEST(S3AnswersTest, SmallTextsAreReadAndWritten) {
  ASSERT_OK_AND_ASSIGN(const auto date, ReadHttpDate("Wed, 21 Oct 2015 07:28:00 GMT"));
  EXPECT_EQ(FormatTimestamp(date), "2015-10-21T07:28:00Z");
  EXPECT_EQ(ReadSizeOfContentRange("bytes 0-9/1234"), 1'234U);
  EXPECT_EQ(ReadUploadId(
                "<InitiateMultipartUploadResult><Key>k</Key><UploadId>id</UploadId></InitiateMultipartUploadResult>"),
            "id");
  EXPECT_EQ(ErrorCodeInside("<Error><Code>InternalError</Code></Error>"), "InternalError");
  EXPECT_EQ(CompleteDocument({"\"a\"", "b"}),
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>b</ETag></Part></CompleteMultipartUpload>");
}

// ---- refusals ----

const S3Names kNames{"lake", "s3.example.org", "us-east-1"};

S3Refusal Read(int status, const std::string& code, const std::string& more = "") {
  net::OutboundResponse answer;
  answer.status = status;
  answer.body = code.empty() ? "" : "<Error><Code>" + code + "</Code><Message>m</Message>" + more + "</Error>";
  return ReadRefusal(answer, "the/key", kNames);
}

TEST(S3ErrorTest, WhatMayHaveBeenDoneIsToldFromWhatWasNot) {
  EXPECT_EQ(Read(503, "SlowDown").kind, Refusal::kNotDone);
  EXPECT_EQ(Read(503, "").kind, Refusal::kNotDone);
  EXPECT_EQ(Read(429, "").kind, Refusal::kNotDone);
  EXPECT_EQ(Read(409, "ConditionalRequestConflict").kind, Refusal::kNotDone);
  EXPECT_EQ(Read(400, "RequestTimeout").kind, Refusal::kNotDone);
  EXPECT_EQ(Read(500, "InternalError").kind, Refusal::kUncertain);
  EXPECT_EQ(Read(502, "").kind, Refusal::kUncertain);
  EXPECT_EQ(Read(504, "").kind, Refusal::kUncertain);
  EXPECT_EQ(Read(400, "ExpiredToken").kind, Refusal::kStaleSecret);
  EXPECT_EQ(Read(412, "PreconditionFailed").kind, Refusal::kFinal);
  EXPECT_EQ(Read(404, "NoSuchKey").kind, Refusal::kFinal);
  EXPECT_EQ(Read(400, "InvalidArgument").kind, Refusal::kFinal);
}

TEST(S3ErrorTest, CodesSayWhatToDoNext) {
  EXPECT_EQ(Read(404, "NoSuchKey").error.code, ErrorCode::kNotFound);
  EXPECT_EQ(Read(404, "").error.code, ErrorCode::kNotFound);
  EXPECT_EQ(Read(412, "PreconditionFailed").error.code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(Read(403, "").error.code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Read(404, "XAdminUserNotFound").error.code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(Read(501, "NotImplemented").error.code, ErrorCode::kUnsupported);
  EXPECT_EQ(Read(400, "InvalidArgument").error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(Read(404, "NoSuchKey").error.message, HasSubstr("the/key"));
}

TEST(S3ErrorTest, OtherRegionIsNamed) {
  const auto refusal = Read(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>");
  EXPECT_EQ(refusal.error.code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(refusal.error.message, "the bucket lake is in the region eu-west-1, not in us-east-1");
  net::OutboundResponse head;
  head.status = 301;
  head.headers.Add("x-amz-bucket-region", "eu-central-1");
  EXPECT_THAT(ReadRefusal(head, "k", kNames).error.message, HasSubstr("eu-central-1"));
}

}  // namespace
}  // namespace tarn::store
