// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/source_file_system.h"

#include <algorithm>
#include <span>

#include "engine/duckdb/error_mapping.h"

namespace tarn::engine {

namespace {

class SourceHandle final : public duckdb::FileHandle {
 public:
  SourceHandle(duckdb::FileSystem& owner, const std::string& name, duckdb::FileOpenFlags mode,
               std::shared_ptr<store::ObjectReader> object, bool is_on_disk)
      : FileHandle(owner, name, mode), on_disk(is_on_disk), object_(std::move(object)) {}
  void Close() override {}
  store::ObjectReader& object() { return *object_; }

  const bool on_disk;
  duckdb::idx_t position = 0;

 private:
  std::shared_ptr<store::ObjectReader> object_;
};

}  // namespace

std::string SourceFileSystem::Lend(std::shared_ptr<store::ObjectReader> object, bool on_disk) {
  const std::lock_guard lock(mutex_);
  auto path = std::string(kScheme) + std::to_string(next_++);
  lent_[path] = {std::move(object), on_disk};
  return path;
}

void SourceFileSystem::TakeBack(const std::string& path) {
  const std::lock_guard lock(mutex_);
  lent_.erase(path);
}

SourceFileSystem::Lent SourceFileSystem::Find(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = lent_.find(path);
  return found == lent_.end() ? Lent{} : found->second;
}

bool SourceFileSystem::OnDiskFile(duckdb::FileHandle& handle) { return handle.Cast<SourceHandle>().on_disk; }

duckdb::unique_ptr<duckdb::FileHandle> SourceFileSystem::OpenFile(const std::string& path, duckdb::FileOpenFlags flags,
                                                                  duckdb::optional_ptr<duckdb::FileOpener>) {
  auto lent = Find(path);
  if (lent.object == nullptr) ThrowError(Error{ErrorCode::kInternal, "no object was lent under this name", {}});
  return duckdb::make_uniq<SourceHandle>(*this, path, flags, std::move(lent.object), lent.on_disk);
}

void SourceFileSystem::Read(duckdb::FileHandle& handle, void* buffer, int64_t count, duckdb::idx_t location) {
  auto& object = handle.Cast<SourceHandle>().object();
  const auto wanted = static_cast<size_t>(count);
  if (location > object.size_bytes() || object.size_bytes() - location < wanted) {
    ThrowError(Error{ErrorCode::kInvalidArgument, "the file is shorter than it says", {}});
  }
  OkOrThrow(object.ReadAt(location, std::span(static_cast<char*>(buffer), wanted)));
}

int64_t SourceFileSystem::Read(duckdb::FileHandle& handle, void* buffer, int64_t count) {
  auto& source = handle.Cast<SourceHandle>();
  const auto left = static_cast<int64_t>(source.object().size_bytes() - source.position);
  const int64_t taken = std::min(count, left);
  if (taken > 0) Read(handle, buffer, taken, source.position);
  source.position += static_cast<duckdb::idx_t>(taken);
  return taken;
}

int64_t SourceFileSystem::GetFileSize(duckdb::FileHandle& handle) {
  return static_cast<int64_t>(handle.Cast<SourceHandle>().object().size_bytes());
}

void SourceFileSystem::Seek(duckdb::FileHandle& handle, duckdb::idx_t location) {
  handle.Cast<SourceHandle>().position = location;
}

duckdb::idx_t SourceFileSystem::SeekPosition(duckdb::FileHandle& handle) {
  return handle.Cast<SourceHandle>().position;
}

bool SourceFileSystem::FileExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) {
  return Find(path).object != nullptr;
}

duckdb::vector<duckdb::OpenFileInfo> SourceFileSystem::Glob(const std::string& pattern, duckdb::FileOpener*) {
  return {duckdb::OpenFileInfo(pattern)};
}

}  // namespace tarn::engine
