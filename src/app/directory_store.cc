// SPDX-License-Identifier: Apache-2.0
#include "app/directory_store.h"

#include "store/local/local_listing.h"
#include "store/object_key.h"

namespace tarn::app {
namespace {

std::unexpected<Error> ReadOnly(const std::string& key) {
  return Fail(ErrorCode::kFailedPrecondition, "the lake is opened read-only: " + key);
}

class FileReader final : public store::ObjectReader {
 public:
  FileReader(std::unique_ptr<store::DiskFile> file, uint64_t size_bytes, std::string key)
      : file_(std::move(file)), size_bytes_(size_bytes), key_(std::move(key)) {}

  uint64_t size_bytes() const override { return size_bytes_; }

  Status ReadAt(uint64_t offset, std::span<char> out) override {
    if (offset > size_bytes_ || out.size() > size_bytes_ - offset) {
      return Fail(ErrorCode::kInvalidArgument, "a range ends behind the object: " + key_);
    }
    TARN_ASSIGN(const size_t read, file_->ReadAt(offset, out));
    if (read < out.size()) return Fail(ErrorCode::kCorrupt, "an object became shorter while it was read: " + key_);
    return {};
  }

 private:
  std::unique_ptr<store::DiskFile> file_;
  const uint64_t size_bytes_;
  const std::string key_;
};

std::unexpected<Error> WithKey(Error error, const std::string& key) {
  if (error.code == ErrorCode::kNotFound) return Fail(ErrorCode::kNotFound, "no such object: " + key);
  return Fail(std::move(error).In(key));
}

}  // namespace

Result<std::unique_ptr<store::ObjectReader>> DirectoryStore::OpenReader(const std::string& key) {
  TARN_TRY(store::CheckKey(key));
  auto file = disk_.Open(PathOf(key), store::OpenMode::kRead);
  if (!file) return WithKey(std::move(file).error(), key);
  const auto size = (*file)->Size();
  if (!size) return WithKey(size.error(), key);
  return std::make_unique<FileReader>(*std::move(file), *size, key);
}

Result<std::string> DirectoryStore::Get(const std::string& key) {
  TARN_ASSIGN(const auto reader, OpenReader(key));
  std::string body(reader->size_bytes(), '\0');
  TARN_TRY(reader->ReadAt(0, body));
  return body;
}

Result<store::ObjectInfo> DirectoryStore::Head(const std::string& key) {
  TARN_TRY(store::CheckKey(key));
  const auto info = disk_.Stat(PathOf(key));
  if (!info) return WithKey(info.error(), key);
  if (info->is_directory) return Fail(ErrorCode::kNotFound, "no such object: " + key);
  return store::ObjectInfo{key, info->size_bytes, info->modified};
}

Result<std::vector<store::ObjectInfo>> DirectoryStore::List(const std::string& prefix, const std::string& start_after,
                                                            size_t limit) {
  TARN_TRY(store::CheckPrefix(prefix));
  return store::ListObjects(disk_, {.root = root_, .prefix = prefix, .start_after = start_after, .limit = limit});
}

Result<std::vector<std::string>> DirectoryStore::ListFolders(const std::string& prefix) {
  TARN_TRY(store::CheckFolderPrefix(prefix));
  return store::ListObjectFolders(disk_, root_, prefix);
}

Status DirectoryStore::MakeDurable(const std::string&) { return {}; }

Result<std::unique_ptr<store::ObjectWriter>> DirectoryStore::OpenWriter(const std::string& key) {
  return ReadOnly(key);
}
Status DirectoryStore::PutAll(std::span<const store::PutRequest> objects) {
  return objects.empty() ? Status() : Status(ReadOnly(objects.front().key));
}
Status DirectoryStore::PutIfAbsent(const std::string& key, std::string_view) { return ReadOnly(key); }
Status DirectoryStore::Delete(const std::string& key) { return ReadOnly(key); }

}  // namespace tarn::app
