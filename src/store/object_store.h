// SPDX-License-Identifier: Apache-2.0
#pragma once
// The object store port: immutable objects under keys ("silver/sales/orders/data/x.parquet"), one conditional write.
// Everything the lake is stands on it (durability.md §1); a directory, memory and S3 behave alike.
// Implementations are thread-safe and live in store/local, store/memory, store/faulty (later store/s3).

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace tarn::store {

struct ObjectInfo {
  std::string key;
  uint64_t size_bytes = 0;
  Timestamp modified;
};

struct PutRequest {
  std::string key;
  std::string_view body;
};

/// Random reads of one object. Thread-safe.
class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  virtual uint64_t size_bytes() const = 0;
  /// Fills `out` from `offset`; kInvalidArgument when the range ends behind the object.
  virtual Status ReadAt(uint64_t offset, std::span<char> out) = 0;
};

/// Writes one object front to back. Nothing is visible before Finish; destroying an unfinished writer leaves nothing.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual Status Append(std::string_view data) = 0;
  /// Makes the object durable under its key and returns its size in bytes. Overwriting an existing key is
  /// kAlreadyExists.
  virtual Result<uint64_t> Finish() = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Whole object; kNotFound when absent.
  virtual Result<std::string> Get(const std::string& key) = 0;

  virtual Result<std::unique_ptr<ObjectReader>> OpenReader(const std::string& key) = 0;

  /// Size and time of one object; kNotFound when absent.
  virtual Result<ObjectInfo> Head(const std::string& key) = 0;

  virtual Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& key) = 0;

  /// As OpenWriter, but Finish takes the place of an object that is there: readers get the old one or the new one,
  /// whole. For what is no part of the lake's state, such as exports. kUnsupported where nothing may be written.
  virtual Result<std::unique_ptr<ObjectWriter>> OpenReplacement(const std::string& key) {
    return Fail(ErrorCode::kUnsupported, "objects of this store are not replaced: " + key);
  }

  /// Puts content objects under names nobody else uses, durably: files in parallel, each directory once (durability.md
  /// §1.4).
  virtual Status PutAll(std::span<const PutRequest> objects) = 0;

  /// The conditional write that decides: kAlreadyExists when `key` is taken, kUnavailable when nothing was written,
  /// kUnknownOutcome when the answer was lost (read the key back).
  virtual Status PutIfAbsent(const std::string& key, std::string_view body) = 0;

  /// Keys that start with `prefix`, in byte order, behind `start_after`, at most `limit` (0 = all).
  virtual Result<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& start_after = "",
                                               size_t limit = 0) = 0;

  /// Immediate sub-folder names under `prefix` (which ends in '/' or is empty), sorted, without slashes.
  virtual Result<std::vector<std::string>> ListFolders(const std::string& prefix) = 0;

  /// Absent keys are no error.
  virtual Status Delete(const std::string& key) = 0;

  /// Deletes many, with fewer requests where a store can; the error of one that stays does not keep the others.
  virtual Status DeleteAll(std::span<const std::string> keys) {
    Status outcome;
    for (const auto& key : keys) {
      if (auto deleted = Delete(key); !deleted && outcome) outcome = std::move(deleted);
    }
    return outcome;
  }

  /// Makes a key this process did not put itself durable before anything is based on it (durability.md §1.4).
  virtual Status MakeDurable(const std::string& key) = 0;

  /// How old knowledge of a series head may be before it is probed again: 0 on local disk, 1 s on S3 (durability.md
  /// §1.2).
  virtual std::chrono::milliseconds max_staleness() const = 0;

  /// Human-readable root such as "/srv/lake" or "s3://bucket/prefix"; never shown to HTTP clients.
  virtual std::string root() const = 0;

  /// The root below which the object of that key lies: another one where folders lie in stores of their own.
  virtual std::string root_of(std::string_view) const { return root(); }
};

}  // namespace tarn::store
