// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files in memory under buffer://{name}, as a DuckDB file system: what the Parquet codec reads and writes. Thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/duckdb/duckdb_headers.h"

namespace tarn::engine {

class BufferFileSystem final : public duckdb::FileSystem {
 public:
  static constexpr std::string_view kScheme = "buffer://";
  static std::string PathOf(const std::string& name) { return std::string(kScheme) + name; }

  void Put(const std::string& name, std::string content);
  /// The file's content, which is gone afterwards; empty when there is no such file.
  std::string Take(const std::string& name);

  std::string GetName() const override { return "BufferFileSystem"; }
  bool CanHandleFile(const std::string& path) override { return path.starts_with(kScheme); }
  bool CanSeek() override { return true; }
  bool OnDiskFile(duckdb::FileHandle&) override { return true; }
  duckdb::unique_ptr<duckdb::FileHandle> OpenFile(const std::string& path, duckdb::FileOpenFlags flags,
                                                  duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  void Read(duckdb::FileHandle& handle, void* buffer, int64_t count, duckdb::idx_t location) override;
  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t count) override;
  int64_t Write(duckdb::FileHandle& handle, void* buffer, int64_t count) override;
  int64_t GetFileSize(duckdb::FileHandle& handle) override;
  duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle&) override { return duckdb::timestamp_t(0); }
  duckdb::FileType GetFileType(duckdb::FileHandle&) override { return duckdb::FileType::FILE_TYPE_REGULAR; }
  void Seek(duckdb::FileHandle& handle, duckdb::idx_t location) override;
  void Reset(duckdb::FileHandle& handle) override { Seek(handle, 0); }
  duckdb::idx_t SeekPosition(duckdb::FileHandle& handle) override;
  void FileSync(duckdb::FileHandle&) override {}
  bool FileExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  duckdb::vector<duckdb::OpenFileInfo> Glob(const std::string& pattern, duckdb::FileOpener* opener) override;

 private:
  std::shared_ptr<std::string> Find(const std::string& path);

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::string>> files_;
};

}  // namespace tarn::engine
