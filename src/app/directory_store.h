// SPDX-License-Identifier: Apache-2.0
#pragma once
// A lake's directory as an object store that cannot be written: for verbs that look at a lake beside its server, also
// without the right to write (lake.md §8, "CLI verbs"). Makes nothing durable: nothing may be based on what it reads.
// Thread-safe; the Disk outlives the store and its readers.

#include <string>

#include "store/disk.h"
#include "store/object_store.h"

namespace tarn::app {

class DirectoryStore final : public store::ObjectStore {
 public:
  DirectoryStore(store::Disk& disk, std::string root) : disk_(disk), root_(std::move(root)) {}

  Result<std::string> Get(const std::string& key) override;
  Result<std::unique_ptr<store::ObjectReader>> OpenReader(const std::string& key) override;
  Result<store::ObjectInfo> Head(const std::string& key) override;
  Result<std::vector<store::ObjectInfo>> List(const std::string& prefix, const std::string& start_after,
                                              size_t limit) override;
  Result<std::vector<std::string>> ListFolders(const std::string& prefix) override;
  Status MakeDurable(const std::string& key) override;

  // Refused with kFailedPrecondition:
  Result<std::unique_ptr<store::ObjectWriter>> OpenWriter(const std::string& key) override;
  Status PutAll(std::span<const store::PutRequest> objects) override;
  Status PutIfAbsent(const std::string& key, std::string_view body) override;
  Status Delete(const std::string& key) override;

  std::chrono::milliseconds max_staleness() const override { return std::chrono::milliseconds(0); }
  std::string root() const override { return root_; }

 private:
  std::string PathOf(const std::string& key) const { return root_ + "/" + key; }

  store::Disk& disk_;
  const std::string root_;
};

}  // namespace tarn::app
