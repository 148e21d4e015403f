// SPDX-License-Identifier: Apache-2.0
#pragma once
// GoogleMock matchers for Result: EXPECT_THAT(result, IsOk()), EXPECT_THAT(result, ErrorIs(ErrorCode::kNotFound)).
// For *_test.cc files only.

#include <gmock/gmock.h>

#include "base/result.h"

namespace tarn {

MATCHER(IsOk, negation ? "is an error" : "is ok") {
  if (arg.has_value()) return true;
  *result_listener << "error " << arg.error().ToString();
  return false;
}

MATCHER_P(ErrorIs, code, std::string("is error ") + std::string(ErrorCodeName(code))) {
  if (arg.has_value()) {
    *result_listener << "a value";
    return false;
  }
  *result_listener << arg.error().ToString();
  return arg.error().code == code;
}

}  // namespace tarn

/// `ASSERT_OK_AND_ASSIGN(auto x, F());` fails the test with F's error or moves its value into x.
#define ASSERT_OK_AND_ASSIGN(lhs, expr) ASSERT_OK_AND_ASSIGN_INNER(TARN_CONCAT(tarn_ok_, __COUNTER__), lhs, expr)
#define ASSERT_OK_AND_ASSIGN_INNER(result, lhs, expr)           \
  auto result = (expr);                                         \
  ASSERT_TRUE(result.has_value()) << result.error().ToString(); \
  lhs = std::move(*result)
