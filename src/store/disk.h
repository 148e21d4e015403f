// SPDX-License-Identifier: Apache-2.0
#pragma once
// The disk port: the few file operations the node's log and the local object store are built on, each with its exact
// durability (durability.md §1.4, §3). One port for both, so that one simulated disk (store/faulty) can forget every
// unsynced byte, link and rename under either (docs/adr/0006). Paths are absolute or relative to the process.
// Disks are thread-safe; a DiskFile is thread-compatible.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tarn::store {

class DiskFile {
 public:
  virtual ~DiskFile() = default;

  /// Writes all of `data` at `offset`. A short write is an error. Visible at once, durable after Sync.
  virtual Status WriteAt(uint64_t offset, std::string_view data) = 0;

  /// Reads up to `out.size()` bytes at `offset`; fewer only at the end of the file.
  virtual Result<size_t> ReadAt(uint64_t offset, std::span<char> out) const = 0;

  /// Makes written bytes and the file's size durable (fdatasync). Never retried after a failure.
  virtual Status Sync() = 0;

  /// Reserves and zero-fills `size_bytes`, so that later syncs need no metadata. kResourceExhausted when the disk is
  /// full.
  virtual Status Preallocate(uint64_t size_bytes) = 0;

  virtual Status Truncate(uint64_t size_bytes) = 0;
  virtual Result<uint64_t> Size() const = 0;
};

/// Held until destroyed; the operating system lets go of it when the process dies.
class DiskLock {
 public:
  virtual ~DiskLock() = default;
};

enum class OpenMode {
  kRead,       ///< existing file, read only
  kWrite,      ///< existing file, read and write
  kCreateNew,  ///< fails with kAlreadyExists when present
};

struct FileInfo {
  uint64_t size_bytes = 0;
  Timestamp modified;
  bool is_directory = false;
};

class Disk {
 public:
  virtual ~Disk() = default;

  virtual Result<std::unique_ptr<DiskFile>> Open(const std::string& path, OpenMode mode) = 0;

  /// Gives `from` a second name without replacing: kAlreadyExists when `to` is present. Durable after SyncDirectory.
  virtual Status Link(const std::string& from, const std::string& to) = 0;

  /// Replaces `to`. Durable after SyncDirectory.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;

  /// kNotFound when absent, kFailedPrecondition for a directory.
  virtual Status Remove(const std::string& path) = 0;

  /// Creates the directory and its missing parents; each new one is synced into its parent.
  virtual Status MakeDirectories(const std::string& path) = 0;

  /// Makes entries of the directory (links, renames, removals) durable.
  virtual Status SyncDirectory(const std::string& path) = 0;

  /// Names in the directory, files and directories (these end in '/'), sorted; kNotFound when absent.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;

  virtual Result<bool> Exists(const std::string& path) = 0;

  /// kNotFound when absent.
  virtual Result<FileInfo> Stat(const std::string& path) = 0;

  /// Takes an exclusive lock on the file (created when absent); kFailedPrecondition when another process holds it.
  virtual Result<std::unique_ptr<DiskLock>> Lock(const std::string& path) = 0;
};

}  // namespace tarn::store
