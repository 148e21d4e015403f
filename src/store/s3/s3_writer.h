// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes one object of any size: a small one by one conditional put, a large one in parts that are sent side by side
// while it is written, and completed on the condition that the key is free. Holds at most four parts and one append.
// Thread-compatible; the store outlives it.

#include <string>
#include <vector>

#include "store/s3/s3_store.h"

namespace tarn::store {

class S3Writer final : public ObjectWriter {
 public:
  enum class Place : uint8_t {
    kFree,  ///< the key is nobody's
    kAny    ///< what is there is replaced
  };

  S3Writer(S3Store& store, std::string key, Place place) : store_(store), key_(std::move(key)), place_(place) {}
  ~S3Writer() override { Abort(); }

  Status Append(std::string_view data) override;
  Result<uint64_t> Finish() override;

 private:
  size_t PartBytes() const;
  Status Begin();
  Status SendParts();
  Status SendPart(size_t number, std::string_view body, std::string& entity_tag);
  Status Complete();
  /// After an answer that does not say it: whether the object is there as it was sent.
  Status LookForResult(Error error);
  /// Parts that were sent cost until they are dropped.
  void Abort();

  S3Store& store_;
  const std::string key_;
  const Place place_;
  std::string held_;
  uint64_t size_bytes_ = 0;
  std::string upload_id_;  ///< empty while the object is small
  std::vector<std::string> entity_tags_;
  bool is_open_ = true;
};

}  // namespace tarn::store
