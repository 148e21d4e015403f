// SPDX-License-Identifier: Apache-2.0
#include "engine/spark/spark_errors.h"

#include <gtest/gtest.h>

#include <string>

namespace tarn::engine {
namespace {

constexpr const char* kNoise =
    "WARNING: Using incubator modules: jdk.incubator.vector\n"
    "26/11/22 11:42:33 WARN NativeCodeLoader: Unable to load native-hadoop library\n"
    "Spark master: local[1], Application Id: local-1795347758690\n";

Error Of(const std::string& text) { return SparkError(kNoise + text, 1); }

TEST(SparkErrorsTest, TheStateOfAConditionDecides) {
  const auto column =
      Of("[UNRESOLVED_COLUMN.WITHOUT_SUGGESTION] A column with name `nope` cannot be resolved.  SQLSTATE: 42703; line "
         "1 pos "
         "69;\n'Project ['nope AS a#0]\n+- OneRowRelation\n");
  EXPECT_EQ(column.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      column.message,
      "spark: [UNRESOLVED_COLUMN.WITHOUT_SUGGESTION] A column with name `nope` cannot be resolved.  SQLSTATE: 42703; "
      "line 1 pos 69;");
  EXPECT_EQ(Of("[A_B] x SQLSTATE: 08001\n").code, ErrorCode::kUnavailable);
  EXPECT_EQ(Of("[A_B] x SQLSTATE: 53200\n").code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(Of("[INTERNAL_ERROR] x SQLSTATE: XX000\n").code, ErrorCode::kInternal);
}

TEST(SparkErrorsTest, WhatTheQueryIsToBlameForSaysMost) {
  const auto error =
      Of("org.apache.spark.SparkException: [TASK_WRITE_FAILED] Task failed while writing rows. SQLSTATE: 58030\n"
         "\tat org.apache.spark.sql.Foo.bar(Foo.scala:1)\n"
         "Caused by: org.apache.spark.SparkArithmeticException: [DIVIDE_BY_ZERO] Division by zero. Use `try_divide`.\n"
         "If necessary set \"x\" SQLSTATE: 22012\n== SQL ==\n");
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(error.message.starts_with("spark: [DIVIDE_BY_ZERO] Division by zero.")) << error.message;
}

TEST(SparkErrorsTest, WithoutAStateTheExceptionDecides) {
  const auto refused =
      Of("org.apache.iceberg.exceptions.RESTException: Error occurred while processing GET request\n\tat a.b\n"
         "Caused by: java.net.ConnectException: Connection refused\n");
  EXPECT_EQ(refused.code, ErrorCode::kUnavailable);
  EXPECT_EQ(refused.message, "spark: Caused by: java.net.ConnectException: Connection refused");
  EXPECT_EQ(Of("org.apache.iceberg.exceptions.NotAuthorizedException: Not authorized\n").code,
            ErrorCode::kUnauthenticated);
  EXPECT_EQ(Of("org.apache.iceberg.exceptions.ForbiddenException: no\n").code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Of("java.lang.OutOfMemoryError: Java heap space\n").code, ErrorCode::kResourceExhausted);
}

TEST(SparkErrorsTest, WhatIsNotKnownIsShownWithoutLogAndStack) {
  const auto error = Of("Error: something odd\n\tat org.apache.Foo(Foo.java:1)\n26/11/22 11:42:33 WARN X: y\n");
  EXPECT_EQ(error.code, ErrorCode::kInternal);
  EXPECT_EQ(error.message, "spark: Error: something odd");
  EXPECT_EQ(SparkError("", 137).message, "spark: it ended with status 137 and said nothing");
}

}  // namespace
}  // namespace tarn::engine
