// SPDX-License-Identifier: Apache-2.0
// The store beside a server that fails: what is tried again, what is not, and what a lost answer becomes.
#include "store/s3/s3_store.h"

#include <gtest/gtest.h>

#include <atomic>

#include "store/s3/fake_s3.h"
#include "store/s3/s3_fixture.h"
#include "store/series.h"
#include "store/temp_directory_testing.h"

namespace tarn::store {
namespace {

using testing::HasSubstr;

class S3StoreTest : public testing::Test {
 protected:
  void TearDown() override { fixture_.reset(); }

  S3Store& Open(S3Setup setup = {}) {
    setup.endpoint = server_.url();
    fixture_ = std::make_unique<S3Fixture>(setup);
    return fixture_->store();
  }
  S3Store& OpenCached(uint64_t cache_bytes = 64 << 20) {
    return Open({.endpoint = {}, .cache_folder = directory_ / "cache", .cache_bytes = cache_bytes});
  }
  /// The next `times` requests of a method meet `fault`.
  void Fail(const std::string& method, FakeFault fault, int times = 1) {
    auto left = std::make_shared<std::atomic<int>>(times);
    server_.SetFaults([=](const FakeRequest& request) -> std::optional<FakeFault> {
      if (request.method != method || left->fetch_sub(1) <= 0) return std::nullopt;
      return fault;
    });
  }

