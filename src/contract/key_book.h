// SPDX-License-Identifier: Apache-2.0
#pragma once
// Remembers what the keys of an endpoint's records mean. Records of one endpoint mostly have their keys in the same
// order, so the key seen at a position last time is tried first. Thread-compatible.

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
      if (entry.text.size() == raw.size() && std::memcmp(entry.text.data(), raw.data(), raw.size()) == 0) {
        return entry.meaning;
      }
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
