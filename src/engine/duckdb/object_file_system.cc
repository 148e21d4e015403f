// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/object_file_system.h"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/session_state.h"

namespace tarn::engine {

namespace {

constexpr const char* kGrantOption = "tarn_grant";

class ReadHandle final : public duckdb::FileHandle {
 public:
  ReadHandle(duckdb::FileSystem& owner, const std::string& name, duckdb::FileOpenFlags mode,
             std::unique_ptr<store::ObjectReader> reader)
      : FileHandle(owner, name, mode), reader_(std::move(reader)) {}

  void Close() override { reader_.reset(); }

  store::ObjectReader& reader() {
    if (reader_ == nullptr) ThrowError(Error{ErrorCode::kInternal, "read from a closed object", {}});
    return *reader_;
  }

  duckdb::idx_t position = 0;

 private:
  std::unique_ptr<store::ObjectReader> reader_;
};

/// Writes an object, or keeps it with its statement while it is as small as that wants it.
class WriteHandle final : public duckdb::FileHandle {
 public:
  struct Target {
    store::ObjectStore& store;
    std::string key;
    std::shared_ptr<ParquetParts> parts;  ///< null: an export, which takes the object's place
  };

  WriteHandle(duckdb::FileSystem& owner, const std::string& name, duckdb::FileOpenFlags mode, Target target)
      : FileHandle(owner, name, mode),
        target_(std::move(target)),
        held_bytes_(target_.parts ? target_.parts->held_bytes() : 0) {
    if (held_bytes_ == 0) OpenWriter();
  }

  void Close() override {
    if (!open_) return;
    open_ = false;
    if (writer_ == nullptr) return target_.parts->Hold(target_.key, std::move(held_));
    const auto writer = std::move(writer_);
    if (auto finished = writer->Finish(); !finished) ThrowError(finished.error());
  }

  void Append(std::string_view data) {
    if (!open_) ThrowError(Error{ErrorCode::kInternal, "write to a closed object", {}});
    if (writer_ == nullptr && held_.size() + data.size() > held_bytes_) {
      OpenWriter();
      OkOrThrow(writer_->Append(std::exchange(held_, {})));
    }
    if (writer_ == nullptr) {
      held_.append(data);
    } else {
      OkOrThrow(writer_->Append(data));
    }
    position += data.size();
  }

  duckdb::idx_t position = 0;

 private:
  void OpenWriter() {
    writer_ = ValueOrThrow(target_.parts ? target_.store.OpenWriter(target_.key)
                                         : target_.store.OpenReplacement(target_.key));
  }

