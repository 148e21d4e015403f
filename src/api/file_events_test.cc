// SPDX-License-Identifier: Apache-2.0
#include "api/file_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::api {
namespace {

using codec::Json;
using testing::ElementsAre;
using testing::IsEmpty;

Result<std::vector<NamedObject>> Read(const std::string& text) { return NamedObjects(*codec::ParseJson(text)); }

TEST(FileEventsTest, NotificationsNameCreatedObjectsWithDecodedKeys) {
  ASSERT_OK_AND_ASSIGN(
      const auto objects,
      Read(
          R"({"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"in/a+b%2Bc.csv"}}},)"
          R"({"eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"b"},"object":{"key":"gone"}}}]})"));
  EXPECT_THAT(objects, ElementsAre(NamedObject{"b", "in/a b+c.csv"}));
  EXPECT_THAT(*Read(R"({"Event":"s3:TestEvent"})"), IsEmpty());
}

TEST(FileEventsTest, BridgedEventsNameOneObjectAsItIs) {
  ASSERT_OK_AND_ASSIGN(const auto objects, Read(R"({"detail":{"bucket":{"name":"b"},"object":{"key":"in/a+b"}}})"));
  EXPECT_THAT(objects, ElementsAre(NamedObject{"b", "in/a+b"}));
  EXPECT_THAT(Read("{}"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Read(R"({"Records":[{"s3":{}}]})"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(FileEventsTest, OnlyObjectsOfTheLakeOutsideItsOwnFoldersAreTaken) {
  EXPECT_EQ(KeyInLake("s3://b/lake", {"b", "lake/in/a.csv"}), "in/a.csv");
  EXPECT_EQ(KeyInLake("s3://b", {"b", "in/a.csv"}), "in/a.csv");
  EXPECT_EQ(KeyInLake("/srv/lake", {"any", "in/a.csv"}), "in/a.csv");
  EXPECT_THAT(KeyInLake("s3://b/lake", {"c", "lake/in/a.csv"}), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(KeyInLake("s3://b/lake", {"b", "other/a.csv"}), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(KeyInLake("s3://b", {"b", "bronze/d/t/x"}), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(KeyInLake("/srv/lake", {"b", "../x"}), ErrorIs(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace tarn::api
