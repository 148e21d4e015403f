// SPDX-License-Identifier: Apache-2.0
#pragma once
// Watches directories and folders of the lake's store for dropped files and has each taken once (lake.md §3.4,
// docs/guide/files.md): one loop, one file at a time. A file whose size or time still changes waits. Owned by LakeNode;
// thread-safe.

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/config.h"
#include "bronze/file_intake.h"

namespace tarn::app {

class FileWatch {
 public:
  /// Files that one look at one place takes notice of at most; the rest has its turn when these are gone from there.
  static constexpr size_t kMostFiles = 100'000;

  struct Dependencies {
    store::ObjectStore& store;
    bronze::FileIntake& intake;
    Randomness& randomness;
  };

  FileWatch(Dependencies dependencies, std::vector<WatchedPlace> places, std::chrono::milliseconds interval);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  void Start();
  /// Ends behind the file that is being taken. Idempotent.
  void Stop();

  /// One look at every place; what the loop does at each interval.
  void LookOnce();

 private:
  /// A file as it was seen; the same twice = complete.
  struct Sight {
    uint64_t size_bytes = 0;
    int64_t modified = 0;  ///< microseconds since 1970
    bool taken = false;
  };
  using Sights = std::map<std::string, Sight>;  ///< by name in the place

  Result<Sights> Look(const WatchedPlace& place) const;
  Status TakeFile(const WatchedPlace& place, const std::string& name, const Sight& sight);
  Status Copy(const std::string& path, const std::string& key);
  void Run();

  const Dependencies dependencies_;
  const std::vector<WatchedPlace> places_;
  const std::chrono::milliseconds interval_;
  std::vector<Sights> seen_;  ///< by place
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tarn::app
