// SPDX-License-Identifier: Apache-2.0
#pragma once
// All table formats of the lake behind one port: what is in a table's folder decides which of them reads and writes it;
// a table that is created gets the format its intent names. Owned by app; thread-safe: holds no state.

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lake/mirror.h"
#include "table/format.h"

namespace tarn::lake {

class TableFormats final : public table::TableFormat {
 public:
  /// At least one; the first is the default of intents that name none. They outlive this object, as `mirrors` does,
  /// without which no mirror follows its table.
  explicit TableFormats(std::vector<table::TableFormat*> formats, Mirrors* mirrors = nullptr);

  std::string_view name() const override { return "any"; }
  Result<table::SnapshotPtr> Load(store::ObjectStore& store, const std::string& location,
                                  const table::SnapshotPtr& known) override;
  Result<table::SnapshotPtr> LoadVersion(store::ObjectStore& store, const std::string& location,
                                         const table::SnapshotPtr& newest, int64_t version) override;
  Result<std::vector<table::FileDeletes>> WriteDeletes(store::ObjectStore& store, const std::string& location,
                                                       const table::Snapshot& base,
                                                       std::span<const table::RowDeletion> rows,
                                                       Randomness& randomness) override;
  Result<table::CommitPlan> Plan(const table::Snapshot& base, const std::string& location,
                                 const table::CommitIntent& intent) override;
  Result<table::SnapshotPtr> Apply(const table::SnapshotPtr& base, const table::CommitIntent& intent,
                                   const table::CommitPlan& plan) override;
  /// Publishes the mirror as well, where it stayed behind.
  Status AfterCommit(store::ObjectStore& store, const std::string& location,
                     const table::SnapshotPtr& snapshot) override;
  /// Called after every commit of this process with the table's location, from its thread. Before the first commit.
  void OnCommit(std::function<void(const std::string& location)> listener) { on_commit_ = std::move(listener); }
  void OnCommitted(store::ObjectStore& store, const std::string& location, const table::SnapshotPtr& snapshot) override;
  Result<std::vector<int64_t>> History(store::ObjectStore& store, const std::string& location,
                                       const table::SnapshotPtr& newest) override;
  Result<table::VersionChange> LoadChange(store::ObjectStore& store, const std::string& location,
                                          const table::SnapshotPtr& newest, int64_t version) override;
  Result<std::optional<int64_t>> VersionAt(store::ObjectStore& store, const std::string& location,
                                           const table::SnapshotPtr& newest, Timestamp at) override;
  Result<table::ExpiryPlan> PrepareExpiry(store::ObjectStore& store, const std::string& location,
                                          const table::SnapshotPtr& newest, const std::set<int64_t>& kept,
                                          const std::set<int64_t>& expired) override;
  Result<std::optional<std::set<std::string>>> MetadataInUse(store::ObjectStore& store, const std::string& location,
                                                             const table::SnapshotPtr& newest) override;

 private:
  /// kUnsupported for a format this build does not have.
  Result<table::TableFormat*> Named(const std::string& name) const;
  Result<table::TableFormat*> FormatFor(const table::Snapshot& base, const table::CommitIntent& intent) const;

  const std::vector<table::TableFormat*> formats_;
  Mirrors* const mirrors_;
  std::function<void(const std::string& location)> on_commit_ = [](const std::string&) {};
};

}  // namespace tarn::lake
