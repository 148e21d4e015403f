// SPDX-License-Identifier: Apache-2.0
#pragma once
// Errors as values (STYLE.md, "Errors"). Every fallible function returns Result<T>; exceptions never cross a module.
// Values are thread-compatible.

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace tarn {

/// What the caller does next; the table in STYLE.md is the contract.
enum class ErrorCode {
  kInvalidArgument,     ///< fix the request
  kUnauthenticated,     ///< log in
  kPermissionDenied,    ///< ask for rights
  kNotFound,            ///< another name
  kAlreadyExists,       ///< another name
  kConflict,            ///< reload, rebase, retry (bounded)
  kFailedPrecondition,  ///< not before the state changes
  kResourceExhausted,   ///< back off
  kCancelled,           ///< own choice
  kDeadlineExceeded,    ///< own choice
  kUnavailable,         ///< same call again with backoff
  kUnknownOutcome,      ///< verify before retrying, never clean up
  kUnsupported,         ///< another feature or version
  kCorrupt,             ///< stop writing this table, alert
  kInternal,            ///< our bug
};

/// Stable snake_case word of a code, e.g. "not_found".
std::string_view ErrorCodeName(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  ///< static text first, values last, lower case, no full stop, never a secret
  std::string context;  ///< where it happened, innermost first, separated by "; "; may be empty

  /// The error with one more place added to its context.
  Error In(std::string_view place) &&;
  /// "code: message (context)" for logs.
  std::string ToString() const;
};

/// std::expected that must be looked at.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

using Status = Result<void>;

/// Makes an error to return: `return Fail(ErrorCode::kNotFound, "no such object: " + key);`
inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message), {}});
}
inline std::unexpected<Error> Fail(Error error) { return std::unexpected<Error>(std::move(error)); }

}  // namespace tarn

#define TARN_CONCAT_INNER(a, b) a##b
#define TARN_CONCAT(a, b) TARN_CONCAT_INNER(a, b)

/// Returns the error of `expr` to the caller, else goes on.
#define TARN_TRY(expr)                                                           \
  do {                                                                           \
    if (auto tarn_try_result = (expr); !tarn_try_result) {                       \
      return std::unexpected<::tarn::Error>(std::move(tarn_try_result).error()); \
    }                                                                            \
  } while (false)

/// `TARN_ASSIGN(auto x, F());` returns F's error to the caller or moves its value into x.
#define TARN_ASSIGN(lhs, expr) TARN_ASSIGN_INNER(TARN_CONCAT(tarn_assign_, __COUNTER__), lhs, expr)
#define TARN_ASSIGN_INNER(result, lhs, expr)                                     \
  auto result = (expr);                                                          \
  if (!result) return std::unexpected<::tarn::Error>(std::move(result).error()); \
  lhs = std::move(*result)
