// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables that others made: their metadata is a series below the table's home in the lake, and its put-if-absent decides
// a commit, as with our own tables (durability.md §1.1). Their data files and manifests are never looked at: writers
// put them where the metadata says. Thread-safe.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "catalog/registry_document.h"
#include "catalog/transactions.h"
#include "store/series.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::catalog {

/// Metadata at one version and where it lies.
struct LoadedTable {
  table::iceberg::TableMetadataPtr metadata;
  std::string metadata_uri;
};

class ForeignTables {
 public:
  using Guard = std::function<Status()>;

  ForeignTables(store::ObjectStore& store, Clock& clock, Randomness& randomness, Guard guard);

  /// kCorrupt when the table's metadata is not there.
  Result<LoadedTable> Load(const TableEntry& entry);

  /// Puts the first version below `home`. kAlreadyExists when a table lies there.
  Result<LoadedTable> Create(const std::string& home, table::iceberg::TableMetadata metadata);

  /// Puts the version that `change` makes of the newest; called again after a lost race. kConflict when others keep
  /// winning or a commit to several tables holds the table, and whatever `change` fails with.
  using Change = std::function<Result<table::iceberg::TableMetadata>(const LoadedTable& base)>;
  Result<LoadedTable> Commit(const TableEntry& entry, const Change& change);

  struct Part {
    TableEntry entry;
    Change change;
  };
  /// Commits all parts or none; they name different tables. Errors as Commit.
  Status CommitTogether(std::span<const Part> parts);

  /// Metadata of a table that is to be registered. kNotFound when there are none, or none that count.
  Result<LoadedTable> Read(const std::string& key);

  /// Deletes everything below the prefix (without a trailing slash).
  Status Purge(const std::string& prefix);

  /// URI of a key of the lake.
  std::string UriOf(const std::string& key) const { return root_uri_ + "/" + key; }
  const std::string& root_uri() const { return root_uri_; }

  static constexpr int kMaxAttempts = 20;
  static constexpr size_t kMostOpen = 1000;  ///< tables whose newest metadata is kept in memory

 private:
  struct OpenTable {
    OpenTable(store::ObjectStore& store, store::SeriesName name, Clock& clock)
        : series(store, std::move(name), clock) {}
    store::Series series;
    std::mutex mutex;
    uint64_t number = 0;  ///< of `newest`; 0 = nothing read yet
    LoadedTable newest;
  };
  /// The table's state and where it goes on.
  struct Version {
    uint64_t number = 0;             ///< the series' head, 0 = none: what the table was registered with
    LoadedTable table;               ///< of the newest number that counts
    std::string open_transaction{};  ///< that prepared the head and is not decided; empty = none
  };
  struct Decoded {
    LoadedTable table;
    std::string transaction;  ///< empty = none
  };
  Result<Decoded> Decode(const std::string& key);
  Result<Version> LoadForWriting(OpenTable& open, const TableEntry& entry);
  Result<bool> TryTogether(std::span<const Part> parts, const std::string& id);
  Result<bool> Prepare(const Part& part, const std::string& id, std::vector<std::string>& prepared);
  std::shared_ptr<OpenTable> Open(const std::string& home);
  Result<Version> LoadVersion(OpenTable& open, const TableEntry& entry);
  static void Remember(OpenTable& open, const Version& version);

  store::ObjectStore& store_;
  Clock& clock_;
  Randomness& randomness_;
  const Guard guard_;
  const std::string root_uri_;
  Transactions transactions_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<OpenTable>> open_;  ///< by home
};

}  // namespace tarn::catalog
