// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <optional>

#include "base/result_matchers.h"
#include "net/error_body.h"
#include "net/responder.h"
#include "net/router.h"

namespace tarn::net {
namespace {

// Keeps what a handler answers.
class CapturingSink final : public ReplySink {
 public:
  void Reply(Response response, std::shared_ptr<ReplySink>) override {
    ++replies;
    last = std::move(response);
  }
  std::shared_ptr<BodySink> Begin(Response, std::shared_ptr<ReplySink>) override { return nullptr; }
  std::stop_token WatchDisconnect(std::shared_ptr<ReplySink>) override { return {}; }

  int replies = 0;
  Response last;
};

Router::Match Route(const Router& router, Method method, std::string_view target, Request* filled = nullptr) {
  Request request;
  request.method = method;
  request.target = target;
  Router::Match match = router.Find(request);
  if (filled != nullptr) *filled = request;
  return match;
}

Router SampleRouter() {
  Router router;
  const Handler none = [](Request, Responder) {};
  router.Add(Method::kGet, "/", none);
  router.Add(Method::kPost, "/endpoints", none);
  router.Add(Method::kGet, "/endpoints", none);
  router.Add(Method::kPost, "/endpoints/infer", none);
  router.Add(Method::kGet, "/endpoints/{domain}/{name}", none);
  router.Add(Method::kPut, "/endpoints/{domain}/{name}", none);
  router.Add(Method::kGet, "/endpoints/{domain}/{name}/versions", none);
  router.Add(Method::kGet, "/items/{id}", none);
  router.Add(Method::kPost, "/items/special", none);
  return router;
}

TEST(RouterTest, MatchesLiteralsParametersAndTrailingSlash) {
  const Router router = SampleRouter();
  for (const auto* target : {"/", "/endpoints", "/endpoints/", "/endpoints?x=/y/z", "/endpoints/a/b", "/endpoints/a/b/",
                             "/endpoints/a/b/versions"}) {
    EXPECT_NE(Route(router, Method::kGet, target).route, nullptr) << target;
  }
  for (const auto* target :
       {"/unknown", "/endpoints/a/b/c", "//endpoints", "/endpoints//b", "/endpoints/a//", "*", ""}) {
    const auto match = Route(router, Method::kGet, target);
    EXPECT_EQ(match.route, nullptr) << target;
    EXPECT_EQ(match.allowed, "") << target;
  }
}

TEST(RouterTest, FillsDecodedParameters) {
  const Router router = SampleRouter();
  Request request;
  ASSERT_NE(Route(router, Method::kPut, "/endpoints/sal%65s/a%2Fb?q=1", &request).route, nullptr);
  EXPECT_EQ(request.Param("domain"), "sales");
  EXPECT_EQ(request.Param("name"), "a/b");
  EXPECT_EQ(request.Param("other"), "");
  EXPECT_EQ(request.route_pattern, "/endpoints/{domain}/{name}");
  EXPECT_TRUE(Route(router, Method::kGet, "/items/%zz").malformed);
}

TEST(RouterTest, LiteralWinsButAnotherMethodFallsBackToTheParameter) {
  const Router router = SampleRouter();
  EXPECT_EQ(Route(router, Method::kPost, "/items/special").route->pattern, "/items/special");
  EXPECT_EQ(Route(router, Method::kGet, "/items/special").route->pattern, "/items/{id}");
  EXPECT_EQ(Route(router, Method::kDelete, "/items/special").allowed, "GET, HEAD, POST, OPTIONS");
}

TEST(RouterTest, KnownPathWithAnotherMethodNamesTheAllowedOnes) {
  const auto match = Route(SampleRouter(), Method::kDelete, "/endpoints/a/b");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allowed, "GET, HEAD, PUT, OPTIONS");
  EXPECT_NE(Route(SampleRouter(), Method::kHead, "/endpoints/a/b").allowed, "x");
}

TEST(RequestTest, QueryIsDecodedAndTheLastValueWins) {
  Request request;
  request.target = "/q?sql=SELECT+1%2B1&limit=5&limit=6&flag";
  EXPECT_EQ(request.path(), "/q");
  EXPECT_EQ(request.QueryValue("sql"), "SELECT 1+1");
  EXPECT_EQ(request.QueryValue("limit"), "6");
  EXPECT_EQ(request.QueryValue("flag"), "");
  EXPECT_EQ(request.QueryValue("absent"), std::nullopt);
  EXPECT_EQ(request.query().size(), 4U);
}

TEST(HeaderListTest, FindsByNameInAnyCase) {
  HeaderList headers;
  headers.Add("Content-Type", "application/json");
  headers.Add("X-Api-Key", "first");
  headers.Add("x-api-key", "second");
  EXPECT_EQ(headers.Find("CONTENT-TYPE"), "application/json");
  EXPECT_EQ(headers.Find("x-api-key"), "first");
  EXPECT_EQ(headers.Find("x-api"), std::nullopt);
  EXPECT_EQ(headers.All().size(), 3U);
}

TEST(ErrorBodyTest, HasTheContractsShape) {
  EXPECT_EQ(ErrorResponse(404, "no \"x\"").body, R"({"detail":"no \"x\""})");
  EXPECT_EQ(ErrorResponse(409, "busy", "conflict").body, R"({"detail":"busy","code":"conflict"})");
  EXPECT_EQ(ErrorResponseWithJson(422, "[]").body, R"({"detail":[]})");
  EXPECT_TRUE(ErrorResponse(404, "x").adds_request_id);
}

TEST(ResponderTest, AnswersOnceAndNeverForgets) {
  const auto sink = std::make_shared<CapturingSink>();
  {
    const Responder dropped(sink);
  }
  EXPECT_EQ(sink->replies, 1);
  EXPECT_EQ(sink->last.status, 500);
  {
    Responder first(sink);
    Responder second(std::move(first));
    second.Send({.status = 201, .headers = {}, .content_type = {}, .body = {}});
  }
  EXPECT_EQ(sink->replies, 2);
  EXPECT_EQ(sink->last.status, 201);
}

}  // namespace
}  // namespace tarn::net
