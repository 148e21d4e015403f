// SPDX-License-Identifier: Apache-2.0
#include "store/memory/memory_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "store/object_key.h"

namespace tarn::store {
namespace {

class MemoryReader final : public ObjectReader {
 public:
  explicit MemoryReader(std::shared_ptr<const std::string> body) : body_(std::move(body)) {}

  uint64_t size_bytes() const override { return body_->size(); }

  Status ReadAt(uint64_t offset, std::span<char> out) override {
    if (offset > body_->size() || out.size() > body_->size() - offset) {
      return Fail(ErrorCode::kInvalidArgument, "range ends behind the object");
    }
    std::copy_n(body_->data() + offset, out.size(), out.data());
    return {};
  }

 private:
  const std::shared_ptr<const std::string> body_;
};

class MemoryWriter final : public ObjectWriter {
 public:
  using Put = Status (MemoryStore::*)(const std::string& key, std::string_view body);

  MemoryWriter(MemoryStore& store, std::string key, Put put) : store_(store), key_(std::move(key)), put_(put) {}

  Status Append(std::string_view data) override {
    body_.append(data);
    return {};
  }

  Result<uint64_t> Finish() override {
    TARN_TRY((store_.*put_)(key_, body_));
    return body_.size();
  }

 private:
  MemoryStore& store_;
  const std::string key_;
  const Put put_;
  std::string body_;
};

std::unexpected<Error> Taken(const std::string& key) {
  return Fail(ErrorCode::kAlreadyExists, "the object exists: " + key);
}

}  // namespace

MemoryStore::MemoryStore() : MemoryStore(Options{}) {}

MemoryStore::MemoryStore(Options options) : options_(options) {}

Timestamp MemoryStore::Now() { return options_.clock != nullptr ? options_.clock->Now() : system_clock_.Now(); }

Result<MemoryStore::Object> MemoryStore::Find(const std::string& key) const {
  TARN_TRY(CheckKey(key));
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return Fail(ErrorCode::kNotFound, "no such object: " + key);
  return found->second;
}

Result<std::string> MemoryStore::Get(const std::string& key) {
  TARN_ASSIGN(const auto object, Find(key));
  return *object.body;
}

Result<std::unique_ptr<ObjectReader>> MemoryStore::OpenReader(const std::string& key) {
  TARN_ASSIGN(const auto object, Find(key));
  return std::make_unique<MemoryReader>(object.body);
}

Result<ObjectInfo> MemoryStore::Head(const std::string& key) {
  TARN_ASSIGN(const auto object, Find(key));
  return ObjectInfo{key, object.body->size(), object.modified};
}

Result<std::unique_ptr<ObjectWriter>> MemoryStore::OpenWriter(const std::string& key) {
  TARN_TRY(CheckKey(key));
  return std::make_unique<MemoryWriter>(*this, key, &MemoryStore::PutIfAbsent);
}

Result<std::unique_ptr<ObjectWriter>> MemoryStore::OpenReplacement(const std::string& key) {
  TARN_TRY(CheckKey(key));
  return std::make_unique<MemoryWriter>(*this, key, &MemoryStore::Replace);
}

Status MemoryStore::Replace(const std::string& key, std::string_view body) {
  TARN_TRY(CheckKey(key));
  const auto now = Now();
  auto copy = std::make_shared<const std::string>(body);
  const std::lock_guard lock(mutex_);
  objects_.insert_or_assign(key, Object{std::move(copy), now});
  return {};
}

Status MemoryStore::PutAll(std::span<const PutRequest> objects) {
  std::set<std::string_view> keys;
  for (const auto& object : objects) {
    TARN_TRY(CheckKey(object.key));
    if (!keys.insert(object.key).second) return Taken(object.key);
  }
  const auto now = Now();
  const std::lock_guard lock(mutex_);
  for (const auto& object : objects) {
    if (objects_.contains(object.key)) return Taken(object.key);
  }
  for (const auto& object : objects) {
    objects_.emplace(object.key, Object{std::make_shared<const std::string>(object.body), now});
  }
  return {};
}

Status MemoryStore::PutIfAbsent(const std::string& key, std::string_view body) {
  TARN_TRY(CheckKey(key));
  const auto now = Now();
  auto copy = std::make_shared<const std::string>(body);
  const std::lock_guard lock(mutex_);
  if (!objects_.try_emplace(key, Object{std::move(copy), now}).second) return Taken(key);
  return {};
}

Result<std::vector<ObjectInfo>> MemoryStore::List(const std::string& prefix, const std::string& start_after,
                                                  size_t limit) {
  TARN_TRY(CheckPrefix(prefix));
  std::vector<ObjectInfo> found;
  const std::lock_guard lock(mutex_);
  auto at = start_after < prefix ? objects_.lower_bound(prefix) : objects_.upper_bound(start_after);
  for (; at != objects_.end() && at->first.starts_with(prefix); ++at) {
    if (limit != 0 && found.size() == limit) break;
    found.push_back({at->first, at->second.body->size(), at->second.modified});
  }
  return found;
}

Result<std::vector<std::string>> MemoryStore::ListFolders(const std::string& prefix) {
  TARN_TRY(CheckFolderPrefix(prefix));
  std::set<std::string> names;
  const std::lock_guard lock(mutex_);
  for (auto at = objects_.lower_bound(prefix); at != objects_.end() && at->first.starts_with(prefix);) {
    const auto slash = at->first.find('/', prefix.size());
    if (slash == std::string::npos) {
      ++at;
      continue;
    }
    names.insert(at->first.substr(prefix.size(), slash - prefix.size()));
    at = objects_.lower_bound(at->first.substr(0, slash) + '\x30');  // '0' follows '/'
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Status MemoryStore::Delete(const std::string& key) {
  TARN_TRY(CheckKey(key));
  const std::lock_guard lock(mutex_);
  objects_.erase(key);
  return {};
}

Status MemoryStore::MakeDurable(const std::string& key) {
  TARN_ASSIGN(const auto object, Find(key));
  return {};
}

}  // namespace tarn::store
