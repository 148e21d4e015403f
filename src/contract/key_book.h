// SPDX-License-Identifier: Apache-2.0
#pragma once
// Remembers what the keys of an endpoint's records mean. Records of one endpoint mostly have their keys in the same
// order, so the key seen at a position last time is tried first. Thread-compatible.

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contract/json_scanner.h"

namespace tarn::contract {

template <class Meaning>
class KeyBook {
 public:
  /// Forgets everything once too many keys were seen (records used as maps). Meanings handed out before are then gone.
  void StartRecord() {
    if (text_bytes_ > kMaxTextBytes || by_text_.size() > kMaxKeys) Clear();
  }

  void Clear() {
    hints_.clear();
    by_text_.clear();
    text_bytes_ = 0;
  }

  /// The meaning of the key at `position`; `resolve(key)` makes it for a new key. Valid until StartRecord.
  template <class Resolve>
  Meaning& Find(size_t position, const JsonValue& key, Resolve&& resolve) {
    if (position < hints_.size() && !key.escaped) {
      const auto raw = key.inner();
      Entry& entry = *hints_[position];
      if (IsSame(entry.text, raw)) return entry.meaning;
    }
    return FindSlow(position, key, resolve);
  }

 private:
  static constexpr size_t kMaxKeys = 8'192;
  static constexpr size_t kMaxTextBytes = 1U << 20;

  struct Entry {
    std::string text;  ///< unescaped
    Meaning meaning;
  };

  /// Keys are short: without a call for most of them.
  static bool IsSame(std::string_view a, std::string_view b) {
    constexpr size_t kWord = sizeof(uint64_t);
    const auto size = a.size();
    if (size != b.size()) return false;
    if (size < kWord) {
      size_t at = 0;
      while (at < size && a[at] == b[at]) ++at;
      return at == size;
    }
    if (size > 2 * kWord) return std::memcmp(a.data(), b.data(), size) == 0;
    const auto word = [](std::string_view text, size_t at) {
      uint64_t value = 0;
      std::memcpy(&value, text.data() + at, kWord);
      return value;
    };
    return word(a, 0) == word(b, 0) && word(a, size - kWord) == word(b, size - kWord);
  }

  template <class Resolve>
  Meaning& FindSlow(size_t position, const JsonValue& key, Resolve&& resolve) {
    const auto text = StringOf(key, scratch_);
    auto found = by_text_.find(text);
    if (found == by_text_.end()) {
      auto entry = std::make_unique<Entry>(Entry{std::string(text), resolve(text)});
      text_bytes_ += text.size();
      const std::string_view stable = entry->text;
      found = by_text_.emplace(stable, std::move(entry)).first;
    }
    Entry* entry = found->second.get();
    if (position < hints_.size()) {
      hints_[position] = entry;
    } else if (position == hints_.size() && position < kMaxKeys) {
      hints_.push_back(entry);
    }
    return entry->meaning;
  }

  std::vector<Entry*> hints_;
  std::unordered_map<std::string_view, std::unique_ptr<Entry>> by_text_;
  size_t text_bytes_ = 0;
  std::string scratch_;
};

}  // namespace tarn::contract
