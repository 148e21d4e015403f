// SPDX-License-Identifier: Apache-2.0
#include "silver/key_filters.h"

#include <algorithm>

#include "base/log.h"
#include "base/parallel.h"
#include "lake/keys.h"

namespace tarn::silver {

Result<std::vector<table::DataFilePtr>> KeyFilters::FilesThatMayHold(const std::string& location,
                                                                     std::vector<table::DataFilePtr> files,
                                                                     const KeyHashes& keys) {
  const auto denies = [&](const FilterPtr& filter) {
    return filter != nullptr && filter->fingerprint == keys.fingerprint &&
           std::ranges::none_of(keys.hashes, [&](uint64_t hash) { return filter->keys.MayHold(hash); });
  };
  std::vector<table::DataFilePtr> kept;
  for (size_t begin = 0; begin < files.size(); begin += kFilesAtOnce) {
    const auto some = std::span(files).subspan(begin, std::min(kFilesAtOnce, files.size() - begin));
    TARN_ASSIGN(const auto filters, FiltersOf(location, some));
    for (size_t i = 0; i < some.size(); ++i) {
      if (!denies(filters[i])) kept.push_back(some[i]);
    }
  }
  return kept;
}

Result<std::vector<KeyFilters::FilterPtr>> KeyFilters::FiltersOf(const std::string& location,
                                                                 std::span<const table::DataFilePtr> files) {
  struct Unknown {
    size_t file = 0;
    std::string key;
  };
  std::vector<FilterPtr> filters(files.size());
  std::vector<Unknown> unknown;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!Wants(files[i]->record_count)) continue;
    auto key = lake::SideKey(location, KeyFilterName(files[i]->path));
    if (auto known = Find(key)) {
      filters[i] = std::move(*known);
    } else {
      unknown.push_back({i, std::move(key)});
    }
  }
  TARN_TRY(ForEachInParallel(unknown.size(), [&](size_t i) -> Status {
    TARN_ASSIGN(filters[unknown[i].file], Read(unknown[i].key));
    return {};
  }));
  for (auto& one : unknown) Remember({std::move(one.key), filters[one.file]});
  return filters;
}

std::optional<KeyFilters::FilterPtr> KeyFilters::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) return std::nullopt;
  cache_.splice(cache_.begin(), cache_, known->second);
  return known->second->filter;
}

Result<KeyFilters::FilterPtr> KeyFilters::Read(const std::string& key) const {
  const auto bytes = store_.Get(key);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) return FilterPtr();
  if (!bytes) return Fail(bytes.error());
  auto filter = DecodeKeyFilter(*bytes);
  if (filter) return std::make_shared<const KeyFilter>(std::move(*filter));
  LogWarning("key filter not used", {{"object", key}, {"error", filter.error().ToString()}});
  return FilterPtr();
}

void KeyFilters::Remember(Cached cached) {
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(cached.key)) return;
  cached_bytes_ += cached.size_bytes();
  cache_.push_front(std::move(cached));
  by_key_.emplace(cache_.front().key, cache_.begin());
  while (cache_.size() > 1 && (cached_bytes_ > kMaxCachedBytes || cache_.size() > kMaxCachedFilters)) {
    cached_bytes_ -= cache_.back().size_bytes();
    by_key_.erase(cache_.back().key);
    cache_.pop_back();
  }
}

}  // namespace tarn::silver
