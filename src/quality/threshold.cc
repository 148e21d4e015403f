// SPDX-License-Identifier: Apache-2.0
#include "quality/threshold.h"

#include <array>
#include <charconv>
#include <utility>

namespace tarn::quality {
namespace {

using Comparison = Threshold::Comparison;

/// Longer words before their beginnings.
constexpr std::array<std::pair<std::string_view, Comparison>, 8> kWords{{{"<>", Comparison::kNotEqual},
                                                                         {"!=", Comparison::kNotEqual},
                                                                         {"<=", Comparison::kLessOrEqual},
                                                                         {">=", Comparison::kGreaterOrEqual},
                                                                         {"==", Comparison::kEqual},
                                                                         {"<", Comparison::kLess},
                                                                         {">", Comparison::kGreater},
                                                                         {"=", Comparison::kEqual}}};

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::string_view WordOf(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess:
      return "<";
    case Comparison::kLessOrEqual:
      return "<=";
    case Comparison::kEqual:
      return "=";
    case Comparison::kNotEqual:
      return "!=";
    case Comparison::kGreaterOrEqual:
      return ">=";
    case Comparison::kGreater:
      return ">";
  }
  return "";
}

}  // namespace

bool Threshold::Holds(int64_t failures) const {
  switch (comparison) {
    case Comparison::kLess:
      return failures < count;
    case Comparison::kLessOrEqual:
      return failures <= count;
    case Comparison::kEqual:
      return failures == count;
    case Comparison::kNotEqual:
      return failures != count;
    case Comparison::kGreaterOrEqual:
      return failures >= count;
    case Comparison::kGreater:
      return failures > count;
  }
  return true;
}

std::string Threshold::ToString() const { return std::string(WordOf(comparison)) + std::to_string(count); }

Result<Threshold> ParseThreshold(std::string_view text) {
  const auto trimmed = Trimmed(text);
  for (const auto& [word, comparison] : kWords) {
    if (!trimmed.starts_with(word)) continue;
    const auto digits = Trimmed(trimmed.substr(word.size()));
    Threshold threshold{comparison, 0};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), threshold.count);
    if (error == std::errc() && end == digits.data() + digits.size()) return threshold;
    break;
  }
  return Fail(ErrorCode::kInvalidArgument, "not a comparison with a number, such as >10: " + std::string(text));
}

}  // namespace tarn::quality
