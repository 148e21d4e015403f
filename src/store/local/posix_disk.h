// SPDX-License-Identifier: Apache-2.0
#pragma once
// The operating system's files behind the disk port (durability.md §1.4, §3). Every call is one or a few system calls;
// nothing is cached. Thread-safe; its files are thread-compatible, concurrent ReadAt is fine.
// A write beyond RLIMIT_FSIZE is an error only while SIGXFSZ is ignored; app sees to that.

#include <memory>
#include <string>
#include <vector>

#include "store/disk.h"

namespace tarn::store {

class PosixDisk final : public Disk {
 public:
  Result<std::unique_ptr<DiskFile>> Open(const std::string& path, OpenMode mode) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status MakeDirectories(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Result<bool> Exists(const std::string& path) override;
  Result<FileInfo> Stat(const std::string& path) override;
  Result<std::unique_ptr<DiskLock>> Lock(const std::string& path) override;
};

}  // namespace tarn::store
