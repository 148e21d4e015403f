// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object store in a directory (durability.md §1.4): a key is a path below the root. A put is a temp file, its sync, a
// link that never replaces, and a sync of the directory; so an object is whole or absent whatever happens, and an
// acknowledged one survives the machine. Several processes may use one root: each owns a locked slot of `.tmp/` for its
// unfinished files. Removals are made durable by the next put into their directory; a removed object may be back after
// a crash. A failed directory sync is never retried: it is reported to `on_fatal`, which ends the process, and every
// later call fails. Thread-safe. The Disk must outlive the store, the store its readers and writers.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/worker_pool.h"
#include "store/disk.h"
#include "store/object_store.h"

namespace tarn::store {

class LocalStore final : public ObjectStore {
 public:
  struct Options {
    std::string root{};                            ///< created when absent
    std::function<void(const Error&)> on_fatal{};  ///< ends the process; called once, on the thread of the failed call
    size_t sync_threads = 4;                       ///< objects or folders of one PutAll synced at a time
  };

  /// Takes a slot of `.tmp/` and removes what dead processes left there. kPermissionDenied when the root is not
  /// writable.
  static Result<std::unique_ptr<LocalStore>> Open(Disk& disk, Options options);

  Result<std::string> Get(const std::string& key) override;
  Result<std::unique_ptr<ObjectReader>> OpenReader(const std::string& key) override;
  Result<ObjectInfo> Head(const std::string& key) override;
  Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& key) override;
  Result<std::unique_ptr<ObjectWriter>> OpenReplacement(const std::string& key) override;
  Status PutAll(std::span<const PutRequest> objects) override;
  Status PutIfAbsent(const std::string& key, std::string_view body) override;
  Result<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& start_after = "",
                                       size_t limit = 0) override;
  Result<std::vector<std::string>> ListFolders(const std::string& prefix) override;
  Status Delete(const std::string& key) override;
  Status MakeDurable(const std::string& key) override;
  std::chrono::milliseconds max_staleness() const override { return std::chrono::milliseconds(0); }
  std::string root() const override { return options_.root; }

 private:
  friend class LocalWriter;
  struct TempFile;

  LocalStore(Disk& disk, Options options);

  Status TakeSlot();
  Status RemoveLeftovers();

  std::string PathOf(std::string_view key) const;
  Status CheckAlive() const;

  Result<TempFile> CreateTemp();
  Result<TempFile> WriteTemp(std::string_view body);
  Result<std::vector<TempFile>> WriteTemps(std::span<const PutRequest> objects);
  enum class Placement : uint8_t {
    kFree,  ///< the key is nobody's
    kAny    ///< what is there is replaced
  };
  Status PlaceTemp(const TempFile& temp, const std::string& key, Placement placement);
  Status Publish(const TempFile& temp, const std::string& key, Placement placement);

  Status EnsureFolder(const std::string& folder);
  Status SyncFolder(const std::string& folder);
  Status SyncFolders(const std::vector<std::string>& folders);
  void ForgetFolders();
  bool IsKnownDurable(const std::string& key) const;
  void RememberDurable(const std::string& key);
  std::unexpected<Error> EndProcess(Error error);

  Disk& disk_;
  const Options options_;
  std::unique_ptr<DiskLock> slot_lock_;
  std::string temp_prefix_;  ///< "{root}/.tmp/{slot}."
  std::atomic<uint64_t> next_temp_{0};
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;
  std::unordered_set<std::string> durable_folders_;
  std::unordered_set<std::string> durable_keys_;
  WorkerPool syncers_;
};

}  // namespace tarn::store
