// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where engines elsewhere leave what they have to give back: a folder of the lake's store for each query, of a name
// that is never used again, so that a writer nobody waits for any more cannot touch another's rows (docs/adr/0027). A
// folder goes with whoever holds it; those of processes that died go at the next start, and before the next query.
// Owned by app; thread-safe.

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "store/object_store.h"

namespace tarn::engine {

class ResultFolders;

/// One of them. Removed with all that lies in it when destroyed. Outlived by its ResultFolders.
class ResultFolder {
 public:
  ~ResultFolder();
  ResultFolder(const ResultFolder&) = delete;
  ResultFolder& operator=(const ResultFolder&) = delete;

  /// As others name the place: "file:/srv/lake/…" or "s3://bucket/…", without a slash at the end.
  std::string Uri() const;

  /// Keys of what lies in it and ends in `suffix`, sorted.
  Result<std::vector<std::string>> Files(std::string_view suffix) const;

 private:
  friend class ResultFolders;
  ResultFolder(ResultFolders& owner, std::string name) : owner_(owner), name_(std::move(name)) {}

  ResultFolders& owner_;
  const std::string name_;
};

class ResultFolders {
 public:
  static constexpr std::string_view kPrefix = "_control/results/";

  struct Dependencies {
    store::ObjectStore& store;
    Randomness& randomness;
    /// Removes an empty folder where stores have such, by its path; may be empty.
    std::function<void(const std::string& path)> remove_folder{};
  };

  explicit ResultFolders(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  /// A new one; sweeps before.
  std::shared_ptr<ResultFolder> Make();

  /// Removes what nobody of this process holds. Only for the node that has the lake's seat.
  Status Sweep();

 private:
  friend class ResultFolder;
  std::string PathOf(const std::string& name) const;
  Status Remove(const std::string& name);
  void LetGo(const std::string& name);

  const Dependencies dependencies_;
  std::mutex mutex_;
  std::set<std::string> held_;  // guarded by mutex_
};

}  // namespace tarn::engine
