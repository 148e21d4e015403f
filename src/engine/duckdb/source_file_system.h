// SPDX-License-Identifier: Apache-2.0
#pragma once
// Objects that were lent for reading, as a DuckDB file system under source://{number}: a name says nothing of the key,
// so that no part of a key is taken for a pattern or a partition. Thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/duckdb/duckdb_headers.h"
#include "store/object_store.h"

namespace tarn::engine {

class SourceFileSystem final : public duckdb::FileSystem {
 public:
  static constexpr std::string_view kScheme = "source://";

  /// Makes the object readable and returns its path; `on_disk`: reading a little of it costs little.
  std::string Lend(std::shared_ptr<store::ObjectReader> object, bool on_disk);
  void TakeBack(const std::string& path);

  std::string GetName() const override { return "SourceFileSystem"; }
  bool CanHandleFile(const std::string& path) override { return path.starts_with(kScheme); }
  bool CanSeek() override { return true; }
  bool OnDiskFile(duckdb::FileHandle& handle) override;
  duckdb::unique_ptr<duckdb::FileHandle> OpenFile(const std::string& path, duckdb::FileOpenFlags flags,
                                                  duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  void Read(duckdb::FileHandle& handle, void* buffer, int64_t count, duckdb::idx_t location) override;
  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t count) override;
  int64_t GetFileSize(duckdb::FileHandle& handle) override;
  duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle&) override { return duckdb::timestamp_t(0); }
  duckdb::FileType GetFileType(duckdb::FileHandle&) override { return duckdb::FileType::FILE_TYPE_REGULAR; }
  void Seek(duckdb::FileHandle& handle, duckdb::idx_t location) override;
  void Reset(duckdb::FileHandle& handle) override { Seek(handle, 0); }
  duckdb::idx_t SeekPosition(duckdb::FileHandle& handle) override;
  bool FileExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  duckdb::vector<duckdb::OpenFileInfo> Glob(const std::string& pattern, duckdb::FileOpener* opener) override;

 private:
  struct Lent {
    std::shared_ptr<store::ObjectReader> object;
    bool on_disk = true;
  };
  Lent Find(const std::string& path);

  std::mutex mutex_;
  std::map<std::string, Lent> lent_;
  uint64_t next_ = 1;
};

}  // namespace tarn::engine