  const Target target_;
  const uint64_t held_bytes_;
  bool open_ = true;
  std::string held_;
  std::unique_ptr<store::ObjectWriter> writer_;
};

bool IsWrite(duckdb::FileHandle& handle) { return handle.GetFlags().OpenForWriting(); }

std::string KeyOf(const std::string& path) { return path.substr(ObjectFileSystem::kScheme.size()); }

[[noreturn]] void Refuse() { ThrowError(Error{ErrorCode::kInvalidArgument, "direct file access is not allowed", {}}); }

}  // namespace

ObjectFileSystem::ObjectFileSystem(store::ObjectStore& store, std::string grant)
    : store_(store), grant_(std::move(grant)), on_disk_(store.max_staleness().count() == 0) {}

duckdb::OpenFileInfo ObjectFileSystem::Granted(const std::string& key, const std::string& grant, uint64_t size_bytes) {
  duckdb::OpenFileInfo info(PathOf(key));
  info.extended_info = duckdb::make_shared_ptr<duckdb::ExtendedOpenFileInfo>();
  auto& options = info.extended_info->options;
  options[kGrantOption] = duckdb::Value(grant);
  options["file_size"] = duckdb::Value::UBIGINT(size_bytes);
  options["validate_external_file_cache"] = duckdb::Value::BOOLEAN(false);
  options["etag"] = duckdb::Value("immutable");
  options["last_modified"] = duckdb::Value::TIMESTAMP(duckdb::timestamp_t(1));
  options["has_deletes"] = duckdb::Value::BOOLEAN(false);
  return info;
}

bool ObjectFileSystem::CanHandleFile(const std::string& path) { return path.starts_with(kScheme); }

bool ObjectFileSystem::OnDiskFile(duckdb::FileHandle&) { return on_disk_; }

bool ObjectFileSystem::IsGranted(const duckdb::OpenFileInfo& info) const {
  if (info.extended_info == nullptr) return false;
  const auto grant = info.extended_info->options.find(kGrantOption);
  return grant != info.extended_info->options.end() && grant->second.ToString() == grant_;
}

duckdb::unique_ptr<duckdb::FileHandle> ObjectFileSystem::OpenFile(const std::string& path, duckdb::FileOpenFlags flags,
                                                                  duckdb::optional_ptr<duckdb::FileOpener> opener) {
  return OpenFileExtended(duckdb::OpenFileInfo(path), flags, opener);
}

duckdb::unique_ptr<duckdb::FileHandle> ObjectFileSystem::OpenFileExtended(
    const duckdb::OpenFileInfo& info, duckdb::FileOpenFlags flags, duckdb::optional_ptr<duckdb::FileOpener> opener) {
  const std::string key = KeyOf(info.path);
  if (flags.OpenForWriting()) {
    auto context = duckdb::FileOpener::TryGetClientContext(opener);
    const auto session = context ? SessionState::Of(*context) : nullptr;
    const bool exports = session != nullptr && session->Exports(key);
    if (!exports && (session == nullptr || !session->MayWrite(key))) Refuse();
    return duckdb::make_uniq<WriteHandle>(*this, info.path, flags,
                                          WriteHandle::Target{store_, key, exports ? nullptr : session->parts()});
  }
  if (!IsGranted(info)) Refuse();
  auto reader = store_.OpenReader(key);
  if (!reader && reader.error().code == ErrorCode::kNotFound) {
    ThrowError(Error{ErrorCode::kUnavailable, "a data file of the table is missing", {}});
  }
  return duckdb::make_uniq<ReadHandle>(*this, info.path, flags, ValueOrThrow(std::move(reader)));
}

void ObjectFileSystem::Read(duckdb::FileHandle& handle, void* buffer, int64_t count, duckdb::idx_t location) {
  auto& reader = handle.Cast<ReadHandle>().reader();
  OkOrThrow(reader.ReadAt(location, std::span(static_cast<char*>(buffer), static_cast<size_t>(count))));
}

int64_t ObjectFileSystem::Read(duckdb::FileHandle& handle, void* buffer, int64_t count) {
  auto& read = handle.Cast<ReadHandle>();
  const auto left = static_cast<int64_t>(read.reader().size_bytes() - read.position);
  const int64_t taken = std::min(count, left);
  if (taken > 0) Read(handle, buffer, taken, read.position);
  read.position += static_cast<duckdb::idx_t>(taken);
  return taken;
}

void ObjectFileSystem::Write(duckdb::FileHandle& handle, void* buffer, int64_t count, duckdb::idx_t location) {
  auto& write = handle.Cast<WriteHandle>();
  if (location != write.position) ThrowError(Error{ErrorCode::kInternal, "objects are written front to back", {}});
  write.Append(std::string_view(static_cast<const char*>(buffer), static_cast<size_t>(count)));
}

int64_t ObjectFileSystem::Write(duckdb::FileHandle& handle, void* buffer, int64_t count) {
  handle.Cast<WriteHandle>().Append(std::string_view(static_cast<const char*>(buffer), static_cast<size_t>(count)));
  return count;
}

int64_t ObjectFileSystem::GetFileSize(duckdb::FileHandle& handle) {
  if (IsWrite(handle)) return static_cast<int64_t>(handle.Cast<WriteHandle>().position);
  return static_cast<int64_t>(handle.Cast<ReadHandle>().reader().size_bytes());
}

duckdb::timestamp_t ObjectFileSystem::GetLastModifiedTime(duckdb::FileHandle&) { return duckdb::timestamp_t(1); }

std::string ObjectFileSystem::GetVersionTag(duckdb::FileHandle&) { return "immutable"; }

duckdb::FileType ObjectFileSystem::GetFileType(duckdb::FileHandle&) { return duckdb::FileType::FILE_TYPE_REGULAR; }

void ObjectFileSystem::Seek(duckdb::FileHandle& handle, duckdb::idx_t location) {
  if (!IsWrite(handle)) handle.Cast<ReadHandle>().position = location;
}

void ObjectFileSystem::Reset(duckdb::FileHandle& handle) { Seek(handle, 0); }

duckdb::idx_t ObjectFileSystem::SeekPosition(duckdb::FileHandle& handle) {
  return IsWrite(handle) ? handle.Cast<WriteHandle>().position : handle.Cast<ReadHandle>().position;
}

void ObjectFileSystem::FileSync(duckdb::FileHandle&) {}

bool ObjectFileSystem::FileExists(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) { return false; }

bool ObjectFileSystem::DirectoryExists(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) { return false; }

duckdb::vector<duckdb::OpenFileInfo> ObjectFileSystem::Glob(const std::string&, duckdb::FileOpener*) { return {}; }

bool ObjectFileSystem::TryRemoveFile(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) { return false; }

void ObjectFileSystem::RemoveFile(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) { Refuse(); }

}  // namespace tarn::engine
