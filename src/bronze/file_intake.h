// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes dropped files into bronze, each once: claim, entries chained by `after`, end of the claim (durability.md §4.1,
// lake.md §3.4). May be killed at any point; the next start, or whoever drops the file again, goes on from the last
// entry. One file of an endpoint at a time. Owned by app; thread-safe.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/keyed_loop.h"
#include "base/metrics.h"
#include "bronze/bronze.h"
#include "bronze/file_check.h"
#include "bronze/file_claim.h"
#include "bronze/file_scan.h"

namespace tarn::bronze {

/// A file that lies complete in the store.
struct DroppedFile {
  std::string domain;
  std::string table;
  std::string key;   ///< of the object
  std::string name;  ///< with etag and size: which file it is
  std::string etag;
  FileHints hints;
  bool checked = true;  ///< against the contract
  contract::Operation operation = contract::Operation::kUpsert;
  std::string request_id;
  /// What cannot be told how to read: refused, or to quarantine like a file that cannot be read to its end.
  enum class Unreadable { kRefuse, kQuarantine } unreadable = Unreadable::kRefuse;
  bool strict = false;  ///< one refused row refuses the file
};

class FileIntake {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    Bronze& bronze;
    contract::Registry& registry;
    Clock& clock;
    Randomness& randomness;
    MetricRegistry& metrics;
    uint64_t incarnation = 0;
    std::function<Status()> seat_check;
    /// Told after each new entry.
    std::function<void(const std::string& domain, const std::string& table, uint64_t entry)> on_entry;
    FileScan::Limits limits{};
  };

  explicit FileIntake(Dependencies dependencies);
  ~FileIntake();

  /// Goes on with files that an earlier process left half taken.
  void Start();
  /// Idempotent; what is in flight ends at its next entry.
  void Stop();

  struct Outcome {
    FileClaim claim;
    bool was_taken_before = false;
    std::optional<FileRefusal> refused{};  ///< strict: nothing of the file is kept, the claim was not put
  };
  /// Takes the file and returns when its rows are in bronze. kNotFound: no such endpoint; kInvalidArgument and
  /// kUnsupported: it cannot be told how to read it. After other errors the file is half taken at most, and the rest
  /// follows by itself.
  Result<Outcome> Take(const DroppedFile& file);

  /// What became of a file that was dropped before; nullopt: it was not.
  Result<std::optional<FileClaim>> Find(const DroppedFile& file, uint64_t size_bytes);

 private:
  struct Endpoint {
    std::mutex taking;  ///< held while a file of the endpoint is taken
  };
  struct Standing {
    FilePart part;
    std::optional<lake::Offset> after;
    uint64_t offset = 0;  ///< in the text: behind the last row in bronze
    uint64_t first_entry = 0;
    uint64_t last_entry = 0;
  };

  Endpoint& EndpointOf(const std::string& domain, const std::string& table);
  Result<std::optional<FileClaim>> FindClaim(const FileClaim& file);
  Result<FileClaim> Describe(const DroppedFile& file, uint64_t size_bytes);
  Status DescribeFormat(const DroppedFile& file, FileClaim& claim);
  Result<std::optional<FileRefusal>> CheckStrictly(const FileClaim& claim);
  Status FinishOpenFile(const std::string& domain, const std::string& table);
  Result<FileClaim> Bring(FileClaim claim);
  Result<Standing> StandingOf(FileClaim& claim);
  Result<contract::EndpointPtr> ContractOf(const FileClaim& claim);
  Result<contract::EndpointPtr> FixColumns(const FileClaim& claim, contract::EndpointPtr endpoint);
  Status AppendEntries(const FileClaim& claim, Standing& standing);
  Status AppendEntry(const FileClaim& claim, FileCut cut, Standing& standing);
  Result<FileClaim> EndClaim(FileClaim claim, const Standing& standing);
  Status PutClaim(const FileClaim& claim);

  const Dependencies dependencies_;
  Counter& rows_;
  Counter& quarantined_;
  Counter& files_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Endpoint>> endpoints_;
  std::atomic<bool> stopping_{false};
  KeyedLoop loop_;  ///< finishes what was left half taken
};

}  // namespace tarn::bronze