  TempDirectory directory_;
  FakeS3 server_{"lake"};
  std::unique_ptr<S3Fixture> fixture_;
};

const FakeFault kSlowDown{.does_nothing = true, .status = 503, .code = "SlowDown"};
const FakeFault kConflict{.does_nothing = true, .status = 409, .code = "ConditionalRequestConflict"};
const FakeFault kInternal{.does_nothing = true, .status = 500, .code = "InternalError"};
const FakeFault kDoneButFailed{.status = 500, .code = "InternalError"};
const FakeFault kLostRequest{.does_nothing = true, .is_silent = true};
const FakeFault kLostAnswer{.is_silent = true};

// ---- trying again ----

TEST_F(S3StoreTest, BusyServersAreAskedAgainLaterAndLater) {
  auto& store = Open();
  Fail("PUT", kSlowDown, 4);
  EXPECT_THAT(store.PutIfAbsent("k", "x"), IsOk());
  EXPECT_EQ(server_.requests("PUT"), 5);
  const auto pauses = fixture_->pauses();
  ASSERT_EQ(pauses.size(), 4U);
  for (size_t i = 0; i < pauses.size(); ++i) {
    EXPECT_GE(pauses[i].count(), 1);
    EXPECT_LE(pauses[i].count(), 50 << i);
  }
}

TEST_F(S3StoreTest, ServerThatStaysBusyIsUnavailable) {
  auto& store = Open();
  Fail("GET", kSlowDown, 100);
  const auto got = store.Get("k");
  EXPECT_THAT(got, ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(got.error().message, HasSubstr("SlowDown"));
  EXPECT_EQ(server_.requests("GET"), 6);
}

TEST_F(S3StoreTest, BrokenReadsAreTriedAgain) {
  auto& store = Open();
  ASSERT_THAT(store.PutIfAbsent("k", "0123456789"), IsOk());
  for (const auto& fault : {kInternal, kLostRequest, FakeFault{.cut_after = 90}, FakeFault{.cut_after = 20}}) {
    Fail("GET", fault, 2);
    EXPECT_EQ(store.Get("k"), "0123456789");
  }
}

TEST_F(S3StoreTest, RetriesEndWhenTheBudgetIsSpent) {
  auto& store = Open();
  Fail("GET", kInternal, 1'000'000);
  for (int i = 0; i < 40; ++i) EXPECT_THAT(store.Get("k"), ErrorIs(ErrorCode::kUnavailable));
  // 40 calls, and as many retries as the budget pays for instead of 40 times five.
  EXPECT_EQ(server_.requests("GET"), 40 + RetryBudget::kCapacity / RetryBudget::kCostOfRetry);
  Fail("GET", kInternal, 0);
  ASSERT_THAT(store.PutIfAbsent("k", "x"), IsOk());
  EXPECT_EQ(store.Get("k"), "x");
}

TEST_F(S3StoreTest, SilentServerIsGivenUpAfterTheTimeout) {
  auto& store = Open({.endpoint = {}, .attempts = 2, .timeout = std::chrono::milliseconds(100)});
  Fail("GET", {.hangs = true}, 100);
  EXPECT_THAT(store.Get("k"), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_EQ(server_.requests("GET"), 2);
}

TEST_F(S3StoreTest, ExpiredCredentialsAreAskedForOnceMore) {
  auto& store = Open();
  const FakeFault expired{.does_nothing = true, .status = 400, .code = "ExpiredToken"};
  Fail("PUT", expired, 1);
  EXPECT_THAT(store.PutIfAbsent("k", "x"), IsOk());
  Fail("PUT", expired, 100);
  EXPECT_THAT(store.PutIfAbsent("l", "x"), ErrorIs(ErrorCode::kUnauthenticated));
}

TEST_F(S3StoreTest, DamagedObjectsAreNotTakenForGood) {
  auto& store = Open();
  ASSERT_THAT(store.PutIfAbsent("k", "0123456789"), IsOk());
  EXPECT_EQ(store.Get("k"), "0123456789");
  server_.Damage("some/where/k");
  EXPECT_THAT(store.Get("k"), ErrorIs(ErrorCode::kCorrupt));
}

// ---- the put that decides ----

TEST_F(S3StoreTest, ConflictingPutIsTriedUntilItIsDecided) {
  auto& store = Open();
  Fail("PUT", kConflict, 2);
  EXPECT_THAT(store.PutIfAbsent("k", "x"), IsOk());
  Fail("PUT", kConflict, 1);
  EXPECT_THAT(store.PutIfAbsent("k", "y"), ErrorIs(ErrorCode::kAlreadyExists));
}

TEST_F(S3StoreTest, LostAnswerOfADecidingPutIsAnUnknownOutcome) {
  auto& store = Open();
  int number = 0;
  for (const auto& fault : {kLostAnswer, kLostRequest, kInternal, kDoneButFailed, FakeFault{.cut_after = 12}}) {
    const int before = server_.requests("PUT");
    Fail("PUT", fault);
    EXPECT_THAT(store.PutIfAbsent("k" + std::to_string(number++), "x"), ErrorIs(ErrorCode::kUnknownOutcome));
    EXPECT_EQ(server_.requests("PUT"), before + 1);
  }
}

TEST_F(S3StoreTest, SeriesReadsBackWhatALostAnswerDid) {
  auto& store = Open();
  SystemClock clock;
  Series series(store, {.prefix = "s/", .suffix = ".json"}, clock);
  Fail("PUT", kLostAnswer);
  EXPECT_THAT(series.Put(1, "mine"), IsOk());
  Fail("PUT", kLostRequest);
  EXPECT_THAT(series.Put(2, "mine"), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(series.Put(2, "mine"), IsOk());
  ASSERT_THAT(store.PutIfAbsent("s/00000000000000000003.json", "theirs"), IsOk());
  Fail("PUT", kLostAnswer);
  EXPECT_THAT(series.Put(3, "mine"), ErrorIs(ErrorCode::kConflict));
}

TEST_F(S3StoreTest, ServersThatIgnoreConditionsAreRefused) {
  auto& store = Open();
  EXPECT_THAT(store.CheckConditionalPut(), IsOk());
  server_.IgnoreConditions();
  EXPECT_THAT(store.CheckConditionalPut(), ErrorIs(ErrorCode::kUnsupported));
  const FakeFault unknown{.does_nothing = true, .status = 501, .code = "NotImplemented"};
  Fail("PUT", unknown);
  EXPECT_THAT(store.CheckConditionalPut(), ErrorIs(ErrorCode::kUnsupported));
}

// ---- content ----

TEST_F(S3StoreTest, LostAnswersOfContentAreSettled) {
  auto& store = Open();
  const std::vector<PutRequest> objects{{"a", "1"}, {"b", "2"}, {"c", "3"}};
  for (const auto& fault : {kLostAnswer, kDoneButFailed, kInternal}) {
    Fail("PUT", fault, 2);
    EXPECT_THAT(store.PutAll(objects), IsOk());
    for (const auto& object : objects) {
      EXPECT_EQ(store.Get(object.key), object.body);
      ASSERT_THAT(store.Delete(object.key), IsOk());
    }
  }
}

TEST_F(S3StoreTest, ContentThatCannotBePutWholeIsTakenBack) {
  auto& store = Open();
  server_.SetFaults([](const FakeRequest& request) -> std::optional<FakeFault> {
    if (request.method == "PUT" && request.key.ends_with("/c")) return kSlowDown;
    return std::nullopt;
  });
  const std::vector<PutRequest> objects{{"a", "1"}, {"b", "2"}, {"c", "3"}};
  EXPECT_THAT(store.PutAll(objects), ErrorIs(ErrorCode::kUnavailable));
  ASSERT_OK_AND_ASSIGN(const auto left, store.List(""));
  EXPECT_TRUE(left.empty());
}

TEST_F(S3StoreTest, ManyObjectsAreDeletedWithFewRequests) {
  auto& store = Open();
  std::vector<std::string> keys;
  for (int i = 0; i < 1'500; ++i) keys.push_back("many/a & b " + std::to_string(i));
  std::vector<PutRequest> objects;
  for (const auto& key : keys) objects.push_back({key, "x"});
  objects.push_back({"stays", "x"});
  ASSERT_THAT(store.PutAll(objects), IsOk());
  keys.push_back("many/never there");
  EXPECT_THAT(store.DeleteAll(keys), IsOk());
  EXPECT_EQ(server_.requests("POST"), 2);
  EXPECT_EQ(server_.requests("DELETE"), 0);
  ASSERT_OK_AND_ASSIGN(const auto left, store.List(""));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].key, "stays");
  EXPECT_THAT(store.DeleteAll({}), IsOk());
}

TEST_F(S3StoreTest, WhatARequestForManyLeavesIsDeletedAlone) {
  auto& store = Open();
  const std::vector<PutRequest> objects{{"a", "1"}, {"b", "2"}, {"c", "3"}};
  const std::vector<std::string> keys{"a", "b", "c"};
  const auto expect_empty = [&] {
    ASSERT_OK_AND_ASSIGN(const auto left, store.List(""));
    EXPECT_TRUE(left.empty());
  };
  ASSERT_THAT(store.PutAll(objects), IsOk());
  server_.RefuseDeleteOnce("some/where/b");
  EXPECT_THAT(store.DeleteAll(keys), IsOk());
  EXPECT_EQ(server_.requests("DELETE"), 1);
  expect_empty();
  ASSERT_THAT(store.PutAll(objects), IsOk());
  Fail("POST", {.does_nothing = true, .status = 501, .code = "NotImplemented"});
  EXPECT_THAT(store.DeleteAll(keys), IsOk());
  expect_empty();
  ASSERT_THAT(store.PutAll(objects), IsOk());
  Fail("POST", kLostAnswer);
  EXPECT_THAT(store.DeleteAll(keys), IsOk());
  expect_empty();
}

// ---- large objects ----

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 31 + i / 4'096) % 251);
  return bytes;
}

class LargeObjectTest : public S3StoreTest {
 protected:
  Result<uint64_t> Write(S3Store& store, const std::string& key, std::string_view bytes) {
    TARN_ASSIGN(const auto writer, store.OpenWriter(key));
    constexpr size_t kPiece = 300'000;
    for (size_t at = 0; at < bytes.size(); at += kPiece) TARN_TRY(writer->Append(bytes.substr(at, kPiece)));
    return writer->Finish();
  }

  const std::string bytes_ = Pattern(4'000'000);
};

TEST_F(LargeObjectTest, PartsBecomeOneObjectAndRangesReadIt) {
  auto& store = Open();
  EXPECT_EQ(Write(store, "large", bytes_), bytes_.size());
  EXPECT_EQ(server_.uploads(), 0U);
  ASSERT_OK_AND_ASSIGN(const auto reader, store.OpenReader("large"));
  ASSERT_EQ(reader->size_bytes(), bytes_.size());
  std::string middle(2'000'000, '?');
  ASSERT_THAT(reader->ReadAt(1'234'567, middle), IsOk());
  EXPECT_TRUE(middle == bytes_.substr(1'234'567, middle.size()));
  std::string end(700'000, '?');
  ASSERT_THAT(reader->ReadAt(bytes_.size() - end.size(), end), IsOk());
  EXPECT_TRUE(end == bytes_.substr(bytes_.size() - end.size()));
}

TEST_F(LargeObjectTest, TakenNameRefusesTheUploadAndLeavesNoParts) {
  auto& store = Open();
  ASSERT_THAT(store.PutIfAbsent("large", "old"), IsOk());
  EXPECT_THAT(Write(store, "large", bytes_), ErrorIs(ErrorCode::kAlreadyExists));
  EXPECT_EQ(store.Get("large"), "old");
  EXPECT_EQ(server_.uploads(), 0U);
}

TEST_F(LargeObjectTest, LostAnswersOnTheWayAreSettled) {
  auto& store = Open();
  int number = 0;
  for (const auto* method : {"PUT", "POST"}) {
    for (const auto& fault : {kLostAnswer, kDoneButFailed, kInternal}) {
      Fail(method, fault, 2);
      const auto key = "large" + std::to_string(number++);
      EXPECT_EQ(Write(store, key, bytes_), bytes_.size()) << method;
      ASSERT_OK_AND_ASSIGN(const auto info, store.Head(key));
      EXPECT_EQ(info.size_bytes, bytes_.size());
    }
  }
}

TEST_F(LargeObjectTest, AbandonedUploadLeavesNoParts) {
  auto& store = Open();
  {
    ASSERT_OK_AND_ASSIGN(const auto writer, store.OpenWriter("large"));
    ASSERT_THAT(writer->Append(bytes_), IsOk());
    EXPECT_EQ(server_.uploads(), 1U);
  }
  EXPECT_EQ(server_.uploads(), 0U);
  EXPECT_THAT(store.Get("large"), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(LargeObjectTest, CachedBytesAreNotFetchedTwice) {
  auto& store = OpenCached();
  ASSERT_THAT(Write(store, "large", bytes_), IsOk());
  std::string part(1'500'000, '?');
  int first = 0;
  for (int round = 0; round < 3; ++round) {
    ASSERT_OK_AND_ASSIGN(const auto reader, store.OpenReader("large"));
    for (const uint64_t offset : {uint64_t{500'001}, bytes_.size() - part.size()}) {
      part.assign(part.size(), '?');
      ASSERT_THAT(reader->ReadAt(offset, part), IsOk());
      EXPECT_TRUE(part == bytes_.substr(offset, part.size()));
    }
    if (round == 0) first = server_.requests("GET");
  }
  EXPECT_EQ(server_.requests("GET"), first);
}

TEST_F(LargeObjectTest, WhatWasJustWrittenIsNotFetched) {
  auto& store = OpenCached();
  const auto small = bytes_.substr(0, 555'555);
  ASSERT_THAT(Write(store, "small", small), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto reader, store.OpenReader("small"));
  std::string read(small.size(), '?');
  ASSERT_THAT(reader->ReadAt(0, read), IsOk());
  EXPECT_TRUE(read == small);
  EXPECT_EQ(server_.requests("GET") + server_.requests("HEAD"), 0);
}

TEST_F(LargeObjectTest, SmallCacheStillReadsRight) {
  auto& store = OpenCached(3 * BlockCache::kBlockBytes);
  ASSERT_THAT(Write(store, "large", bytes_), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto reader, store.OpenReader("large"));
  std::string all(bytes_.size(), '?');
  for (int round = 0; round < 2; ++round) {
    all.assign(all.size(), '?');
    ASSERT_THAT(reader->ReadAt(0, all), IsOk());
    EXPECT_TRUE(all == bytes_);
  }
  EXPECT_LE(fixture_->cache()->blocks(), 3U);
}

TEST_F(LargeObjectTest, ReplacedObjectIsNotMixedWithTheOldOne) {
  auto& store = Open();
  ASSERT_THAT(Write(store, "large", bytes_), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto reader, store.OpenReader("large"));
  ASSERT_THAT(store.Delete("large"), IsOk());
  ASSERT_THAT(Write(store, "large", std::string(bytes_.size(), 'n')), IsOk());
  std::string part(100, '?');
  EXPECT_THAT(reader->ReadAt(0, part), ErrorIs(ErrorCode::kUnavailable));
}

// ---- set-ups that a person must mend ----

TEST_F(S3StoreTest, RefusalsOfTheSetUpAreNamed) {
  struct Case {
    FakeFault fault;
    ErrorCode code;
    std::string says;
  };
  const std::vector<Case> cases{
      {{.does_nothing = true, .status = 404, .code = "NoSuchBucket"}, ErrorCode::kFailedPrecondition, "no bucket lake"},
      {{.does_nothing = true, .status = 403, .code = "InvalidAccessKeyId"}, ErrorCode::kUnauthenticated, "access key"},
      {{.does_nothing = true, .status = 403, .code = "SignatureDoesNotMatch"}, ErrorCode::kUnauthenticated, "secret"},
      {{.does_nothing = true, .status = 403, .code = "AccessDenied"}, ErrorCode::kPermissionDenied, "lake"},
      {{.does_nothing = true, .status = 403, .code = "RequestTimeTooSkewed"}, ErrorCode::kFailedPrecondition, "clock"},
      {{.does_nothing = true, .status = 301, .code = "PermanentRedirect"}, ErrorCode::kFailedPrecondition, "region"},
  };
  auto& store = Open();
  ASSERT_THAT(store.CheckBucket(), IsOk());
  for (const auto& [fault, code, says] : cases) {
    Fail("GET", fault, 100);
    const auto checked = store.CheckBucket();
    ASSERT_THAT(checked, ErrorIs(code)) << fault.code;
    EXPECT_THAT(checked.error().message, HasSubstr(says));
    EXPECT_FALSE(checked.error().message.contains("secret\""));
  }
}

TEST_F(S3StoreTest, RootNamesBucketAndPrefix) {
  EXPECT_EQ(Open().root(), "s3://lake/some/where");
  EXPECT_EQ(Open({.endpoint = {}, .prefix = ""}).root(), "s3://lake/");
}

}  // namespace
}  // namespace tarn::store
