// SPDX-License-Identifier: Apache-2.0
#pragma once
// Query parameters by the rules of http-api.md §1: booleans in many spellings, whole numbers in a range. A value that
// does not fit becomes a Problem of the 422 answer. Thread-compatible.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/answers.h"

namespace tarn::api {

class Parameters {
 public:
  explicit Parameters(const net::Request& request) : request_(request) {}

  bool Bool(std::string_view name, bool fallback);
  std::optional<int64_t> Integer(std::string_view name, int64_t lowest, int64_t highest);
  std::string Text(std::string_view name, std::string_view fallback = "") const;
  /// One of `choices` in any letter case, answered in lower case.
  std::string Choice(std::string_view name, std::string_view fallback, const std::vector<std::string_view>& choices);

  void Refuse(std::string_view name, std::string type, std::string message);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  const net::Request& request_;
  std::vector<Problem> problems_;
};

/// The request body as a JSON object, or the problems to answer with.
std::optional<codec::Json> BodyObject(const net::Request& request, std::vector<Problem>& problems);

}  // namespace tarn::api
