// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/buffer_file_system.h"

#include <algorithm>
#include <cstring>

#include "engine/duckdb/error_mapping.h"

namespace tarn::engine {

namespace {

class BufferHandle final : public duckdb::FileHandle {
 public:
  BufferHandle(duckdb::FileSystem& owner, const std::string& name, duckdb::FileOpenFlags mode,
               std::shared_ptr<std::string> content)
      : FileHandle(owner, name, mode), content_(std::move(content)) {}
  void Close() override {}
  std::string& content() { return *content_; }

  duckdb::idx_t position = 0;

 private:
  std::shared_ptr<std::string> content_;
};

}  // namespace

void BufferFileSystem::Put(const std::string& name, std::string content) {
  const std::lock_guard lock(mutex_);
  files_[PathOf(name)] = std::make_shared<std::string>(std::move(content));
}

std::string BufferFileSystem::Take(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(PathOf(name));
  if (found == files_.end()) return {};
  std::string content = std::move(*found->second);
  files_.erase(found);
  return content;
}

std::shared_ptr<std::string> BufferFileSystem::Find(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

duckdb::unique_ptr<duckdb::FileHandle> BufferFileSystem::OpenFile(const std::string& path, duckdb::FileOpenFlags flags,
                                                                  duckdb::optional_ptr<duckdb::FileOpener>) {
  auto content = Find(path);
  if (content == nullptr) ThrowError(Error{ErrorCode::kNotFound, "no such buffer", {}});
  return duckdb::make_uniq<BufferHandle>(*this, path, flags, std::move(content));
}

void BufferFileSystem::Read(duckdb::FileHandle& handle, void* buffer, int64_t count, duckdb::idx_t location) {
  const auto& content = handle.Cast<BufferHandle>().content();
  const auto wanted = static_cast<size_t>(count);
  if (location > content.size() || content.size() - location < wanted) {
    ThrowError(Error{ErrorCode::kCorrupt, "the file is shorter than it says", {}});
  }
  std::memcpy(buffer, content.data() + location, wanted);
}

int64_t BufferFileSystem::Read(duckdb::FileHandle& handle, void* buffer, int64_t count) {
  auto& file = handle.Cast<BufferHandle>();
  const auto left = file.content().size() - std::min<size_t>(file.position, file.content().size());
  const auto taken = std::min<int64_t>(count, static_cast<int64_t>(left));
  Read(handle, buffer, taken, file.position);
  file.position += static_cast<duckdb::idx_t>(taken);
  return taken;
}

int64_t BufferFileSystem::Write(duckdb::FileHandle& handle, void* buffer, int64_t count) {
  auto& file = handle.Cast<BufferHandle>();
  file.content().append(static_cast<const char*>(buffer), static_cast<size_t>(count));
  file.position += static_cast<duckdb::idx_t>(count);
  return count;
}

int64_t BufferFileSystem::GetFileSize(duckdb::FileHandle& handle) {
  return static_cast<int64_t>(handle.Cast<BufferHandle>().content().size());
}

void BufferFileSystem::Seek(duckdb::FileHandle& handle, duckdb::idx_t location) {
  handle.Cast<BufferHandle>().position = location;
}

duckdb::idx_t BufferFileSystem::SeekPosition(duckdb::FileHandle& handle) {
  return handle.Cast<BufferHandle>().position;
}

bool BufferFileSystem::FileExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) {
  return Find(path) != nullptr;
}

duckdb::vector<duckdb::OpenFileInfo> BufferFileSystem::Glob(const std::string& pattern, duckdb::FileOpener*) {
  duckdb::vector<duckdb::OpenFileInfo> found;
  if (Find(pattern) != nullptr) found.emplace_back(pattern);
  return found;
}

}  // namespace tarn::engine
