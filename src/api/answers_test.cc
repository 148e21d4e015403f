// SPDX-License-Identifier: Apache-2.0
#include "api/answers.h"

#include <gtest/gtest.h>

#include "api/endpoint_links.h"
#include "api/ordering.h"
#include "api/parameters.h"
#include "base/result_matchers.h"

namespace tarn::api {
namespace {

net::Request RequestFor(std::string target) {
  net::Request request;
  request.target = std::move(target);
  return request;
}

TEST(RedactedTest, HidesPathsAndStoreUrlsAndNothingElse) {
  EXPECT_EQ(Redacted("cannot open /srv/lake/tarn.json: denied"), "cannot open <redacted> denied");
  EXPECT_EQ(Redacted("no such object tarn://silver/a/b.parquet"), "no such object <redacted>");
  EXPECT_EQ(Redacted("see 's3://bucket/key'"), "see '<redacted>'");
  for (const auto* plain :
       {"Endpoint sales/orders not found", "a / b", "column a/b", "1/2", "rate(15 minutes)", "n/a"}) {
    EXPECT_EQ(Redacted(plain), plain);
  }
}

TEST(ErrorAnswerTest, MapsCodesToStatuses) {
  EXPECT_EQ(ErrorAnswer({ErrorCode::kNotFound, "x", ""}).status, 404);
  EXPECT_EQ(ErrorAnswer({ErrorCode::kAlreadyExists, "x", ""}).status, 400);
  EXPECT_EQ(ErrorAnswer({ErrorCode::kDeadlineExceeded, "x", ""}).status, 408);
  EXPECT_EQ(ErrorAnswer({ErrorCode::kUnsupported, "x", ""}).status, 501);
  const auto unavailable = ErrorAnswer({ErrorCode::kUnavailable, "x", ""});
  EXPECT_EQ(unavailable.status, 503);
  ASSERT_EQ(unavailable.headers.size(), 1U);
  EXPECT_EQ(unavailable.headers[0].first, "Retry-After");
  const auto internal = ErrorAnswer({ErrorCode::kInternal, "secret detail", ""});
  EXPECT_EQ(internal.status, 500);
  EXPECT_EQ(internal.body.find("secret"), std::string::npos);
}

TEST(ProblemsAnswerTest, PositionsInArraysAreNumbers) {
  const auto answer = ProblemsAnswer({{"missing", {"body", "columns", "0", "name"}, "Field required"}});
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find(R"(["body","columns",0,"name"])"), std::string::npos) << answer.body;
}

TEST(ParametersTest, BooleansComeInManySpellings) {
  for (const auto* word : {"true", "1", "YES", "on", "t", "y"}) {
    const auto request = RequestFor(std::string("/x?strict=") + word);
    Parameters parameters(request);
    EXPECT_TRUE(parameters.Bool("strict", false)) << word;
    EXPECT_TRUE(parameters.problems().empty());
  }
  const auto request = RequestFor("/x?strict=maybe&limit=0&version=abc");
  Parameters parameters(request);
  parameters.Bool("strict", false);
  parameters.Integer("limit", 1, 10);
  parameters.Integer("version", 0, 10);
  ASSERT_EQ(parameters.problems().size(), 3U);
  EXPECT_EQ(parameters.problems()[0].type, "bool_parsing");
  EXPECT_EQ(parameters.problems()[2].type, "int_parsing");
}

TEST(OrderByTest, SortsByAMemberBothWaysAndIgnoresUnknownOnes) {
  std::vector<codec::OrderedJson> objects{{{"name", "b"}, {"version", 1}}, {{"name", "a"}, {"version", 2}}};
  OrderBy(objects, "name");
  EXPECT_EQ(objects[0]["name"], "a");
  OrderBy(objects, "-version");
  EXPECT_EQ(objects[0]["version"], 2);
  OrderBy(objects, "nonsense");
  EXPECT_EQ(objects[0]["version"], 2);
}

TEST(SignedLinkTest, WorksUntilItExpiresOrIsChanged) {
  contract::Contract contract;
  contract.domain = "sales";
  contract.name = "orders";
  contract.version = 3;
  const Timestamp now{1'767'225'600'000'000};
  const auto link = SignedLink("http://h", contract, now, "secret");
  const auto open = [&](std::string target, Timestamp at) {
    auto request = RequestFor(std::move(target));
    request.AddParam("domain", "sales");
    request.AddParam("name", "orders");
    return IsSignedLink(request, at, "secret");
  };
  const auto target = link.substr(std::string("http://h").size());
  EXPECT_TRUE(open(target, now));
  EXPECT_FALSE(open(target, {now.micros + (kLinkLifetimeSeconds + 1) * 1'000'000}));
  auto altered = target;
  altered.replace(altered.find("version=3"), 9, "version=2");
  EXPECT_FALSE(open(altered, now));
  altered = target;
  altered.back() = altered.back() == '0' ? '1' : '0';
  EXPECT_FALSE(open(altered, now));
}

}  // namespace
}  // namespace tarn::api
