// SPDX-License-Identifier: Apache-2.0
#include "contract/number_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tarn::contract {
namespace {

using table::Int128;

constexpr int64_t kExponentClamp = 1'000'000'000'000;
constexpr int kMaxDecimalDigits = 38;

constexpr std::array<Int128, kMaxDecimalDigits + 1> kPowersOfTen = [] {
  std::array<Int128, kMaxDecimalDigits + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TakeDigits(std::string_view& text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  const auto digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

bool TakeExponent(std::string_view& text, int64_t& exponent) {
  text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto digits = TakeDigits(text);
  for (const char c : digits) exponent = std::min(exponent * 10 + (c - '0'), kExponentClamp);
  if (negative) exponent = -exponent;
  return !digits.empty();
}

/// The digits of a number as one row, without leading zeros.
class Digits {
 public:
  explicit Digits(const NumberParts& parts) : whole_(parts.whole), fraction_(parts.fraction) {
    const auto skip = std::min(whole_.find_first_not_of('0'), whole_.size());
    whole_.remove_prefix(skip);
    if (whole_.empty()) {
      const auto zeros = std::min(fraction_.find_first_not_of('0'), fraction_.size());
      fraction_.remove_prefix(zeros);
    }
  }

  int64_t size() const { return static_cast<int64_t>(whole_.size() + fraction_.size()); }

  /// Value of the first `count` digits, at most 38.
  Int128 First(int64_t count) const {
    uint64_t low = 0;  // eighteen digits at a time in one machine word
    Int128 value = 0;
    int64_t taken = 0;
    int in_low = 0;
    for (const auto part : {whole_, fraction_}) {
      for (const char c : part) {
        if (taken == count) break;
        low = low * 10 + static_cast<uint64_t>(c - '0');
        ++taken;
        if (++in_low == 18) {
          value = value * kPowersOfTen[18] + static_cast<Int128>(low);
          low = 0;
          in_low = 0;
        }
      }
    }
    return value * kPowersOfTen[static_cast<size_t>(in_low)] + static_cast<Int128>(low);
  }

  char At(int64_t i) const {
    const auto at = static_cast<size_t>(i);
    return at < whole_.size() ? whole_[at] : fraction_[at - whole_.size()];
  }

  bool OnlyZerosFrom(int64_t from) const {
    for (int64_t i = from; i < size(); ++i) {
      if (At(i) != '0') return false;
    }
    return true;
  }

 private:
  std::string_view whole_;
  std::string_view fraction_;
};

}  // namespace

bool SplitNumber(std::string_view text, NumberParts& parts) {
  parts = {};
  parts.negative = text.starts_with('-');
  if (parts.negative || text.starts_with('+')) text.remove_prefix(1);
  parts.whole = TakeDigits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.fraction = TakeDigits(text);
  }
  if (parts.whole.empty() && parts.fraction.empty()) return false;
  if ((text.starts_with('e') || text.starts_with('E')) && !TakeExponent(text, parts.exponent)) return false;
  return text.empty();
}

Fit ToInt64(const NumberParts& parts, int64_t& value) {
  Int128 wide = 0;
  const auto fit = ToDecimal128(parts, kMaxDecimalDigits, 0, wide);
  if (fit != Fit::kExact) return fit;
  if (wide < INT64_MIN || wide > INT64_MAX) return Fit::kTooLarge;
  value = static_cast<int64_t>(wide);
  return Fit::kExact;
}

Fit ToDecimal128(const NumberParts& parts, uint8_t precision, uint8_t scale, Int128& unscaled) {
  const Digits digits(parts);
  unscaled = 0;
  if (digits.size() == 0) return Fit::kExact;
  const int64_t shift = parts.exponent - static_cast<int64_t>(parts.fraction.size()) + scale;
  const int64_t kept = digits.size() + std::min<int64_t>(shift, 0);
  Fit fit = Fit::kExact;
  if (kept < 0) return digits.OnlyZerosFrom(0) ? Fit::kExact : Fit::kFraction;
  if (shift >= 0) {
    if (digits.size() + shift > kMaxDecimalDigits) {
      return digits.OnlyZerosFrom(0) ? Fit::kExact : Fit::kTooLarge;
    }
    unscaled = digits.First(digits.size()) * kPowersOfTen[static_cast<size_t>(shift)];
  } else {
    if (kept > kMaxDecimalDigits) return Fit::kTooLarge;
    unscaled = digits.First(kept);
    const char next = digits.At(kept);
    const bool tail_is_zero = digits.OnlyZerosFrom(kept + 1);
    if (next != '0' || !tail_is_zero) fit = Fit::kFraction;
    const bool half = next == '5' && tail_is_zero;
    if (half ? unscaled % 2 != 0 : next >= '5') ++unscaled;
  }
  if (unscaled >= kPowersOfTen[precision]) return Fit::kTooLarge;
  if (parts.negative) unscaled = -unscaled;
  return fit;
}

Fit ToDoubleNearest(std::string_view text, const NumberParts& parts, double& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc()) return Fit::kExact;
  // Out of range on one side or the other: the leading digit's power of ten tells which.
  const Digits digits(parts);
  const int64_t power = digits.size() - static_cast<int64_t>(parts.fraction.size()) + parts.exponent;
  if (power > 0) return Fit::kTooLarge;
  value = parts.negative ? -0.0 : 0.0;
  return Fit::kExact;
}

}  // namespace tarn::contract
