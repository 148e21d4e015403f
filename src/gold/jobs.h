// SPDX-License-Identifier: Apache-2.0
#pragma once
// Job definitions as numbered YAML objects (durability.md §1); a deletion is a version too. Thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gold/job.h"
#include "store/object_store.h"

namespace tarn::gold {

using JobPtr = std::shared_ptr<const Job>;

class Jobs {
 public:
  Jobs(store::ObjectStore& store, Clock& clock) : store_(store), clock_(clock) {}

  /// Reads every job's head; once at start.
  Status Open();

  /// nullptr when there is none.
  JobPtr Find(const std::string& domain, const std::string& name) const;
  /// Ordered domain, name; of one domain when given.
  std::vector<JobPtr> List(const std::string& domain = "") const;

  /// kAlreadyExists; kInvalidArgument for a dependency cycle.
  Result<JobPtr> Create(Job job);
  /// kNotFound; kInvalidArgument for a dependency cycle. `job` is the whole new definition.
  Result<JobPtr> Replace(Job job);
  Status Remove(const std::string& domain, const std::string& name);

 private:
  struct Known {
    JobPtr job;            ///< nullptr while deleted
    uint64_t version = 0;  ///< head of the series
  };
  Status CheckCycle(const Job& job) const;  ///< mutex held
  Result<JobPtr> Put(Job job, uint64_t after);
  Status LoadJob(const std::string& domain, const std::string& name);

  store::ObjectStore& store_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Known> jobs_;
};

}  // namespace tarn::gold
