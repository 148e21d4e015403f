// SPDX-License-Identifier: Apache-2.0
#pragma once
// Job definitions as numbered YAML objects (durability.md §1); a deletion is a version too. Thread-safe.

#include <memory>
#include <string>
#include <vector>

#include "gold/job.h"
#include "lake/named_documents.h"
#include "store/object_store.h"

namespace tarn::gold {

using JobPtr = std::shared_ptr<const Job>;

class Jobs {
 public:
  Jobs(store::ObjectStore& store, Clock& clock) : documents_(store, clock) {}

  /// As NamedDocuments, whose errors these are besides their own.
  Status Open() { return documents_.Open(); }

  /// nullptr when there is none.
  JobPtr Find(const std::string& domain, const std::string& name) const;
  /// Ordered domain, name; of one domain when given.
  std::vector<JobPtr> List(const std::string& domain = "") const;

  /// kAlreadyExists; kInvalidArgument for a dependency cycle.
  Result<JobPtr> Create(const Job& job);
  /// kNotFound; kInvalidArgument for a dependency cycle. `job` is the whole new definition.
  Result<JobPtr> Replace(const Job& job);
  Status Remove(const std::string& domain, const std::string& name);

 private:
  struct Kind {
    static constexpr const char* kWord = "Job";
    static std::string NameOf(const Job& job) { return job.id(); }
    static Result<std::vector<std::string>> Names(store::ObjectStore& store);
    static store::SeriesName SeriesOf(const std::string& id);
    static std::string Encode(const StoredJob& stored) { return EncodeJob(stored); }
    static Result<StoredJob> Decode(std::string_view yaml) { return DecodeJob(yaml); }
  };
  Status CheckCycle(const Job& job) const;

  lake::NamedDocuments<Job, Kind> documents_;
};

}  // namespace tarn::gold
