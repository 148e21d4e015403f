// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object store in an S3 bucket, below a prefix (durability.md §1): a put is there whole or not at all and durable when
// it is answered; the put that decides is `If-None-Match: *`. Reads of large objects go in parallel ranges and through
// a cache on the local disk. An object that is removed while a reader of it is open may be missed by the reader unless
// it is small or cached; expiry leaves it there long enough. Thread-safe; what it is given outlives it.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/worker_pool.h"
#include "store/object_store.h"
#include "store/s3/block_cache.h"
#include "store/s3/s3_answers.h"
#include "store/s3/s3_client.h"

namespace tarn::store {

class S3Store final : public ObjectStore {
 public:
  struct Options {
    S3Client::Options client;
    std::string prefix{};  ///< in the bucket, without slashes around it
    BlockCache* cache = nullptr;
    size_t threads = 8;                      ///< parallel requests of one call
    size_t request_bytes = size_t{8} << 20;  ///< larger reads and uploads are split
  };

  S3Store(S3Client::Dependencies needs, Options options);

  /// Asks the bucket once: kFailedPrecondition when there is none or it is in another region, kUnauthenticated and
  /// kPermissionDenied when the credentials do not do, kUnavailable when nobody answers.
  Status CheckBucket();
  /// Puts an object twice: kUnsupported when the server lets the second put win, as nothing here may.
  Status CheckConditionalPut();

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
  Status DeleteAll(std::span<const std::string> keys) override;
  Status MakeDurable(const std::string& key) override;
  std::chrono::milliseconds max_staleness() const override { return std::chrono::milliseconds(1'000); }
  std::string root() const override;

 private:
  friend class S3Reader;
  friend class S3Writer;

  std::string FullKey(std::string_view key) const { return prefix_ + std::string(key); }

  /// Puts content under a name of its own; an object of the same bytes under it after a lost answer is ours. Its
  /// entity tag, empty when the server's answer did not come.
  Result<std::string> PutContent(const std::string& key, std::string_view body);
  Status ReplaceContent(const std::string& key, std::string_view body);
  /// What was just written is read soon.
  void KeepInCache(const std::string& key, std::string_view body, const std::string& entity_tag);
  /// Whether an object that is there after a lost answer is the one that was sent.
  Status CompareWithSent(const std::string& key, std::string_view body, Error error);
  void RemoveWhatWasPut(std::span<const PutRequest> objects, const std::vector<char>& is_put);

  struct Tail {
    CachedObject object;
    uint64_t offset = 0;
    std::string bytes;
  };
  Result<Tail> ReadTail(const std::string& key);
  Status ReadRange(const std::string& key, const CachedObject& object, uint64_t offset, std::span<char> out);
  Result<ListPage> ListOnePage(const std::string& prefix, const std::string& delimiter,
                               const std::vector<std::pair<std::string, std::string>>& where);

  void Remember(const std::string& key);
  void Forget(const std::string& key);
  /// One DeleteObjects request; what it leaves, whatever the reason, is deleted one by one.
  Status DeleteBatch(std::span<const std::string> keys);

  S3Client client_;
  Randomness& randomness_;
  const std::string prefix_;  ///< ends in a slash unless empty
  BlockCache* const cache_;
  const size_t threads_;
  const size_t request_bytes_;
  WorkerPool pool_;
  std::mutex mutex_;
  std::unordered_set<std::string> seen_;  ///< keys that were there: durable, as everything S3 shows is
};

}  // namespace tarn::store
