// SPDX-License-Identifier: Apache-2.0
#pragma once
// The object store as a DuckDB file system under tarn://{key}. It opens an object for reading only with the grant our
// scans put into the open options (SQL cannot name it), and for writing only the key its session may write. A written
// object is published by Close; a handle that is dropped leaves nothing. Thread-safe.

#include <atomic>
#include <string>

#include "engine/duckdb/duckdb_headers.h"
#include "store/object_store.h"

namespace tarn::engine {

class ObjectFileSystem final : public duckdb::FileSystem {
 public:
  static constexpr std::string_view kScheme = "tarn://";

  /// `grant`: unguessable; whoever shows it may read.
  ObjectFileSystem(store::ObjectStore& store, std::string grant);

  static std::string PathOf(const std::string& key) { return std::string(kScheme) + key; }

  /// How a scan asks for an object; DuckDB may cache what it reads, objects never change.
  static duckdb::OpenFileInfo Granted(const std::string& key, const std::string& grant, uint64_t size_bytes);

  std::string GetName() const override { return "ObjectFileSystem"; }
  bool CanHandleFile(const std::string& path) override;
  bool CanSeek() override { return true; }
  bool OnDiskFile(duckdb::FileHandle& handle) override;
  bool SupportsOpenFileExtended() const override { return true; }

  duckdb::unique_ptr<duckdb::FileHandle> OpenFile(const std::string& path, duckdb::FileOpenFlags flags,
                                                  duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  duckdb::unique_ptr<duckdb::FileHandle> OpenFileExtended(const duckdb::OpenFileInfo& info, duckdb::FileOpenFlags flags,
                                                          duckdb::optional_ptr<duckdb::FileOpener> opener) override;

  void Read(duckdb::FileHandle& handle, void* buffer, int64_t count, duckdb::idx_t location) override;
  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t count) override;
  void Write(duckdb::FileHandle& handle, void* buffer, int64_t count, duckdb::idx_t location) override;
  int64_t Write(duckdb::FileHandle& handle, void* buffer, int64_t count) override;
  int64_t GetFileSize(duckdb::FileHandle& handle) override;
  duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle& handle) override;
  std::string GetVersionTag(duckdb::FileHandle& handle) override;
  duckdb::FileType GetFileType(duckdb::FileHandle& handle) override;
  void Seek(duckdb::FileHandle& handle, duckdb::idx_t location) override;
  void Reset(duckdb::FileHandle& handle) override;
  duckdb::idx_t SeekPosition(duckdb::FileHandle& handle) override;
  void FileSync(duckdb::FileHandle& handle) override;

  // What SQL could probe the store with answers "nothing there".
  bool FileExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  bool DirectoryExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  duckdb::vector<duckdb::OpenFileInfo> Glob(const std::string& pattern, duckdb::FileOpener* opener) override;
  bool TryRemoveFile(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  void RemoveFile(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  std::string PathSeparator(const std::string&) override { return "/"; }

 private:
  bool IsGranted(const duckdb::OpenFileInfo& info) const;

  store::ObjectStore& store_;
  const std::string grant_;
  const bool on_disk_;
};

}  // namespace tarn::engine
