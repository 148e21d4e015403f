// SPDX-License-Identifier: Apache-2.0
#pragma once
// A disk in memory that remembers what was synced, to prove that durability rules hold (durability.md §1.4, §3). The
// process sees every write, link and rename at once; Crash() forgets at random what no sync covered:
//   - each unsynced 512-byte sector is kept, lost (old bytes, zeros or garbage) or torn; the size is kept, lost or
//   between;
//   - each link, rename, removal and new directory that no SyncDirectory covered is kept or lost; Sync of a file keeps
//     only its bytes, not its name;
//   - after a failed sync the bytes or names it covered are not made durable by a later one.
// Faults can be injected, and the disk can go away before any operation. Deterministic for one seed and one order of
// calls. Thread-safe. Files and locks must not be used after the disk is destroyed.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "store/disk.h"
#include "store/faulty/simulated_tree.h"

namespace tarn::store {

enum class DiskOperation {
  kOpen,
  kRead,
  kCreate,
  kWrite,
  kSync,
  kPreallocate,
  kTruncate,
  kLink,
  kRename,
  kRemove,
  kMakeDirectory,
  kSyncDirectory,
  kList,
  kLock,
};

/// How much of a failing operation happens.
enum class DiskEffect {
  kNothing,
  kHalf,   ///< the first half of a write; of other operations nothing
  kWhole,  ///< all of it, only the answer is an error
};

struct DiskFault {
  DiskOperation operation = DiskOperation::kWrite;
  std::string path_contains{};  ///< empty = any path
  uint64_t nth = 1;             ///< the first matching operation from now on that fails
  uint64_t times = 1;           ///< how many in a row; UINT64_MAX = for ever
  Error error{ErrorCode::kUnavailable, "injected disk error", {}};
  DiskEffect effect = DiskEffect::kNothing;
  bool reported = true;  ///< false = a sync that is skipped without an error
};

class SimulatedDisk final : public Disk {
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

  /// Faults are tried in the order they were added.
  void Inject(DiskFault fault);
  void ClearFaults();

  /// Changing operations so far: create, write, sync, preallocate, truncate, link, rename, remove, make and sync
  /// directory.
  uint64_t operation_count() const;

  /// `count` more changing operations work; the one after that is cut off with `in_flight` of it done, and everything
  /// fails with kUnavailable until Crash().
  void CrashAfter(uint64_t count, DiskEffect in_flight = DiskEffect::kNothing);

  /// The machine stops and starts again: unsynced changes are decided, files and locks held are void, faults are
  /// cleared.
  void Crash(Randomness& randomness);

 private:
  friend class SimulatedFile;

  struct Ruling {
    std::optional<Error> error;
    DiskEffect effect = DiskEffect::kWhole;
  };

  Ruling Rule(DiskOperation operation, const std::string& path);
  template <class Apply>
  Status Perform(DiskOperation operation, const std::string& path, Apply apply);

  Result<SimulatedNodePtr> OpenNode(const std::string& path, OpenMode mode);
  Status MakeOneDirectory(const std::string& path, const std::string& parent);
  Status SyncDirectoryLocked(const std::string& path);
  Timestamp Tick() { return Timestamp{static_cast<int64_t>(++ticks_)}; }

  mutable std::mutex mutex_;
  SimulatedTree tree_;
  std::vector<DiskFault> faults_;
  uint64_t ticks_ = 0;
  uint64_t operations_ = 0;
  uint64_t generation_ = 0;
  std::optional<uint64_t> gone_after_;  ///< value of operations_
  DiskEffect in_flight_ = DiskEffect::kNothing;
  bool gone_ = false;
};

}  // namespace tarn::store
